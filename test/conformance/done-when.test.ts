import assert from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fdp, jsonLines } from '../fdp-process.ts'
import { sharedPath, skipWithoutShared } from '../shared-data.ts'

/*
 * The published waiting list of January 2026, from the file as published to the figures and back, by the commands that a
 * person types. Long: it makes 7.19 million pathways twice.
 */
const zip = sharedPath('data/rtt/Full-CSV-data-file-Jan26.zip')
const isFull = process.env.FDP_TEST_FULL === '1'
const skip = isFull ? false : 'SKIPPED LOUDLY: long; `npm run test:full` runs it'
const run = { skip, timeout: 30 * 60_000 }
let home = ''

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'openfdp-done-'))
})
after(() => rm(home, { recursive: true, force: true }))

async function done(...argv: string[]) {
  const { status, out, err } = await fdp(home, argv)
  assert.equal(status, 0, `fdp ${argv[0]} ${argv[1]}: ${err}`)
  return out
}

interface Result {
  readonly rows: readonly { readonly figures: Readonly<Record<string, number>> }[]
}

async function figures(...more: string[]): Promise<Readonly<Record<string, number>>> {
  const out = await done('metric', 'run', 'rtt-incomplete', '--period', '2026-01', '--json', ...more)
  const { rows } = JSON.parse(out) as Result
  assert.equal(rows.length, 1)
  return rows[0]!.figures
}

test('a fresh home: one day of the economy, then the national statistician logs in', run, async (t) => {
  if (skipWithoutShared(t)) return
  const day = await done('start', '--once')
  for (const words of [
    'Rows in, quarantined, published',
    'Waiting list',
    'Who can see what now',
    'verified  national',
  ]) {
    assert.ok(day.includes(words), words)
  }
  const who = ['--tenant', 'national', '--as', 'nadia.holt@national.example', '--purpose', 'official-statistics']
  await done('login', ...who)
})

test('the published file is taken in, and its known oddities are named', run, async (t) => {
  if (skipWithoutShared(t)) return
  const report = jsonLines(await done('official', 'rtt', zip)) as { rule?: string; hits?: number; listed?: unknown[] }[]
  const listed = (rule: string) => report.find((line) => line.rule === rule)?.listed ?? []
  const counts = Object.fromEntries(report.filter(({ rule }) => rule).map(({ rule, hits }) => [rule, hits]))
  assert.equal(counts['decided-within-waiting'], 5, JSON.stringify(counts))
  assert.equal(listed('decided-within-waiting').length, 5)
  assert.equal(counts['starts-cover-short-waits'], 3)
  assert.equal(listed('starts-cover-short-waits').length, 3)
})

test('the figures are those published, with and without patients of commissioners outside England', run, async (t) => {
  if (skipWithoutShared(t)) return
  const all = await figures()
  assert.deepEqual(
    [all.incomplete, all.within18Weeks, all.over52Weeks, all.over65Weeks],
    [7_187_677, 4_412_147, 137_320, 9_522],
  )
  assert.equal((await figures('--population', 'english-commissioners')).incomplete, 7_155_958)
})

test(
  'expanded into pathways and counted again, every cell comes back; one pathway fewer is noticed',
  run,
  async (t) => {
    if (skipWithoutShared(t)) return
    const expanded = jsonLines(await done('synth', 'england', '--from', zip)).at(-1)!
    assert.deepEqual([expanded.impossibleBands, expanded.excess, expanded.pathways], [143, 382, 7_187_677])
    const same = JSON.parse(await done('metric', 'compare', 'rtt-incomplete', '--with', zip, '--json'))
    assert.equal(same.cellsDiffering, 0)
    assert.equal(same.pathwaysComputed, 7_187_677)

    await done('synth', 'england', '--from', zip, '--leave-out', '1234567')
    const { status, out, err } = await fdp(home, ['metric', 'compare', 'rtt-incomplete', '--with', zip, '--json'])
    assert.equal(status, 1)
    assert.match(err, /^FDP_CLI_DIFFERS: /)
    const differs = JSON.parse(out)
    assert.equal(differs.pathwaysComputed, 7_187_676)
    // The cell itself, and the roll-up over treatment functions that is computed from it.
    assert.ok(differs.cellsDiffering >= 1 && differs.cellsDiffering <= 2)
  },
)

test('the ledgers verify, also on a copy of the folder without keys', run, async (t) => {
  if (skipWithoutShared(t)) return
  assert.ok(jsonLines(await done('ledger', 'verify')).every(({ verified }) => verified === true))
  const copy = join(home, 'copy')
  const national = join(home, 'tenants', 'national')
  await cp(national, copy, { recursive: true, filter: (path) => !path.startsWith(join(national, 'keys')) })
  const [report] = jsonLines(await done('ledger', 'verify', copy))
  assert.equal(report?.verified, true)
  assert.equal(report?.opened, null)
  await rm(copy, { recursive: true })
})
