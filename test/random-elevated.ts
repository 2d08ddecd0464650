import type { Instant } from '#kernel'
import { entryOf, hashOf, ods } from './governed-tenant.ts'
import { fc } from './random.ts'
import { grantOf, ledgerOf, moment, pool, type Step } from './random-governance.ts'
import { owner, personOf, processors, staff, wideDpia } from './random-start.ts'

/*
 * Ledgers that go at the cap on processors: more grants than it allows, later starts, caps that move, clearances that
 * lapse and come back, late reviews, other employers, reads that keep grants alive.
 */
const later = fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: moment })
const grant: fc.Arbitrary<Step> = fc.tuple(grantOf(pool(processors), fc.constant('identifiable' as const)), later).map(
  ([make, from]) =>
    (now: Instant) =>
      make(now).map(({ type, governance }) => ({
        type,
        governance: { ...governance, action: 'read', purpose: 'care', ...(from === null ? {} : { from }) },
      })),
)

const cap: fc.Arbitrary<Step> = fc
  .record({
    peopleMax: pool([0, 1, 1, 2, 3]),
    dpiaVersion: fc.integer({ min: 2, max: 9 }),
    from: moment,
    id: pool(['d1', 'd1', 'd2']),
  })
  .map(({ peopleMax, dpiaVersion, from, id }) => () => [
    entryOf('governance.dpia-approved', {
      ...{ ...wideDpia(), id, dpiaVersion, sha256: hashOf('b'), effectiveFrom: from },
      bounds: { ...wideDpia().bounds, elevated: { peopleMax, daysMax: 60, reviewDays: 20 } },
    }),
  ])

const clearance: fc.Arbitrary<Step> = fc
  .record({ person: pool(processors), until: moment })
  .map((input) => () => [entryOf('governance.clearance-recorded', { by: owner!, reference: 'x', ...input })])

const review: fc.Arbitrary<Step> = fc
  .nat({ max: 40 })
  .map((n) => () => [
    entryOf('governance.grant-reviewed', { by: owner!, grant: `g${n}`, outcome: 'keep', reason: 'x' }),
  ])

const mover: fc.Arbitrary<Step> = fc
  .record({ i: pool([2, 3, 4]), employer: pool(['SUP1', 'SUP2', 'LA1']).map(ods) })
  .map(({ i, employer }) => () => [
    entryOf('governance.person-registered', { ...personOf(i), by: owner!, id: staff[i]!, employer }),
  ])

const use: fc.Arbitrary<Step> = fc
  .nat({ max: 40 })
  .map((n) => () => [{ type: 'read.opened', governance: { relations: { 'r-1': { grant: `g${n}` } } } }])

const leaving: fc.Arbitrary<Step> = fc
  .record({ person: pool(processors), at: moment })
  .map((input) => () => [entryOf('governance.person-left', { by: owner!, ...input })])

const revoked: fc.Arbitrary<Step> = fc
  .record({ n: fc.nat({ max: 40 }), at: moment })
  .map(({ n, at }: { n: number; at: Instant }) => () => [
    entryOf('governance.grant-revoked', { by: owner!, grant: `g${n}`, at, reason: 'x' }),
  ])

export const capLedger = ledgerOf(
  fc.oneof(
    { weight: 12, arbitrary: grant },
    { weight: 3, arbitrary: cap },
    { weight: 2, arbitrary: clearance },
    { weight: 3, arbitrary: review },
    { weight: 1, arbitrary: mover },
    { weight: 3, arbitrary: use },
    { weight: 1, arbitrary: leaving },
    { weight: 1, arbitrary: revoked },
  ),
  8,
  20,
)
