import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Instant, isFdpError, limits, manualClock, seededRandom } from '#kernel'
import { expandReferences } from './object-set/expand.ts'
import type { ObjectSet } from './object-set/wire.ts'
import { TemporaryObjectSets } from './temporary-object-sets.ts'

const start = '2026-01-31T09:30:00.000Z' as Instant
const keeper = (tenant = 't', subject = 's', purpose = 'p') => ({ tenant, session: { subject, purpose } })
const base: ObjectSet = { type: 'base', objectType: 'Ward' }
const long = (characters: number) => ({ type: 'static', objects: ['x'.repeat(characters)] })

function kept() {
  const clock = manualClock(start)
  return { clock, sets: new TemporaryObjectSets(clock, seededRandom('a')) }
}

test('a set is there for an hour, for whoever made it, at that tenant and for that purpose; for nobody else', () => {
  const { clock, sets } = kept()
  const rid = sets.add(keeper(), base, base)
  assert.match(
    rid,
    /^ri\.object-set\.main\.temporary-object-set\.[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/,
  )
  for (const other of [keeper('u'), keeper('t', 'u'), keeper('t', 's', 'u')]) {
    assert.equal(sets.find({ ...other, rid }), null)
    assert.equal(sets.sent({ ...other, rid }), null)
  }
  assert.equal(sets.find({ ...keeper(), rid: `${rid}x` }), null)
  clock.advanceMs(60 * 60_000 - 1)
  assert.deepEqual(sets.find({ ...keeper(), rid }), base)
  assert.equal(sets.sent({ ...keeper(), rid }), JSON.stringify(base))
  clock.advanceMs(1)
  assert.equal(sets.find({ ...keeper(), rid }), null)
})

test('beyond the most for one caller a new set takes the place of their oldest, and of nobody else’s', () => {
  const { sets } = kept()
  const others = sets.add(keeper('t', 'u'), base, base)
  const first = sets.add(keeper(), base, base)
  const second = sets.add(keeper(), base, base)
  for (let i = 0; i < 199; i++) sets.add(keeper(), base, base)
  assert.equal(sets.find({ ...keeper(), rid: first }), null)
  assert.deepEqual(sets.find({ ...keeper(), rid: second }), base)
  assert.deepEqual(sets.find({ ...keeper('t', 'u'), rid: others }), base)

  const large = [1, 2, 3].map(() => sets.add(keeper('large'), base, long(2_000_000)))
  assert.deepEqual(
    large.map((rid) => sets.find({ ...keeper('large'), rid }) !== null),
    [false, true, true],
  )
  assert.throws(
    () => sets.add(keeper('large'), base, long(5_000_001)),
    (error) => isFdpError(error, 'FDP_ONTOLOGY_LIMIT'),
  )
})

test('references become what they stand for, within the limits of one request', () => {
  const sets: Record<string, ObjectSet> = {
    a: base,
    b: { type: 'union', objectSets: [base, { type: 'reference', reference: 'a' }] },
  }
  const find = (rid: string) => sets[rid] ?? null
  const within: ObjectSet = {
    type: 'filter',
    objectSet: { type: 'reference', reference: 'b' },
    where: { type: 'eq', field: 'reference', value: 'a' },
  }
  assert.deepEqual(expandReferences(within, find), {
    ...within,
    objectSet: { type: 'union', objectSets: [base, base] },
  })
  assert.throws(
    () => expandReferences({ type: 'reference', reference: 'c' }, find),
    (error) => isFdpError(error, 'FDP_ONTOLOGY_OBJECT_SET'),
  )
  const limit = (error: unknown) => isFdpError(error, 'FDP_ONTOLOGY_LIMIT')
  const self = () => ({ type: 'reference', reference: 'x' }) as const
  assert.throws(() => expandReferences(self(), self), limit)
  const half: ObjectSet = {
    type: 'union',
    objectSets: Array.from({ length: limits.objectSetNodesMax / 2 }, () => base),
  }
  const twice: ObjectSet = { type: 'union', objectSets: [self(), self(), self()] }
  assert.throws(() => expandReferences(twice, () => half), limit)
})
