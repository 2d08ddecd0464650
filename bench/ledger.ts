import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { folderReader, openFolderLedgerStore } from '#adapters/ledger-fs'
import { systemClock, systemRandom } from '#kernel'
import { type EntryInput, type Ledger, openLedger, verifyLedger } from '#ledger'
import { memoryKeys } from '../test/memory-keys.ts'

/** One measured figure. `reach` is the number of DESIGN.md, null where it is only reported. */
export interface BenchRow {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly reach: string | null
}

/** Appends through the whole path (canonical JSON, salts, hashes, tiles, checkpoint, durable flush) on a local folder. */
export async function benchLedger(entries = 100_000): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'openfdp-bench-ledger-'))
  try {
    const rows: BenchRow[] = []
    const flush = await flushTimes(folder, 500)
    rows.push(
      row('durable flush of 1 KB, median', at(flush, 0.5), 'ms'),
      row('… 99th percentile', at(flush, 0.99), 'ms'),
    )
    const ledger = await openAt(join(folder, 'ledger'))
    const alone = await singleAppends(ledger, 1_000)
    rows.push(row('one appender alone, median', at(alone, 0.5), 'ms'))
    rows.push(row('… 99th percentile', at(alone, 0.99), 'ms', 'one flush + 5 ms'))
    const plain = await concurrentAppends(ledger, entries, () => governanceOnly)
    rows.push(row('256 appenders, entries without detail', plain, 'entries/s', '20,000'))
    const detailed = await concurrentAppends(ledger, entries, withDetail)
    rows.push(row('256 appenders, with encrypted detail and 20 persons', detailed, 'entries/s'))
    const closing = performance.now()
    const { vkey, size } = ledger
    await ledger.close()
    rows.push(row('settle and close', performance.now() - closing, 'ms'))
    const opening = performance.now()
    await (await openAt(join(folder, 'ledger'))).close()
    rows.push(row(`open with ${size} entries`, performance.now() - opening, 'ms'))
    const verifying = performance.now()
    const report = await verifyLedger(folderReader(join(folder, 'ledger')), vkey)
    if (!report.ok) throw new Error('the benchmark left a ledger that does not verify')
    rows.push(row('verify without keys', (report.size / (performance.now() - verifying)) * 1000, 'entries/s'))
    return rows
  } finally {
    await rm(folder, { recursive: true })
  }
}

const governanceOnly: EntryInput = {
  type: 'read.opened',
  governance: {
    subject: 'amira.khan@rj1.example',
    purpose: 'direct-care',
    level: 'identifiable',
    grant: 'waiting-list-validation',
    object: 'RttPeriod',
    columns: ['patientPathwayIdentifier', 'treatmentFunction', 'clockStart'],
    version: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  },
}
const persons = Array.from({ length: 20 }, (_, i) => String(4_611_686_018_427_387_904n + BigInt(i)))

function withDetail(i: number): EntryInput {
  return { ...governanceOnly, detail: { filter: { property: 'treatmentFunction', value: `C_${i % 999}` } }, persons }
}

function openAt(folder: string): Promise<Ledger> {
  return openFolderLedgerStore(folder).then((store) =>
    openLedger({
      store,
      keys: memoryKeys('bench', 'ledger'),
      clock: systemClock,
      random: systemRandom,
      origin: 'bench.openfdp.example/ledger',
    }),
  )
}

async function concurrentAppends(ledger: Ledger, entries: number, make: (i: number) => EntryInput): Promise<number> {
  let next = 0
  const started = performance.now()
  const appender = async () => {
    while (next < entries) await ledger.append(make(next++))
  }
  await Promise.all(Array.from({ length: 256 }, appender))
  return (entries / (performance.now() - started)) * 1000
}

async function singleAppends(ledger: Ledger, count: number): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const started = performance.now()
    await ledger.append(withDetail(i))
    times.push(performance.now() - started)
  }
  return times
}

async function flushTimes(folder: string, count: number): Promise<number[]> {
  const file = await open(join(folder, 'flush'), 'a')
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const started = performance.now()
    await file.write(Buffer.alloc(1024, i))
    await file.datasync()
    times.push(performance.now() - started)
  }
  await file.close()
  return times
}

function at(times: readonly number[], quantile: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * quantile)]!
}

function row(what: string, value: number, unit: string, reach: string | null = null): BenchRow {
  return { what, value, unit, reach }
}

if (import.meta.main) {
  for (const { what, value, unit, reach } of await benchLedger()) {
    const figure = value >= 100 ? Math.round(value).toLocaleString('en-GB') : value.toFixed(2)
    console.log(`${what}: ${figure} ${unit}${reach ? ` (to reach: ${reach})` : ''}`)
  }
}
