/**
 * `npm run bench`: the rows of "numbers to reach" that exist so far, as ratios inside one run where there is something to
 * compare with. `-- --large` takes the big sizes; `-- ledger tokens` only some. Needs the published RTT file beside the
 * project for the waiting list of England, and says so where it is absent.
 */
import { existsSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import Table from 'cli-table3'
import { sharedPath } from '../test/shared-data.ts'
import { benchDecide } from './decide.ts'
import { benchFhirFlatten } from './fhir-flatten.ts'
import { benchFlow } from './flow.ts'
import { benchHundredGrants } from './hundred-grants.ts'
import { benchLedger } from './ledger.ts'
import { benchMetricRtt } from './metric-rtt.ts'
import { benchPages } from './pages.ts'
import { benchSources } from './sources.ts'
import { benchTokens } from './tokens.ts'
import { benchVault } from './vault.ts'
import { benchWhoCanSee } from './who-can-see.ts'

interface Row {
  readonly what: string
  readonly measured: string
  readonly reach: string
}

const large = process.argv.includes('--large')
const only = process.argv.slice(2).filter((word) => !word.startsWith('-'))
const published = sharedPath('rtt/Full-CSV-data-file-Jan26.zip')

const number = (value: number) => value.toLocaleString('en-GB', { maximumFractionDigits: 2 })

const parts: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  ledger: async () =>
    (await benchLedger()).map(({ what, value, unit, reach }) => ({
      what,
      measured: `${number(value)} ${unit}`,
      reach: reach ?? '–',
    })),
  tokens: async () =>
    (await benchTokens(large ? 10_000_000 : 1_000_000)).map(({ what, rows, rowsPerSecond }) => ({
      what: `${what}, ${number(rows)} rows`,
      measured: `${number(rowsPerSecond)} rows/s`,
      reach: 'reported',
    })),
  vault: async () =>
    (await benchVault(large ? 5_000_000 : 500_000)).map(({ what, persons, seconds }) => ({
      what: `${what}, ${number(persons)} persons`,
      measured: `${number((seconds / persons) * 1_000_000)} s per million`,
      reach: 'reported',
    })),
  access: async () => [
    ...benchWhoCanSee().map(({ what, grants, milliseconds, reachMs }) => ({
      what: `${what}, ${number(grants)} grants`,
      measured: `${number(milliseconds)} ms`,
      reach: reachMs === null ? '–' : `${number(reachMs)} ms`,
    })),
    ...benchDecide().map(({ grants, allowedMicroseconds, refusedMicroseconds, ratio }) => ({
      what: `one decision beside ${number(grants)} grants`,
      measured: `${number(allowedMicroseconds / 1_000)} ms allowed, ${number(refusedMicroseconds / 1_000)} ms refused, ${number(ratio)} times 10 grants`,
      reach: 'reported',
    })),
    ...benchHundredGrants().map(({ what, steps, seconds }) => ({
      what: `100 grants: ${what}`,
      measured: `${number(steps)} steps by people, ${number(seconds)} s of the program`,
      reach: 'reported',
    })),
  ],
  flow: async () =>
    (await benchFlow(large ? 10_000_000 : 500_000)).map(({ what, rows, seconds, ratio }) => ({
      what: `${what}, ${number(rows)} rows`,
      measured: `${number(seconds)} s, ${number(ratio)} times DuckDB's COPY`,
      reach: 'daily 2 times, first load 4 times',
    })),
  sources: async () =>
    (await benchSources(large ? 200_000 : 20_000)).map(({ what, rows, rowsPerSecond, plainPerSecond }) => ({
      what: `${what}, ${number(rows)} rows`,
      measured: `${number(rowsPerSecond)} rows/s${plainPerSecond === null ? '' : `, the engine’s own reader ${number(plainPerSecond)}`}`,
      reach: 'reported',
    })),
  fhir: async () =>
    (await benchFhirFlatten(large ? 2_000_000 : 200_000)).map(({ what, resources, resourcesPerSecond, ratio }) => ({
      what: `FHIR view, ${what}, ${number(resources)} resources`,
      measured: `${number(resourcesPerSecond)} resources/s, ${number(ratio)} times the statement by hand`,
      reach: 'reported',
    })),
  pages: async () =>
    (await benchPages(large ? 10_000_000 : 1_000_000)).map(({ what, rows, p95Ms, ratio }) => ({
      what: `page of 1,000 objects, ${what}, ${number(rows)} rows`,
      measured: `${number(p95Ms)} ms (95th percentile)${ratio === null ? '' : `, ${number(ratio)} times the engine alone`}`,
      reach: ratio === null ? '50 ms' : '1.2 times',
    })),
  metric: async () => {
    if (!existsSync(published)) {
      return [{ what: 'waiting list of England', measured: 'SKIPPED: the published file is not there', reach: '1 s' }]
    }
    return (await benchMetricRtt(published)).map(({ what, governedMs, ratio }) => ({
      what,
      measured: `${number(governedMs)} ms, ${number(ratio)} times the same SQL by hand`,
      reach: 'under 1 s; 1.1 times',
    }))
  },
}

const rows: Row[] = []
for (const [name, run] of Object.entries(parts)) {
  if (only.length > 0 && !only.includes(name)) continue
  process.stderr.write(`measuring ${name}\n`)
  rows.push(...(await run()))
}
const table = new Table({ head: ['what', 'measured', 'reach'], style: { head: [], border: [] } })
for (const { what, measured, reach } of rows) table.push([what, measured, reach])
process.stdout.write(
  `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 1024 ** 3)} GiB, Node ${process.version}\n${table.toString()}\n`,
)
