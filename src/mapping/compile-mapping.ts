import { cellText, objectType } from '#contracts'
import { ident, joinSql, literal, rawSql, type Sql, sql } from '#kernel'
import type { TableLayout } from '#ports'
import { isOneOf, readSql, untranslatedSql } from './cell-sql.ts'
import type { EachRow, Expression, MappingDocument } from './document.ts'

/** The n-th row that a row of the file gives lies so far behind it, above every file's rows. */
const positionsApart = 1_000_000_000
const none = rawSql('CAST(NULL AS VARCHAR)')

export interface DeclaredMapping {
  readonly layout: TableLayout
  /** Columns of the file: without the first it cannot be run; the others it has no need of. */
  readonly source: { readonly reads: readonly string[]; readonly unused: readonly string[] }
  /** From the table of texts to `_row` and the properties, all texts. */
  sql(raw: Sql): Sql
  /** One row: `rows`, how many rows of the table are declared to be no data. */
  leftOut(raw: Sql): Sql
  /** `_row` as `sql` has it, `rule`, `severity` and `property` of what could not be translated; null: nothing is. */
  found(raw: Sql): Sql | null
}

/** Compiles a mapping. Needs no engine: the same document gives the same SQL. */
export function compileMapping(mapping: MappingDocument): DeclaredMapping {
  const rows: readonly EachRow[] =
    mapping.each.length > 0 ? mapping.each : [{ cell: null, properties: new Map<string, Expression>() }]
  const reads = columnsRead(mapping, rows)
  const cells = new Map(reads.map((column, i) => [column, ident(`in:${i}`)]))
  const textOf = (column: string) => cells.get(column)!
  const spread = (raw: Sql) => spreadSql(mapping, rows, reads, textOf, raw)
  const names = objectType(mapping.object)
    .properties.map(({ name }) => name)
    .filter((name) => rows.some((row) => mapping.properties.has(name) || row.properties.has(name)))
  const expressionsOf = (name: string) => rows.map((row) => row.properties.get(name) ?? mapping.properties.get(name))
  const simple = (name: string) => perRow(expressionsOf(name).map((each) => valueSql(each, textOf, mapping)))
  const isKey = (name: string) => expressionsOf(name).some((each) => each?.kind === 'key')
  const keySql = (each: Expression | undefined): Sql => {
    if (each?.kind !== 'key') return valueSql(each, textOf, mapping)
    return joinSql(
      each.properties.map((part) => sql`coalesce(${ident(`out:${part}`)}, '')`),
      " || '/' || ",
    )
  }
  return {
    layout: mapping.layout,
    source: { reads, unused: mapping.unused },
    sql: (raw) => {
      const first = names.filter((name) => !isKey(name)).map((name) => sql`${simple(name)} AS ${ident(`out:${name}`)}`)
      const all = names.map((name) => {
        const value = isKey(name) ? perRow(expressionsOf(name).map(keySql)) : ident(`out:${name}`)
        return sql`${value} AS ${ident(name)}`
      })
      const mapped = sql`SELECT ${joinSql([rawSql('_row'), ...all], ',\n  ')}
FROM (SELECT ${joinSql([rawSql('*'), ...first], ',\n  ')} FROM (${spread(raw)}))`
      return mapping.once
        ? sql`SELECT min(_row) AS _row, ${joinSql(names.map(ident), ', ')} FROM (${mapped}) GROUP BY ${joinSql(names.map(ident), ', ')}`
        : mapped
    },
    leftOut: (raw) => sql`SELECT count(*) AS rows FROM ${raw} WHERE ${leftOutSql(mapping, trimmed)}`,
    found: (raw) => {
      const parts = names.flatMap((name) => {
        const translated = expressionsOf(name).map((each) => untranslated(each, textOf, mapping))
        if (translated.every((each) => each === null)) return []
        const keeps = translated.every((each) => each === null || each.keeps)
        return [
          sql`SELECT _row, 'mapping.untranslated' AS rule, ${literal(keeps ? 'WARN' : 'ROW')} AS severity, ${literal(name)} AS property
FROM (${spread(raw)}) WHERE ${perRow(translated.map((each) => each?.holds ?? rawSql('false')))}`,
        ]
      })
      return parts.length === 0 ? null : joinSql(parts, '\nUNION ALL ')
    },
  }
}

/** Where a value has no translation, if that can be; and whether its row is kept. */
function untranslated(each: Expression | undefined, textOf: (column: string) => Sql, { marks }: MappingDocument) {
  if (each?.kind !== 'from' && each?.kind !== 'cell') return null
  const holds =
    each.kind === 'from'
      ? untranslatedSql(textOf(each.column), each.reading, [])
      : untranslatedSql(rawSql('_cell'), each.reading, [...marks.keys()])
  return holds && { holds, keeps: each.reading.translate?.untranslated === 'keep' }
}

/** Each cell trimmed once, rows that are no data left out, `_nth` and `_cell` for each row that one gives. */
function spreadSql(
  mapping: MappingDocument,
  rows: readonly EachRow[],
  reads: readonly string[],
  textOf: (column: string) => Sql,
  raw: Sql,
): Sql {
  const texts = reads.map((column) => sql`${trimmed(column)} AS ${textOf(column)}`)
  const nth = rows.length === 1 ? rawSql('1') : sql`unnest(range(1, ${rawSql(String(rows.length + 1))}))`
  const cell = perRow(rows.map((row) => (row.cell === null ? none : textOf(row.cell))))
  return sql`SELECT * REPLACE (_row + (_nth - 1) * ${rawSql(String(positionsApart))} AS _row), ${cell} AS _cell
FROM (SELECT *, ${nth} AS _nth FROM (SELECT ${joinSql([rawSql('_row'), ...texts], ', ')}
  FROM ${raw} WHERE NOT ${leftOutSql(mapping, trimmed)}))`
}

function trimmed(column: string): Sql {
  return cellText(ident(column))
}

function leftOutSql({ leaveOut }: MappingDocument, textOf: (column: string) => Sql): Sql {
  if (leaveOut.length === 0) return rawSql('false')
  return sql`(${joinSql(
    leaveOut.map(({ column, is }) => isOneOf(textOf(column), is)),
    ' OR ',
  )})`
}

function valueSql(each: Expression | undefined, textOf: (column: string) => Sql, { marks }: MappingDocument): Sql {
  switch (each?.kind) {
    case 'constant':
      return literal(each.text)
    case 'from':
      return readSql(textOf(each.column), each.reading)
    case 'join':
      return joinSql(each.columns.map(textOf), ` || ${textLiteral(each.with)} || `)
    case 'cell':
      return sql`CASE WHEN ${isOneOf(rawSql('_cell'), [...marks.keys()])} THEN ${none} ELSE ${readSql(rawSql('_cell'), each.reading)} END`
    case 'status': {
      const said = [...marks].map(([mark, says]) => sql`WHEN ${isOneOf(rawSql('_cell'), [mark])} THEN ${literal(says)}`)
      // An empty cell that no mark speaks of says nothing, and the contract decides about it.
      return sql`CASE ${joinSql(said, ' ')} WHEN _cell IS NULL THEN NULL ELSE ${literal(each.otherwise)} END`
    }
    default:
      return none
  }
}

/** The n-th expression for the n-th row that one gives; one for all where they are the same. */
function perRow(expressions: readonly Sql[]): Sql {
  const [first] = expressions
  const text = (each: Sql | undefined) => JSON.stringify(each?.parts)
  if (expressions.every((each) => text(each) === text(first))) return first!
  const cases = expressions.map((each, i) => sql`WHEN ${rawSql(String(i + 1))} THEN ${each}`)
  return sql`CASE _nth ${joinSql(cases, ' ')} END`
}

function columnsRead(mapping: MappingDocument, rows: readonly EachRow[]): string[] {
  const expressions = [mapping.properties, ...rows.map(({ properties }) => properties)].flatMap((map) => [
    ...map.values(),
  ])
  return [
    ...new Set([
      ...expressions.flatMap((each) =>
        each.kind === 'from' ? [each.column] : each.kind === 'join' ? each.columns : [],
      ),
      ...rows.flatMap(({ cell }) => cell ?? []),
      ...mapping.leaveOut.map(({ column }) => column),
    ]),
  ]
}

function textLiteral(text: string): string {
  return literal(text).parts.join('')
}
