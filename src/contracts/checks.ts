import { type DateOnly, ident, joinSql, literal, type Sql, sql } from '#kernel'
import { cellText, cellValue, isoFormats, sqlType, type ValueFormats } from './cell.ts'
import { nhsNumberBreaksSql, nhsNumberRules } from './nhs-number.ts'
import type { ObjectType, Property, RowSeverity } from './object-type.ts'
import { postcodeBreaksSql } from './postcode.ts'
import { type RowRuleContext, rowRuleBreaksSql } from './row-rules.ts'

export interface CheckOptions {
  /** The table of texts: `_row` and the columns named below. */
  readonly table: Sql
  /** Property name → column of the table, for what the file has; see `matchHeader`. */
  readonly columns: ReadonlyMap<string, string>
  /** The day the submission speaks of; later days are in the future. */
  readonly asAt: DateOnly
  /** Whether NHS numbers of the test range may be kept without a word. */
  readonly testNumbersAllowed: boolean
  readonly formats?: ValueFormats
  /**
   * A predicate that holds where a record with this external key exists, for each object type whose records are known.
   * Links to other types are not checked.
   */
  readonly linkExists?: (object: string, key: Sql) => Sql | null
}

/** One rule on one property, or on a row. `id` is unique within the compiled checks and stable: rule, then property. */
export interface Check {
  readonly id: string
  readonly rule: string
  readonly property: string | null
  readonly severity: RowSeverity
  /** Over the table of texts: true where the row breaks the rule; false or null where it does not. */
  readonly breaks: Sql
}

export interface CompiledChecks {
  readonly checks: readonly Check[]
  /** The typed columns, for `SELECT <typed> FROM <table>`: `_row`, then every property by name; null where the file has none. */
  readonly typed: Sql
  /**
   * One scan: `_row` and `checks`, a list of positions in `checks` (from 0), for every row that breaks any. Ordered by
   * nothing.
   */
  readonly violations: Sql
}

/** Compiles the checks of a type. Needs no engine: the same contract and options give the same SQL. */
export function compileChecks(type: ObjectType, options: CheckOptions): CompiledChecks {
  const formats = options.formats ?? isoFormats
  const present = type.properties.filter((property) => options.columns.has(property.name))
  const textOf = (property: Property) => cellText(ident(options.columns.get(property.name)!))
  const typedValue = (name: string): Sql | null => {
    const property = present.find((candidate) => candidate.name === name)
    return property ? cellValue(property.type, textOf(property), formats) : null
  }
  const context: RowRuleContext = { asAt: options.asAt, typedValue }
  const checks = [
    ...present.flatMap((property) => propertyChecks(type, property, textOf(property), options, formats)),
    ...personNumberChecks(type, context),
    ...type.rules.flatMap((rule): Check[] => {
      const breaks = rowRuleBreaksSql(rule, context)
      const property = 'property' in rule ? rule.property : rule.later
      const id = 'earlier' in rule ? `${rule.rule}:${rule.earlier}:${rule.later}` : `${rule.rule}:${property}`
      return breaks ? [{ id, rule: rule.rule, property, severity: rule.severity, breaks }] : []
    }),
  ]
  const typed = type.properties.map((property) => {
    const value = typedValue(property.name) ?? sql`NULL`
    return sql`CAST(${value} AS ${sqlType(property.type)}) AS ${ident(property.name)}`
  })
  return {
    checks,
    typed: joinSql([sql`_row`, ...typed], ',\n  '),
    violations: violationsSql(checks, options.table),
  }
}

function propertyChecks(
  type: ObjectType,
  property: Property,
  text: Sql,
  options: CheckOptions,
  formats: ValueFormats,
): Check[] {
  const checks: Check[] = []
  const add = (rule: string, severity: RowSeverity, breaks: Sql) =>
    checks.push({ id: `${rule}:${property.name}`, rule, property: property.name, severity, breaks })
  if (property.name === type.primaryKey) {
    add('key.missing', 'ROW', sql`(${text} IS NULL)`)
    add('key.duplicate', 'ROW', duplicateSql(text, options.table))
  } else if (!property.nullable) {
    add('required', severityOf(type, property), sql`(${text} IS NULL)`)
  }
  if (property.type !== 'text') {
    add(
      `type.${property.type}`,
      'ROW',
      sql`(${text} IS NOT NULL AND ${cellValue(property.type, text, formats)} IS NULL)`,
    )
  }
  if (property.values) add('value-set', severityOf(type, property), outsideSql(property, text, formats))
  const exists = property.references && options.linkExists?.(property.references.object, text)
  if (exists) add('link.missing', 'WARN', sql`(${text} IS NOT NULL AND NOT ${exists})`)
  if (/^nhsNumber$/.test(property.name)) {
    for (const rule of nhsNumberRules) {
      if (rule !== 'nhs-number.test-range') add(rule, 'ROW', nhsNumberBreaksSql(rule, text))
      else if (!options.testNumbersAllowed) add(rule, 'WARN', nhsNumberBreaksSql(rule, text))
    }
  }
  if (/postcode$/i.test(property.name)) add('postcode.format', 'WARN', postcodeBreaksSql(text))
  return checks
}

/** Status 01 says that the number is there and was verified (NHS NUMBER STATUS INDICATOR CODE). */
function personNumberChecks(type: ObjectType, { typedValue }: RowRuleContext): Check[] {
  const number = typedValue('nhsNumber')
  const status = typedValue('nhsNumberStatusIndicatorCode')
  if (!number || !status || type.name !== 'Patient') return []
  const property = 'nhsNumberStatusIndicatorCode'
  const rule = 'nhs-number.status'
  const breaks = sql`(${status} = '01' AND ${number} IS NULL)`
  return [{ id: `${rule}:${property}`, rule, property, severity: 'WARN', breaks }]
}

/** What the specification gives no severity is a warning there; in our own types it costs the row. */
function severityOf(type: ObjectType, property: Property): RowSeverity {
  return property.severity ?? (type.origin === 'openfdp' ? 'ROW' : 'WARN')
}

/** The first row with a key stays, in file order; to lose every row of a doubled key would lose a patient. */
function duplicateSql(key: Sql, table: Sql): Sql {
  return sql`(_row IN (SELECT later._row FROM (SELECT _row, ${key} AS k FROM ${table}) AS later
    JOIN (SELECT k, min(_row) AS first_row FROM (SELECT _row, ${key} AS k FROM ${table}) AS every_row
      WHERE k IS NOT NULL GROUP BY k HAVING count(*) > 1) AS doubled
    ON later.k = doubled.k AND later._row <> doubled.first_row))`
}

function outsideSql(property: Property, text: Sql, formats: ValueFormats): Sql {
  const values = joinSql((property.values ?? []).map(literal), ', ')
  if (property.type !== 'texts') return sql`(${text} NOT IN (${values}))`
  return sql`(NOT list_has_all([${values}], ${cellValue('texts', text, formats)}))`
}

/** Rows that break nothing leave at the filter; the list of what is broken is made for the few that stay. */
function violationsSql(checks: readonly Check[], table: Sql): Sql {
  if (checks.length === 0) return sql`SELECT _row, CAST([] AS INTEGER[]) AS checks FROM ${table} WHERE false`
  const any = joinSql(
    checks.map((check) => check.breaks),
    '\n  OR ',
  )
  const positions = checks.map((check, i) => sql`CASE WHEN ${check.breaks} THEN ${literal(String(i))}::INTEGER END`)
  return sql`SELECT _row, list_filter([${joinSql(positions, ',\n  ')}], lambda position: position IS NOT NULL) AS checks
    FROM ${table} WHERE ${any}`
}
