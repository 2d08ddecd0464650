import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '#kernel'
import { day, hashOf } from '../../test/governed-tenant.ts'
import { type Catalogue, emptyCatalogue, foldCatalogue } from './index.ts'

const published = {
  version: 1,
  by: 'loader@rj1.example',
  submission: 's1',
  object: 'RttPeriod',
  controller: 'RJ1',
  asAt: '2026-01-31',
  rows: 10,
  quarantined: 1,
  lake: hashOf('1'),
  vault: hashOf('2'),
  replaces: { lake: null, vault: null },
  mapping: null,
  contract: { origin: 'openfdp' },
}

function add(catalogue: Catalogue, governance: JsonObject, type = 'flow.published'): Catalogue {
  return foldCatalogue(catalogue, { index: catalogue.upTo + 1, time: day(0), type, governance })
}

const first = add(emptyCatalogue(), published)
const second = {
  ...published,
  submission: 's2',
  controller: 'RA2',
  lake: hashOf('3'),
  vault: null,
  replaces: { lake: hashOf('1'), vault: hashOf('2') },
}

test('refused: a publication that replaces another version than the current one', () => {
  const fork = { code: 'FDP_GOVERNANCE_CATALOGUE_FORK' }
  assert.throws(() => add(first, { ...second, replaces: { lake: null, vault: hashOf('2') } }), fork)
  assert.throws(() => add(first, { ...second, replaces: { lake: hashOf('1'), vault: null } }), fork)
})

test('refused: an entry that does not follow, and one that breaks its schema', () => {
  const entry = { index: 5, time: day(0), type: 'flow.published', governance: second }
  assert.throws(() => foldCatalogue(first, entry), { code: 'FDP_GOVERNANCE_ENTRY_ORDER' })
  for (const wrong of [{ rows: -1 }, { lake: 'x' }, { version: 2 }, { controller: 'rj1' }, { asAt: 'soon' }]) {
    assert.throws(() => add(first, { ...second, ...wrong } as JsonObject), { code: 'FDP_GOVERNANCE_EVENT_INVALID' })
  }
})

test('the current versions, the submissions in force, and the past', () => {
  const moved = add(first, { subject: 'x' }, 'read.opened')
  const both = add(moved, second)
  assert.equal(emptyCatalogue().lakeManifest('RttPeriod'), null)
  assert.deepEqual([both.lakeManifest('RttPeriod'), both.vaultManifest()], [hashOf('3'), hashOf('2')])
  assert.deepEqual(
    [both.isPublished('RttPeriod', 'RJ1', 's1'), both.isPublished('RttPeriod', 'RA2', 's1')],
    [true, false],
  )
  assert.deepEqual(
    both.publications().map((publication) => publication.entry),
    [0, 2],
  )
  const before = both.at(1)
  assert.deepEqual(
    [before.lakeManifest('RttPeriod'), before.vaultManifest(), before.upTo],
    [hashOf('1'), hashOf('2'), 1],
  )
  assert.equal(before.publication('RttPeriod', 'RA2'), null)
  assert.equal(first.lakeManifest('RttPeriod'), hashOf('1'), 'an earlier catalogue stays as it was')
})

test('a submission that was replaced is no longer in force: going back to it is a change', () => {
  const replaced = add(first, { ...second, controller: 'RJ1' })
  assert.equal(replaced.isPublished('RttPeriod', 'RJ1', 's1'), false)
  assert.equal(replaced.isPublished('RttPeriod', 'RJ1', 's2'), true)
})

test('every manifest ever named is kept while all history is', () => {
  assert.deepEqual(add(first, second).namedManifests(), { lake: [hashOf('1'), hashOf('3')], vault: [hashOf('2')] })
})

test('moving a patient makes several versions current at once, or is refused whole', () => {
  const move = {
    version: 1,
    by: 'clerk@rj1.example',
    purpose: 'data-quality',
    controller: 'RJ1',
    lakes: [{ object: 'RttPeriod', lake: hashOf('5'), replaces: hashOf('1') }],
    vault: hashOf('6'),
    replaces: { vault: hashOf('2') },
  }
  const after = add(first, move, 'person.split')
  assert.deepEqual([after.lakeManifest('RttPeriod'), after.vaultManifest()], [hashOf('5'), hashOf('6')])
  assert.deepEqual(after.at(0).lakeManifest('RttPeriod'), hashOf('1'))
  assert.equal(after.at(1).vaultManifest(), hashOf('6'))
  assert.deepEqual(after.namedManifests().vault, [hashOf('2'), hashOf('6')])
  const stale = { ...move, lakes: [{ object: 'RttPeriod', lake: hashOf('5'), replaces: hashOf('9') }] }
  assert.throws(() => add(first, stale, 'person.joined'), { code: 'FDP_GOVERNANCE_CATALOGUE_FORK' })
  assert.throws(() => add(first, { ...move, vault: null } as JsonObject, 'person.joined'), {
    code: 'FDP_GOVERNANCE_EVENT_INVALID',
  })
})

test('what was destroyed is there at no moment, but for what is current, and until it is published again', () => {
  const erased = {
    ...{ version: 1, erasure: 'e1', rows: 3, vault: hashOf('6'), replaces: { vault: hashOf('2') } },
    lakes: [{ object: 'RttPeriod', lake: hashOf('5'), replaces: hashOf('1') }],
  }
  const without = add(first, erased, 'person.rows-erased')
  assert.deepEqual([without.lakeManifest('RttPeriod'), without.vaultManifest()], [hashOf('5'), hashOf('6')])
  const purge = {
    version: 1,
    because: { erasure: 'e1' },
    lake: [hashOf('1'), hashOf('5')],
    vault: [hashOf('2')],
    blobs: [],
  }
  const after = add(without, purge, 'data.purged')
  assert.deepEqual(after.namedManifests(), { lake: [hashOf('5')], vault: [hashOf('6')] })
  for (const moment of [after, after.at(0)]) {
    assert.deepEqual([moment.purgedBy(hashOf('1')), moment.purgedBy(hashOf('2'))], [after.upTo, after.upTo])
    assert.equal(moment.purgedBy(hashOf('5')), null)
  }
  const replaces = { lake: hashOf('5'), vault: hashOf('6') }
  const again = add(after, { ...second, lake: hashOf('1'), vault: null, replaces } as never)
  assert.equal(again.purgedBy(hashOf('1')), null)
  assert.ok(again.namedManifests().lake.includes(hashOf('1')))
  assert.throws(() => add(without, { ...purge, because: { why: 'x' } } as never, 'data.purged'), {
    code: 'FDP_GOVERNANCE_EVENT_INVALID',
  })
})

test('what was lost in a restore is lost until its controller sends it again; another`s rows stay', () => {
  const both = add(first, { ...second, vault: hashOf('4') })
  const loss = {
    ...{ version: 1, lakes: [{ object: 'RttPeriod', lake: hashOf('5'), replaces: hashOf('3') }], vault: null },
    ...{ replaces: { vault: hashOf('4') }, lost: [{ object: 'RttPeriod', controller: 'RJ1' }] },
  }
  const lost = add(both, loss, 'data.lost')
  assert.deepEqual([lost.lakeManifest('RttPeriod'), lost.vaultManifest()], [hashOf('5'), hashOf('4')])
  assert.deepEqual([lost.lostBy('RttPeriod'), lost.lostBy('RttPeriod', 'RJ1')], [lost.upTo, lost.upTo])
  assert.deepEqual(
    [lost.lostBy('RttPeriod', 'RA2'), lost.lostBy('Rtt'), lost.at(1).lostBy('RttPeriod')],
    [null, null, null],
  )
  const replaces = { lake: hashOf('5'), vault: hashOf('4') }
  const others = add(lost, { ...second, controller: 'RA2', lake: hashOf('6'), vault: null, replaces } as never)
  assert.equal(others.lostBy('RttPeriod'), lost.upTo)
  const again = add(others, {
    ...published,
    lake: hashOf('7'),
    vault: null,
    replaces: { ...replaces, lake: hashOf('6') },
  } as never)
  assert.equal(again.lostBy('RttPeriod'), null)
  assert.throws(() => add(both, { ...loss, replaces: { vault: hashOf('9') } }, 'data.lost'), {
    code: 'FDP_GOVERNANCE_CATALOGUE_FORK',
  })
})
