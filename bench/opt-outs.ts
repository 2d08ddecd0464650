/**
 * What leaving people out costs: the same question through the gate, with a purpose to which opt-outs apply, over the
 * same rows. Without a list; with a list of one person in twenty that came in before the data (the flow laid their rows
 * apart); with one that came in after, before any flow has looked again (the worst case, until it has).
 *
 *   node_modules/.bin/node bench/opt-outs.ts [rows …]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { createKeys } from '#adapters/keys-file'
import { openGate, type Question, type Session } from '#gate'
import { type Sql, sql, systemRandom } from '#kernel'
import { clearOf, clearOfKey, listedByKey } from '#privacy'
import { governReads } from '../test/clerk-reads.ts'
import { openFlowTenant } from '../test/flow-tenant.ts'
import { clerk, purpose, tenant } from '../test/governed-tenant.ts'
import { care, publish } from './published.ts'

export interface OptOutBenchRow {
  readonly what: string
  readonly rows: number
  readonly how: string
  readonly withoutMs: number
  readonly withMs: number
  readonly ratio: number
  /** The first read after such a change: it counts whom the list takes out. */
  readonly firstMs: number | null
}

const research = purpose('research')
const consent = purpose('research-with-consent')
const runs = 7
const engineOptions = { memoryLimitMb: 4_096, threads: 2 }

const columns = ['providerCode', 'commissionerCode', 'treatmentFunctionCode', 'statusCode', 'clockStartDate']
const questions: Readonly<Record<string, Question & { person: null }>> = {
  'waits by commissioner, function and status': {
    ...{ about: { kind: 'bench' }, person: null, relations: { r: { object: 'RttPeriod', columns } } },
    build: ({ r }) => sql`SELECT "commissionerCode", "treatmentFunctionCode", "statusCode", count(*) AS n,
      avg(date '2026-01-31' - "clockStartDate") AS days FROM ${r!} AS r GROUP BY ALL`,
  },
  'a bare count of open ones': {
    ...{ about: { kind: 'bench' }, person: null, relations: { r: { object: 'RttPeriod', columns: ['statusCode'] } } },
    build: ({ r }) => sql`SELECT count(*) AS n FROM ${r!} AS r WHERE "statusCode" = '20'`,
  },
}

export async function benchOptOuts(rows: number): Promise<readonly OptOutBenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'fdp-bench-opt-outs-'))
  try {
    await createKeys(join(folder, 'keys'), tenant, systemRandom)
    await using flows = await openFlowTenant(folder)
    await using engine = await openDuckdbEngine({ memoryLimitMb: 6_144, threads: 2, tempDirectory: null })
    await governReads(flows, [
      { purpose: research, use: { class: 'research', commonLaw: 'none' }, level: 'pseudonymised', columns },
      { purpose: consent, use: { class: 'research', commonLaw: 'consent' }, level: 'pseudonymised', columns },
    ])
    await publish(flows, engine, 'RttPeriod', rows, [{ name: 'care', query: care(rows), says: null }])
    await using gate = openGate({
      ...{ ...flows.deps, covers: 'subnational', standstill: () => null },
      engine: { ...engineOptions, tempDirectory: join(folder, 'spill') },
    })
    // The same question by the same person: to one purpose opt-outs apply, to the other everybody consented.
    await using applying = await gate.open({ subject: clerk, purpose: research })
    await using consented = await gate.open({ subject: clerk, purpose: consent })
    const both = { applying, consented }
    const listed = sql`SELECT DISTINCT _person AS _key, _person, 'RJ1' AS _controller FROM (${care(rows)}) WHERE _person % 20 = 0`
    await publish(flows, engine, 'NationalDataOptOut', null, [{ name: 'list', query: listed, says: null }])
    const firstMs = await timed(() => answer(applying, Object.values(questions)[0]!))
    const newer = await measured(both)
    const stamp = clearOf((object) => flows.deps.governance.catalogue().lakeManifest(object))
    const part = (test: Sql) => sql`SELECT * FROM (${care(rows)}) WHERE ${test}`
    await publish(flows, engine, 'RttPeriod', rows, [
      { name: 'clear', query: part(sql`_person % 20 <> 0`), says: [clearOfKey, stamp] },
      { name: 'listed', query: part(sql`_person % 20 = 0`), says: [listedByKey, stamp] },
    ])
    const apart = await measured(both)
    return Object.keys(questions).flatMap((what) => [
      { what, rows, how: 'list came in before the data', ...apart[what]!, firstMs: null },
      { what, rows, how: 'list came in after the data', ...newer[what]!, firstMs },
    ])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

type Measured = Pick<OptOutBenchRow, 'withoutMs' | 'withMs' | 'ratio'>

/** In turns, so that whatever else the machine does meets both; medians. */
async function measured(by: { applying: Session; consented: Session }): Promise<Record<string, Measured>> {
  const found: Record<string, Measured> = {}
  for (const [what, question] of Object.entries(questions)) {
    const [without, applied]: [number[], number[]] = [[], []]
    for (let i = 0; i < runs; i++) {
      without.push(await timed(() => answer(by.consented, question)))
      applied.push(await timed(() => answer(by.applying, question)))
    }
    const [withoutMs, withMs] = [median(without), median(applied)]
    found[what] = { withoutMs, withMs, ratio: withMs / withoutMs }
  }
  return found
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!
}

async function answer(session: Session, question: Question & { person: null }): Promise<void> {
  await using result = await session.rows(question)
  for await (const batch of result.batches()) void batch
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const sizes = process.argv.slice(2).map(Number)
  for (const rows of sizes.length > 0 ? sizes : [1_000_000, 10_000_000]) {
    console.table(
      (await benchOptOuts(rows)).map(({ what, how, withoutMs, withMs, ratio, firstMs }) => ({
        ...{ what, rows, how, 'without, ms': Math.round(withoutMs), 'with, ms': Math.round(withMs) },
        ...{ ratio: ratio.toFixed(2), 'first read, ms': firstMs === null ? '–' : Math.round(firstMs) },
      })),
    )
  }
}
