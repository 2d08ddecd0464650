import { compileChecks, objectTypes } from '#contracts'
import { type DateOnly, type JsonObject, sql } from '#kernel'

export interface CheckFact {
  readonly rule: string
  /** Null: of the file as a whole. */
  readonly property: string | null
  readonly severity: string
  /** Whether something broke it. */
  readonly found: boolean
  /** Whether the contract alone says that it was checked. */
  readonly byContract: boolean
}

/** What is checked does not hang on the day; only the compiled statement does, which nobody runs here. */
const anyDay = '2000-01-01' as DateOnly

/**
 * What a submission was held against: the checks of the contract for the properties that it had, and whatever else was
 * found. Checks that hang on what else a tenant holds, or on its settings, are told only where they found something.
 */
export function checksOf(object: string, properties: readonly string[], report: JsonObject): readonly CheckFact[] {
  const type = objectTypes().find(({ name }) => name === object)
  if (!type) return []
  const found = (report.findings ?? []) as unknown as readonly {
    rule: string
    severity: string
    column: string | null
  }[]
  const columns = new Map(properties.map((name) => [name, name]))
  const { checks } = compileChecks(type, { table: sql`rows`, columns, asAt: anyDay, testNumbersAllowed: true })
  const isFound = (rule: string, property: string | null) =>
    found.some((each) => each.rule === rule && each.column === property)
  const ofContract = checks.map(({ rule, property, severity }) => ({
    ...{ rule, property, severity, found: isFound(rule, property), byContract: true },
  }))
  const isOfContract = (rule: string, column: string | null) =>
    ofContract.some((check) => check.rule === rule && check.property === column)
  const others = found.filter(({ rule, column }) => !isOfContract(rule, column))
  return [
    ...ofContract,
    ...others.map(({ rule, column, severity }) => ({
      rule,
      property: column,
      severity,
      found: true,
      byContract: false,
    })),
  ]
}
