import { ident, joinSql, sql } from '#kernel'
import type { CsvDialect, Engine, TabularReader } from '#ports'
import { compileMapping } from './compile-mapping.ts'
import type { MappingDocument, MappingTest } from './document.ts'
import { fail } from './errors.ts'

/** What made-up rows become; values are texts as a file of the object type would have them. */
export interface MappedRows {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | null)[])[]
  /** Rows by `rule property`. */
  readonly found: Readonly<Record<string, number>>
  readonly leftOut: number
}

const previewRowsMax = 1_000

/**
 * Runs a mapping over a delimited file of made-up rows, at most a thousand rows out. Throws FDP_MAPPING_WRONG where a
 * column that it reads is not there, and what the reader throws.
 */
export async function runMapping(
  mapping: MappingDocument,
  input: { engine: Engine; reader: TabularReader; bytes: () => AsyncIterable<Uint8Array>; dialect?: CsvDialect },
): Promise<MappedRows> {
  const { engine, reader, bytes, dialect = { encoding: null, delimiter: null } } = input
  const compiled = compileMapping(mapping)
  const { header } = await reader.read({ bytes, dialect, layout: compiled.layout, engine, table: 'made_up' })
  const missing = compiled.source.reads.find((column) => !header.includes(column))
  if (missing !== undefined) {
    const problem = `the file has no column \`${missing}\``
    throw fail('FDP_MAPPING_WRONG', { place: 'the file', problem, help: 'compare its header with the mapping' })
  }
  const raw = sql`made_up`
  await engine.execute(sql`CREATE OR REPLACE TABLE becomes AS ${compiled.sql(raw)}`)
  const described = await engine.rows(sql`SELECT column_name AS name FROM (DESCRIBE becomes)`)
  const columns = described.map(({ name }) => String(name)).filter((name) => name !== '_row')
  const rows = await engine.rows(
    sql`SELECT ${joinSql(columns.map(ident), ', ')} FROM becomes ORDER BY _row LIMIT ${previewRowsMax}`,
  )
  const found = compiled.found(raw)
  const counts = found
    ? await engine.rows(
        sql`SELECT rule || ' ' || property AS what, count(*) AS rows FROM (${found}) GROUP BY 1 ORDER BY 1`,
      )
    : []
  const [left] = await engine.rows(compiled.leftOut(raw))
  return {
    columns,
    rows: rows.map((row) => columns.map((name) => (row[name] === null ? null : String(row[name])))),
    found: Object.fromEntries(counts.map(({ what, rows: count }) => [String(what), Number(count)])),
    leftOut: Number(left?.rows),
  }
}

/** What differs between what a test's lines become and what it expects, in words; nothing where it holds. */
export async function runMappingTest(
  mapping: MappingDocument,
  test: MappingTest,
  input: { engine: Engine; reader: TabularReader },
): Promise<readonly string[]> {
  async function* bytes() {
    yield Buffer.from(test.file)
  }
  const { columns, rows, found, leftOut } = await runMapping(mapping, { ...input, bytes })
  const differing: string[] = []
  if (rows.length !== test.rows.length) differing.push(`${rows.length} rows came, ${test.rows.length} are expected`)
  test.rows.forEach((expected, i) => {
    for (const [name, value] of Object.entries(expected)) {
      const came = rows[i]?.[columns.indexOf(name)] ?? null
      if (came !== value) differing.push(`row ${i + 1}, ${name}: \`${came}\` came, \`${value}\` is expected`)
    }
  })
  if (leftOut !== test.leftOut) differing.push(`${leftOut} rows were left out, ${test.leftOut} are expected`)
  for (const rule of new Set([...Object.keys(found), ...Object.keys(test.found)])) {
    const [came, expected] = [found[rule] ?? 0, test.found[rule] ?? 0]
    if (came !== expected) differing.push(`${rule}: ${came} rows came, ${expected} are expected`)
  }
  return differing
}
