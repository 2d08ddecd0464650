/**
 * A page of 1,000 objects through the gate: by primary key and by a sort declared in the contract, first page and a deep
 * one, at both row levels; any other order beside the same rows sorted by the engine alone.
 *
 *   node_modules/.bin/node bench/pages.ts [rows …]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { createKeys } from '#adapters/keys-file'
import { type Gate, openGate, type Session } from '#gate'
import { literal, sql, systemClock, systemRandom } from '#kernel'
import { type LoadDeps, type LoadRequest, loadObjects } from '#ontology'
import type { Engine } from '#ports'
import { type FlowTenant, openFlowTenant } from '../test/flow-tenant.ts'
import { clerk, tenant } from '../test/governed-tenant.ts'
import { governPages, pageLevels, pagePurposes } from '../test/page-readers.ts'
import { care, publish } from './published.ts'

export interface PageBenchRow {
  readonly what: string
  readonly rows: number
  readonly medianMs: number
  readonly p95Ms: number
  /** Beside the engine alone, where there is something to compare with. */
  readonly ratio: number | null
}

const runs = 41
/** Not timed: what is measured is a node that has been serving for a while. */
const warmUps = 20
const pageSize = 1_000
const deepPages = 5

export async function benchPages(rows: number): Promise<readonly PageBenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'fdp-bench-pages-'))
  try {
    await createKeys(join(folder, 'keys'), tenant, systemRandom)
    await using flows = await openFlowTenant(folder)
    await using engine = await openDuckdbEngine({ memoryLimitMb: 6_144, threads: 2, tempDirectory: null })
    await governPages(flows)
    await publish(flows, engine, 'RttPeriod', rows, [{ name: 'care', query: care(rows), says: null }])
    await using gate = openGate({
      ...{ ...flows.deps, covers: 'subnational', standstill: () => null },
      engine: { memoryLimitMb: 4_096, threads: 2, tempDirectory: join(folder, 'spill') },
      sortedCopies: { folder: join(folder, 'sorted'), rowsMin: 200_000 },
    })
    const found: PageBenchRow[] = []
    for (const level of pageLevels) {
      await using session = await gate.open({ subject: clerk, purpose: pagePurposes[level] })
      found.push(...(await measured(flows, engine, gate, session, level, rows)))
    }
    return found
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function measured(
  { deps }: FlowTenant,
  engine: Engine,
  gate: Gate,
  session: Session,
  level: (typeof pageLevels)[number],
  rows: number,
): Promise<PageBenchRow[]> {
  const load: LoadDeps = { keys: deps.keys, clock: systemClock, random: systemRandom, reference: () => null }
  const ask = (field: string | null, pageToken: string | null): LoadRequest => ({
    ...{ objectSet: { type: 'base', objectType: 'RttPeriod' }, select: [], pageSize, pageToken, includeRid: false },
    orderBy: field === null ? [] : [{ field, direction: 'asc' }],
  })
  const found: PageBenchRow[] = []
  for (const [how, field] of [
    ['primary key', null],
    ['clockStartDate', 'clockStartDate'],
  ] as const) {
    let token: string | null = null
    // Warm: the copies in this order are there.
    await loadObjects(session, ask(field, null), load)
    await gate.settled()
    for (let i = 0; i < deepPages; i++) token = (await loadObjects(session, ask(field, token), load)).nextPageToken
    for (const [where, from] of [
      ['first page', null],
      ['later page', token],
    ] as const) {
      const times = await timesOf(() => loadObjects(session, ask(field, from), load))
      found.push({ what: `${level}, by ${how}, ${where}`, rows, ...figures(times), ratio: null })
    }
  }
  const files = await engineFiles(deps)
  const plain = await timesOf(() =>
    engine.rows(
      sql`SELECT * FROM read_parquet([${literal(files[0]!)}]) ORDER BY "commissionerCode", _key LIMIT ${pageSize}`,
    ),
  )
  const other = await timesOf(() => loadObjects(session, ask('commissionerCode', null), load))
  const ratio = figures(other).medianMs / figures(plain).medianMs
  found.push({ what: `${level}, by another order`, rows, ...figures(other), ratio })
  return found
}

async function engineFiles(deps: FlowTenant['deps']): Promise<readonly string[]> {
  const manifest = deps.governance.catalogue().lakeManifest('RttPeriod')!
  await using lease = await deps.lake.lease(manifest, 0 as never)
  return lease.files
}

async function timesOf(work: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < warmUps; i++) await work()
  for (let i = 0; i < runs; i++) {
    const start = performance.now()
    await work()
    times.push(performance.now() - start)
  }
  return times.sort((a, b) => a - b)
}

function figures(times: readonly number[]): { medianMs: number; p95Ms: number } {
  return { medianMs: times[Math.floor(times.length / 2)]!, p95Ms: times[Math.ceil(times.length * 0.95) - 1]! }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const sizes = process.argv.slice(2).map(Number)
  for (const rows of sizes.length > 0 ? sizes : [1_000_000, 10_000_000]) {
    console.table(
      (await benchPages(rows)).map(({ what, medianMs, p95Ms, ratio }) => ({
        ...{ what, rows, 'median, ms': Math.round(medianMs), '95th percentile, ms': Math.round(p95Ms) },
        'times the engine alone': ratio === null ? '–' : ratio.toFixed(2),
      })),
    )
  }
}
