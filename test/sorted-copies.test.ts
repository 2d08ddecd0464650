import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { createKeys } from '#adapters/keys-file'
import { objectType, sortsOf } from '#contracts'
import { type Gate, openGate } from '#gate'
import { addMs, sql, systemClock, systemRandom } from '#kernel'
import { type LoadDeps, type LoadRequest, loadObjects } from '#ontology'
import type { Engine } from '#ports'
import { clearOf, clearOfKey } from '#privacy'
import { care, publish } from '../bench/published.ts'
import { type FlowTenant, openFlowTenant } from './flow-tenant.ts'
import { clerk, dayMs, entryOf, grantInput, tenant } from './governed-tenant.ts'
import { governPages, pageLevels, pagePurposes } from './page-readers.ts'

/* Large versions are kept sorted as pages are read: nobody may see that they are. */

const rows = 420
let folder: string
let flows: FlowTenant
let engine: Engine
let plain: Gate
let sorted: Gate

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openfdp-sorted-'))
  await createKeys(join(folder, 'keys'), tenant, systemRandom)
  flows = await openFlowTenant(folder)
  engine = await openDuckdbEngine({ memoryLimitMb: 512, threads: 1, tempDirectory: null })
  await governPages(flows)
  await publish(flows, engine, 'RttPeriod', null, [{ name: 'care', query: care(rows), says: null }])
  plain = gateWith(null)
  sorted = gateWith({ folder: join(folder, 'sorted'), rowsMin: 1, partRowsMax: 60 })
})

after(async () => {
  await plain?.close()
  await sorted?.close()
  await engine?.close()
  await flows?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

function gateWith(sortedCopies: { folder: string; rowsMin: number; partRowsMax: number } | null): Gate {
  return openGate({
    ...{ ...flows.deps, covers: 'subnational', standstill: () => null },
    engine: { memoryLimitMb: 512, threads: 1, tempDirectory: join(folder, 'spill') },
    ...(sortedCopies ? { sortedCopies } : {}),
  })
}

const load = (): LoadDeps => ({
  keys: flows.deps.keys,
  clock: systemClock,
  random: systemRandom,
  reference: () => null,
})

async function allPages(
  gate: Gate,
  level: keyof typeof pagePurposes,
  more: Partial<LoadRequest>,
  total = rows,
): Promise<string[]> {
  await using session = await gate.open({ subject: clerk, purpose: pagePurposes[level] })
  const found: string[] = []
  let pageToken: string | null = null
  do {
    const page = await loadObjects(
      session,
      {
        ...{ objectSet: { type: 'base', objectType: 'RttPeriod' }, select: [], orderBy: [], pageSize: 97 },
        ...{ includeRid: true, ...more, pageToken },
      },
      load(),
    )
    assert.equal(page.totalCount, total)
    found.push(...page.objects)
    pageToken = page.nextPageToken
  } while (pageToken !== null)
  return found
}

const asc = (field: string) => ({ field, direction: 'asc' }) as const
const desc = (field: string) => ({ field, direction: 'desc' }) as const
const orders = [
  [],
  [asc('clockStartDate')],
  [desc('clockStartDate')],
  [asc('clockStartDate'), desc('commissionerCode')],
  [asc('commissionerCode')],
]

test('pages from sorted copies are the same, in the same order, at both levels and in every order', async () => {
  for (const level of pageLevels) {
    for (const orderBy of orders) {
      const expected = await allPages(plain, level, { orderBy })
      assert.equal(new Set(expected).size, rows)
      // The first time they are being made, the second they are there.
      assert.deepEqual(await allPages(sorted, level, { orderBy }), expected)
      await sorted.settled()
      assert.deepEqual(await allPages(sorted, level, { orderBy }), expected)
    }
  }
  const files = await readdir(join(folder, 'sorted'))
  // By tokens and by keys, both for themselves and after the date: seven parts each, give or take one, and two of rows without a date.
  assert.ok(files.length >= 26 && files.length <= 34, `${files.length} files`)
})

test('copies go when the type is published anew, and with the process', async () => {
  await publish(flows, engine, 'RttPeriod', null, [{ name: 'care', query: care(rows), says: null }])
  await sorted.settled()
  assert.deepEqual(await readdir(join(folder, 'sorted')), [])
  assert.equal((await allPages(sorted, 'pseudonymised', {})).length, rows)
})

test('it makes no difference whether all rows have the date that they are sorted by, or none has', async () => {
  for (const date of [sql`date '2026-01-01' - ("_key" % 9)::INTEGER`, sql`CAST(NULL AS DATE)`]) {
    const query = sql`SELECT * REPLACE (${date} AS "clockStartDate") FROM (${care(rows)})`
    await publish(flows, engine, 'RttPeriod', rows, [{ name: 'care', query, says: null }])
    for (const level of pageLevels) {
      for (const orderBy of [[asc('clockStartDate')], [desc('clockStartDate')]]) {
        const expected = await allPages(plain, level, { orderBy })
        assert.deepEqual(await allPages(sorted, level, { orderBy }), expected)
        await sorted.settled()
        assert.deepEqual(await allPages(sorted, level, { orderBy }), expected)
      }
    }
  }
})

test('a copy that is being read when its type is published anew stays until it has been read', async () => {
  const all = [{ name: 'care', query: care(rows), says: null }]
  const gate = gateWith({ folder: join(folder, 'sorted-held'), rowsMin: 1, partRowsMax: 60 })
  try {
    await using session = await gate.open({ subject: clerk, purpose: pagePurposes.pseudonymised })
    const ask = (): LoadRequest => ({
      ...{ objectSet: { type: 'base', objectType: 'RttPeriod' }, select: [], orderBy: [], pageSize: 10 },
      ...{ includeRid: false, pageToken: null },
    })
    await loadObjects(session, ask(), load())
    await gate.settled()
    const held = await readdir(join(folder, 'sorted-held'))
    assert.ok(held.length > 1)
    const reading = await session.rows({
      ...{
        about: { kind: 'test' },
        person: 'RttPeriod',
        relations: { RttPeriod: { object: 'RttPeriod', columns: ['statusCode'] } },
      },
      build: ({ RttPeriod }) => sql`SELECT "statusCode", "_person" FROM ${RttPeriod} ORDER BY "_order"`,
    })
    await publish(flows, engine, 'RttPeriod', null, all)
    await gate.settled()
    assert.deepEqual(await readdir(join(folder, 'sorted-held')), held)
    let left = 0
    for await (const { rowCount } of reading.batches()) left += rowCount
    assert.ok(left > 0)
    await reading[Symbol.asyncDispose]()
    await gate.settled()
    assert.deepEqual(await readdir(join(folder, 'sorted-held')), [])
  } finally {
    await gate.close()
  }
})

test('rows of files that may be of people who said no come in their place among the others', async () => {
  const person = (n: number) => sql`SELECT * FROM (${care(rows)}) WHERE _person % 4 = ${n}`
  const list = sql`SELECT DISTINCT _person AS _key, _person, 'RJ1' AS _controller FROM (${person(0)})`
  await publish(flows, engine, 'NationalDataOptOut', null, [{ name: 'list', query: list, says: null }])
  const stamp = clearOf((object) => flows.deps.governance.catalogue().lakeManifest(object))
  const others = sql`SELECT * FROM (${care(rows)}) WHERE _person % 4 > 1`
  // The second file has people of the list and others.
  await publish(flows, engine, 'RttPeriod', rows, [
    { name: 'clear', query: others, says: [clearOfKey, stamp] },
    { name: 'mixed', query: sql`(${person(0)}) UNION ALL (${person(1)})`, says: null },
  ])
  const [listed] = await engine.rows(sql`SELECT count(*) AS n FROM (${person(0)})`)
  const left = rows - Number(listed?.n)
  for (const orderBy of orders) {
    const expected = await allPages(plain, 'pseudonymised', { orderBy }, left)
    assert.equal(new Set(expected).size, left)
    assert.deepEqual(await allPages(sorted, 'pseudonymised', { orderBy }, left), expected)
    await sorted.settled()
    assert.deepEqual(await allPages(sorted, 'pseudonymised', { orderBy }, left), expected)
  }
})

test('a contract declares dates to sort by, which the lake holds as they are shown', () => {
  for (const object of ['RttPeriod', 'PatientPathway', 'Encounter', 'TheatreSession']) {
    const { properties } = objectType(object)
    assert.ok(sortsOf(object).length > 0)
    for (const name of sortsOf(object)) assert.equal(properties.find((each) => each.name === name)?.type, 'date')
  }
})

test('a page token told at one level is none at another, whose order is another', async () => {
  const { ledger, clock } = flows.deps
  await using session = await sorted.open({ subject: clerk, purpose: pagePurposes.identifiable })
  const ask = (pageToken: string | null): LoadRequest => ({
    ...{ objectSet: { type: 'base', objectType: 'RttPeriod' }, select: [], orderBy: [], pageSize: 10 },
    ...{ includeRid: false, pageToken },
  })
  const { nextPageToken } = await loadObjects(session, ask(null), load())
  const at = clock.now()
  await ledger.append(
    entryOf('governance.grant-revoked', {
      by: grantInput.by,
      grant: `to-${pagePurposes.identifiable}`,
      at,
      reason: 'a test',
    }),
  )
  await ledger.append(
    entryOf('governance.grant-approved', {
      ...{ ...grantInput, id: 'to-tokens', rows: { controllers: 'all', where: [] } },
      ...{ purpose: pagePurposes.identifiable, from: at, until: addMs(at, dayMs) },
    }),
  )
  assert.equal((await loadObjects(session, ask(null), load())).objects.length, 10)
  await assert.rejects(loadObjects(session, ask(nextPageToken), load()), { code: 'FDP_ONTOLOGY_PAGE_TOKEN' })
})
