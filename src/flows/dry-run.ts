import { objectType } from '#contracts'
import { type EntryIndex, ident, type JsonObject, joinSql, type Sql, sql } from '#kernel'
import { recordKeySecrets } from '#privacy'
import { checkRows, countFindings, countRows } from './check-rows.ts'
import { engineDefault, readOrProblem } from './finish.ts'
import { mappingOf } from './landed-mapping.ts'
import { walk } from './life.ts'
import type { Finding } from './report.ts'
import type { FlowDeps, Received } from './submission.ts'
import { dropTexts, type Work } from './work.ts'

/** What a file would become by one document, up to where it is asked who the rows are about. Counts only. */
export interface DryRun {
  readonly isRefused: boolean
  /** Why it is no table, in words without a value. */
  readonly problem: string | null
  readonly rows: { readonly read: number; readonly made: number; readonly quarantined: number }
  readonly findings: readonly Finding[]
}

/** Rows that two documents make differently. */
export interface DryRunDifference {
  /** Rows that only one of them makes. */
  readonly onlyBefore: number
  readonly onlyNow: number
  /** Of rows that both make: in how many a property differs; none where it is the same in all. */
  readonly columns: readonly { readonly property: string; readonly rows: number }[]
}

export interface DryRuns {
  readonly now: DryRun
  readonly before: DryRun | null
  /** Null where one of the two makes no rows. */
  readonly differs: DryRunDifference | null
}

/**
 * Reads landed bytes by a document, and by another one to compare it with, and publishes nothing. `entry` says in the ledger
 * that this is done; leases are taken under it. Errors of documents that are none, and of the ports.
 */
export async function dryRun(
  of: { received: Received; entry: EntryIndex; now: JsonObject; before: JsonObject | null },
  deps: FlowDeps,
): Promise<DryRuns> {
  await using engine = await deps.openEngine({ ...engineDefault, ...deps.engine, tempDirectory: null })
  const run = async (document: JsonObject, side: 'before' | 'now') => {
    const mapping = mappingOf(document)
    const received = { ...of.received, mapping: { id: mapping.id, version: mapping.version }, entry: of.entry }
    const type = objectType(received.object)
    const [secrets, steps] = [recordKeySecrets(deps.keys), walk('receive', () => {})]
    return await runOnce({ deps, received, mapping, type, engine, secrets, walk: steps }, `made_${side}`)
  }
  const before = of.before === null ? null : await run(of.before, 'before')
  const now = await run(of.now, 'now')
  const differs = before?.properties && now.properties ? await differing(before.properties, now.properties) : null
  return { now: now.run, before: before?.run ?? null, differs }

  async function differing(a: readonly string[], b: readonly string[]): Promise<DryRunDifference> {
    const properties = [...new Set([...a, ...b])].sort()
    const value = (side: 'b' | 'n', there: readonly string[], name: string): Sql =>
      there.includes(name) ? sql`${ident(side)}.${ident(name)}` : sql`NULL::VARCHAR`
    const counts = properties.map(
      (name) => sql`count(*) FILTER (WHERE b._row IS NOT NULL AND n._row IS NOT NULL
        AND ${value('b', a, name)} IS DISTINCT FROM ${value('n', b, name)}) AS ${ident(`of ${name}`)}`,
    )
    const [row] = await engine.rows(sql`SELECT count(*) FILTER (WHERE n._row IS NULL) AS only_before,
      count(*) FILTER (WHERE b._row IS NULL) AS only_now, ${joinSql(counts, ', ')}
      FROM made_before b FULL JOIN made_now n ON n._row = b._row`)
    const columns = properties.map((property) => ({ property, rows: Number(row?.[`of ${property}`]) }))
    return {
      ...{ onlyBefore: Number(row?.only_before), onlyNow: Number(row?.only_now) },
      columns: columns.filter(({ rows }) => rows > 0),
    }
  }
}

async function runOnce(
  work: Work,
  into: string,
): Promise<{ readonly run: DryRun; readonly properties: readonly string[] | null }> {
  const { engine } = work
  await engine.execute(sql`DROP TABLE IF EXISTS findings`)
  const read = await readOrProblem(work)
  const refused = (findings: readonly Finding[], made: number, quarantined: number): DryRun => ({
    ...{ isRefused: findings.some(({ severity }) => severity === 'FAIL'), problem: read.problem, findings },
    rows: { read: read.rowsRead, made, quarantined: quarantined + read.unreadable },
  })
  const { texts } = read
  if (!texts) return { run: refused(read.findings, 0, 0), properties: null }
  await checkRows(work, texts)
  const { quarantined } = await countRows(work)
  const columns = [...texts.columns].map(([property, column]) => sql`${ident(column)} AS ${ident(property)}`)
  await engine.execute(
    sql`CREATE OR REPLACE TABLE ${ident(into)} AS SELECT ${joinSql([sql`_row`, ...columns], ', ')} FROM ${texts.table}`,
  )
  const [made] = await engine.rows(sql`SELECT count(*) AS rows FROM ${ident(into)}`)
  const run = refused([...read.findings, ...(await countFindings(work))], Number(made?.rows), quarantined)
  await dropTexts(work)
  return { run, properties: [...texts.columns.keys()] }
}
