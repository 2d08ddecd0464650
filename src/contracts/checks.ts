import { type DateOnly, ident, joinSql, literal, type Sql, sql } from '#kernel'
import { cellText, cellValue, isoFormats, sqlType, type ValueFormats } from './cell.ts'
import { cellsSql, faultOf, isNhsNumber, textOf, typedOf } from './cells.ts'
import { nhsNumberRules } from './nhs-number.ts'
import type { ObjectType, Property, RowRule, RowSeverity } from './object-type.ts'
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
   * Links to other types are not checked, nor are lists of links.
   */
  readonly linkExists?: (object: string, key: Sql) => Sql | null
}

/** One rule on one property, or on a row. `id` is unique within the compiled checks and stable: rule, then property. */
export interface Check {
  readonly id: string
  readonly rule: string
  readonly property: string | null
  readonly severity: RowSeverity
  /** Over the compiled `cells`: true where the row breaks the rule; false or null where it does not. */
  readonly breaks: Sql
}

export interface CompiledChecks {
  readonly checks: readonly Check[]
  /** The typed columns, for `SELECT <typed> FROM <table>`: `_row`, then every property by name; null where the file has none. */
  readonly typed: Sql
  /** A relation over the table of texts in which each cell is read once: `_row`, and what the checks speak of. */
  readonly cells: Sql
  /**
   * One scan: `_row` and `checks`, the positions in `checks` (from 0) of what the row breaks, null where it breaks
   * nothing. Ordered by nothing. No filter of its own: the engine would work everything out a second time for it.
   */
  readonly violations: Sql
}

/** Compiles the checks of a type. Needs no engine: the same contract and options give the same SQL. */
export function compileChecks(type: ObjectType, options: CheckOptions): CompiledChecks {
  const formats = options.formats ?? isoFormats
  const present = type.properties.filter((property) => options.columns.has(property.name))
  const isPresent = new Set(present.map(({ name }) => name))
  const rawText = (property: Property) => cellText(ident(options.columns.get(property.name)!))
  const valueOrNull = (name: string): Sql | null => {
    const found = present.find((property) => property.name === name)
    return found ? typedOf(found) : null
  }
  const context: RowRuleContext = { asAt: options.asAt, typedValue: valueOrNull }
  const checks = [
    ...present.flatMap((property) => propertyChecks(type, property, rawText(property), options)),
    ...personNumberChecks(type, context),
    ...type.rules.flatMap((rule) => rowCheck(rule, context)),
  ]
  const typed = type.properties.map((property) => {
    const value = isPresent.has(property.name) ? cellValue(property.type, rawText(property), formats) : sql`NULL`
    return sql`CAST(${value} AS ${sqlType(property.type)}) AS ${ident(property.name)}`
  })
  const cells = cellsSql(present, rawText, options.table, formats)
  return { checks, typed: joinSql([sql`_row`, ...typed], ',\n  '), cells, violations: violationsSql(checks, cells) }
}

function propertyChecks(type: ObjectType, property: Property, rawText: Sql, options: CheckOptions): Check[] {
  const checks: Check[] = []
  const text = textOf(property)
  const add = (rule: string, severity: RowSeverity, breaks: Sql) =>
    checks.push({ id: `${rule}:${property.name}`, rule, property: property.name, severity, breaks })
  if (property.name === type.primaryKey) {
    add('key.missing', 'ROW', sql`(${text} IS NULL)`)
    add('key.duplicate', 'ROW', duplicateSql(rawText, options.table))
  } else if (!property.nullable) {
    add('required', severityOf(type, property), sql`(${text} IS NULL)`)
  }
  if (property.type !== 'text') {
    add(`type.${property.type}`, 'ROW', sql`(${text} IS NOT NULL AND ${typedOf(property)} IS NULL)`)
  }
  if (property.values) add('value-set', severityOf(type, property), outsideSql(property))
  // A list is no key: its text would be looked for among keys and never found.
  const isOneKey = property.references !== undefined && property.type !== 'texts'
  const exists = isOneKey && options.linkExists?.(property.references.object, text)
  if (exists) add('link.missing', 'WARN', sql`(${text} IS NOT NULL AND NOT ${exists})`)
  if (isNhsNumber(property)) {
    nhsNumberRules.forEach((rule, position) => {
      if (rule === 'nhs-number.test-range' && options.testNumbersAllowed) return
      const severity = rule === 'nhs-number.test-range' ? 'WARN' : 'ROW'
      add(rule, severity, sql`(${faultOf(property)} = ${literal(String(position))}::INTEGER)`)
    })
  }
  if (/postcode$/i.test(property.name)) add('postcode.format', 'WARN', postcodeBreaksSql(text))
  return checks
}

function rowCheck(rule: RowRule, context: RowRuleContext): Check[] {
  const breaks = rowRuleBreaksSql(rule, context)
  if (!breaks) return []
  const property = 'property' in rule ? rule.property : rule.later
  const id = 'earlier' in rule ? `${rule.rule}:${rule.earlier}:${rule.later}` : `${rule.rule}:${property}`
  return [{ id, rule: rule.rule, property, severity: rule.severity, breaks }]
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

function outsideSql(property: Property): Sql {
  const values = joinSql((property.values ?? []).map(literal), ', ')
  if (property.type !== 'texts') return sql`(${textOf(property)} NOT IN (${values}))`
  return sql`(NOT list_has_all([${values}], ${typedOf(property)}))`
}

/** The list is made only for the few rows that break anything. */
function violationsSql(checks: readonly Check[], cells: Sql): Sql {
  if (checks.length === 0) return sql`SELECT _row, CAST(NULL AS INTEGER[]) AS checks FROM ${cells} AS cells`
  const any = joinSql(
    checks.map((check) => check.breaks),
    '\n  OR ',
  )
  const positions = checks.map((check, i) => sql`CASE WHEN ${check.breaks} THEN ${literal(String(i))}::INTEGER END`)
  return sql`SELECT _row, CASE WHEN ${any}
    THEN list_filter([${joinSql(positions, ',\n  ')}], lambda position: position IS NOT NULL) END AS checks
    FROM ${cells} AS cells`
}
