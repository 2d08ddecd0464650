import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { linkTables } from '#contracts'
import { submit } from '#flows'
import { addDays, type PurposeId, parseSubjectId } from '#kernel'
import { openNode } from '#node'
import { filledTypes, typeFile } from '#synthetic'
import { adapters } from '../src/adapters.ts'
import { type BearerSite, openBearerSite } from './bearer-site.ts'
import { type Ran, runOn } from './command-line.ts'
import { openEmptyNode } from './empty-node.ts'
import { fdp, jsonLines, startFdp } from './fdp-process.ts'
import { fullPlan, modelTypes, who } from './full-plan.ts'
import { type FullWorld, openFullWorld } from './full-world.ts'
import { manager, World } from './world.ts'

/*
 * A node moves: what one shows by the Ontology API is taken in by another that was empty, killed half way and resumed, and
 * no difference is left. Then differences are made, and exactly these are found. The same by export and import.
 */

const everything = modelTypes.map(({ apiName }) => apiName)
const some = ['Patient', 'CancerPathway', 'Referral']
const types = process.env.FDP_TEST_FULL ? everything : some
const rowsEach = 120
const pageRows = 30
const asManager = ['--tenant', 'alder-vale', '--as', manager, '--purpose', 'data-intake']
const asFull = ['--tenant', 'alder-vale', '--as', who.full.id, '--purpose', who.full.purpose]
const intake = { subject: parseSubjectId(manager), purpose: 'data-intake' as PurposeId }

const placeOf = ({ url }: BearerSite) => `${url}/tenants/alder-vale`

const long = {
  skip: process.env.FDP_TEST_FULL ? false : 'long: FDP_TEST_FULL=1; src/node/export and src/node/move do some types',
}

async function tokenFile(home: string, site: BearerSite, name: string): Promise<string> {
  const file = join(home, name)
  await writeFile(file, await site.bearer(who.full.id, who.full.purpose), { mode: 0o600 })
  return file
}

/** A process that moves, killed when it has read pages of its second object type. */
async function killedHalfWay(home: string, argv: readonly string[]): Promise<void> {
  const child = startFdp(home, argv)
  const died = new Promise<string | null>((done) => child.once('close', (_, signal) => done(signal)))
  const moves = join(home, 'tenants', 'alder-vale', 'moves')
  for (let waited = 0; waited < 60_000 && child.exitCode === null; waited += 5) {
    const names = existsSync(moves) ? await readdir(moves) : []
    const text = names[0] ? await readFile(join(moves, names[0], 'progress.json'), 'utf8').catch(() => '') : ''
    const pages = text === '' ? [] : Object.values((JSON.parse(text) as { types: object }).types)
    if (pages.length >= 2 && pages.some((each) => !(each as { ended: boolean }).ended)) break
    await wait(5)
  }
  child.kill('SIGKILL')
  assert.equal(await died, 'SIGKILL')
}

/** Pages of a type that somebody was given. */
async function pagesRead(world: World, object: string): Promise<number> {
  let count = 0
  for await (const { type, governance } of world.tenant().ledger.entries()) {
    if (type !== 'read.opened' || (governance.about as { kind?: string }).kind !== 'object-set') continue
    if (Object.hasOwn(governance.relations as object, object)) count++
  }
  return count
}

function compareOn(
  world: World,
  sides: { old: BearerSite; now: BearerSite },
  report: string,
  of: readonly string[],
): Promise<Ran> {
  return runOn(world, [
    ...['compare', '--old', placeOf(sides.old), '--old-token-file', join(world.home, 'old.txt')],
    ...['--new', placeOf(sides.now), '--new-token-file', join(world.home, 'new.txt')],
    ...['--types', of.join(','), '--page-rows', String(pageRows), '--report', join(world.home, report)],
  ])
}

/** Referrals but for one, one with another value, one more. */
async function makeDifferences(old: FullWorld, now: World) {
  const [removed, changed, ...others] = old.texts('Referral')
  const title = changed!.title === '' ? 'A title' : ''
  const added = { ...changed!, referralId: 'REFERRAL-OF-NOBODY' }
  const rows = [...others, { ...changed!, title }, added]
  const { controller } = now.tenant().profile
  const file = {
    object: 'Referral',
    controller,
    asAt: addDays(old.day, 1),
    source: typeFile({ object: 'Referral', rows }),
  }
  const report = await submit({ ...file, ...intake }, now.tenant().flows)
  assert.equal(report.rows.published, rows.length)
  return [
    { type: 'Referral', key: removed!.referralId, found: 'only-old', properties: [] },
    { type: 'Referral', key: changed!.referralId, found: 'differs', properties: ['title'] },
    { type: 'Referral', key: added.referralId, found: 'only-new', properties: [] },
  ]
}

test(
  `${types.length} object types of a node are moved into an empty one, killed half way; compare finds what differs`,
  long,
  async () => {
    await using old = await openFullWorld({ rows: rowsEach })
    await using oldSite = await openBearerSite(old.node)
    const { home, node } = await openEmptyNode(fullPlan())
    await node.close()
    const args = ['move', 'in', '--from', placeOf(oldSite), '--token-file', await tokenFile(home, oldSite, 'old.txt')]
    const more = ['--page-rows', String(pageRows), '--types', types.join(','), ...asManager]
    await killedHalfWay(home, [...args, ...more])
    const resumed = await fdp(home, [...args, ...more, '--resume'])
    assert.equal(resumed.status, 0, resumed.err)
    assert.deepEqual(
      new Set(jsonLines(resumed.out).map(({ read, published }) => [read, published].join())),
      new Set([`${rowsEach},${rowsEach}`]),
    )
    assert.equal(await pagesRead(old, 'Patient'), rowsEach / pageRows, 'no page was asked for twice')

    await using now = new World(await openNode(home, adapters, []), [fullPlan()], 0, false)
    await using newSite = await openBearerSite(now.node)
    await tokenFile(home, newSite, 'new.txt')
    const sides = { old: oldSite, now: newSite }
    // Tables of links come with both their ends, key by key as they were.
    const tables = process.env.FDP_TEST_FULL ? linkTables().map(({ apiName }) => apiName) : []
    const all = [...types, ...tables]
    const same = await compareOn(now, sides, 'same.jsonl', all)
    assert.equal(same.status, 0, same.err + same.out)
    assert.match(same.err, /no difference/)
    const objects = same.rows.filter(({ kind }) => kind === 'objects')
    assert.deepEqual(
      objects.map(({ name, old: there, new: here }) => [name, there, here]),
      all.toSorted().map((name) => [name, rowsEach, rowsEach]),
    )
    for (const kind of ['link', 'count by']) {
      const figures = same.rows.filter((row) => row.kind === kind)
      assert.ok(figures.length > 2 && figures.some((row) => Number(row.old) > 0), kind)
    }
    assert.equal(await readFile(join(home, 'same.jsonl'), 'utf8'), '')

    const made = await makeDifferences(old, now)
    const differs = await compareOn(now, sides, 'differs.jsonl', process.env.FDP_TEST_FULL ? types : ['Referral'])
    assert.equal(differs.status, 1)
    const found = jsonLines(await readFile(join(home, 'differs.jsonl'), 'utf8'))
    const byKey = (a: { key?: unknown }, b: { key?: unknown }) => (String(a.key) < String(b.key) ? -1 : 1)
    assert.deepEqual(found.toSorted(byKey), made.toSorted(byKey))
    const wrong = differs.rows.filter(({ kind, differences }) => kind === 'objects' && differences !== 0)
    assert.deepEqual(wrong, [{ kind: 'objects', name: 'Referral', old: rowsEach, new: rowsEach, differences: 3 }])
    for (const { key } of made) assert.ok(!`${differs.out}${differs.err}`.includes(String(key)))
  },
)

test('the same node leaves by export and arrives by import; every file has the same bytes there', long, async () => {
  await using old = await openFullWorld({ rows: rowsEach })
  await using now = await openEmptyNode(fullPlan())
  const own = filledTypes().filter(({ origin }) => origin === 'openfdp')
  for (const world of [old, now]) {
    for (const { name } of own) {
      await world.grant(who.full.id, name, { level: 'identifiable', purpose: who.full.purpose as PurposeId })
    }
  }
  const to = `${now.home}-leaving`
  await using _left = { [Symbol.asyncDispose]: () => rm(to, { recursive: true, force: true }) }
  const exported = await runOn(old, ['export', 'tenant', to, ...asFull])
  assert.equal(exported.status, 0, exported.err)
  const imported = await runOn(now, ['import', 'tenant', to, ...asManager])
  assert.equal(imported.status, 0, imported.err + imported.out)
  const checked = await runOn(now, ['import', 'check', to, ...asFull])
  assert.equal(checked.status, 0, checked.err + checked.out)
})
