import { type FormatSpec, ident, type JsonObject, joinSql, type Sql, sql, writeFormat } from '#kernel'
import type { Engine } from '#ports'
import type { Texts } from './work.ts'

/** First line of a quarantine blob; each further line is `{"row":…,"rule":…,"column":…,"value":…}`. */
export interface QuarantineHeader extends JsonObject {
  readonly format: string
  readonly version: number
  readonly submission: string
  readonly object: string
}

export const quarantineFormat: FormatSpec<QuarantineHeader> = {
  format: 'openfdp/quarantine',
  version: 1,
  migrations: {},
  check: (document) => {
    if (typeof document.submission !== 'string' || typeof document.object !== 'string') {
      throw new RangeError('a quarantine file without its submission')
    }
    return document as QuarantineHeader
  },
}

/** Lines made by the engine at a time. */
const linesPerPart = 20_000
/** Lines kept of one submission; counts in the entry are whole. */
const linesMax = 5_000_000

/**
 * The bytes of a quarantine blob: rows in table `findings` that stay out, or that refuse the whole file, with the value
 * of the column that broke the rule. The engine makes the lines; JavaScript only passes them on.
 */
export async function* quarantineBytes(
  engine: Engine,
  header: { submission: string; object: string },
  texts: Texts,
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${JSON.stringify(writeFormat(quarantineFormat, header))}\n`)
  await engine.execute(sql`CREATE OR REPLACE TABLE quarantine_lines AS
    SELECT f._row, to_json({'row': f._row, 'rule': f.rule, 'column': f.property, 'value': ${valueSql(texts)}})::VARCHAR AS line
    FROM findings f LEFT JOIN ${texts.table} m USING (_row) WHERE f.severity <> 'WARN' ORDER BY f._row, f.rule, f.property`)
  for (let from = 0; from < linesMax; from += linesPerPart) {
    const [part] = await engine.rows(sql`SELECT string_agg(line, chr(10) ORDER BY rowid) AS lines, count(*) AS count
      FROM quarantine_lines WHERE rowid >= ${from} AND rowid < ${from + linesPerPart}`)
    if (Number(part?.count) === 0) break
    yield Buffer.from(`${String(part?.lines)}\n`)
  }
  await engine.execute(sql`DROP TABLE quarantine_lines`)
}

function valueSql({ columns }: Texts): Sql {
  const cases = [...columns].map(([property, column]) => sql`WHEN ${property} THEN m.${ident(column)}`)
  return cases.length === 0 ? sql`NULL::VARCHAR` : sql`CASE f.property ${joinSql(cases, ' ')} ELSE NULL END`
}
