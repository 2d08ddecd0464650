import fc from 'fast-check'
import { type FoldableEntry, type Input, levels, personKinds } from '#governance'
import type { Instant } from '#kernel'
import {
  day,
  entryOf,
  hashOf,
  ods,
  opening,
  purpose,
  purposeInput,
  subject,
  switchedOnInput,
} from './governed-tenant.ts'

/*
 * Random ledgers of governance events, good and bad: signed by people who may not, over columns that do not exist, out
 * of order, twice. Everything comes from small pools, so that events meet.
 */
export const people = ['guardian@rj1.example', 'owner@rj1.example', 'ann', 'ben', 'cat', 'setup'].map(subject)
export const objects = ['RttPeriod', 'Patient']
export const purposes = ['care', 'statistics', 'platform', 'unregistered'].map(purpose)
export const columns = ['patientId', 'providerCode', 'clockStartDate', 'age', 'fullName', 'nope']
const pool = <T>(values: readonly T[]) => fc.constantFrom(...values)
/** Whole days and the millisecond before, so that ends are hit exactly. */
export const moment = fc.tuple(fc.integer({ min: 0, max: 12 }), pool([0, 0, -1])).map(([n, ms]) => day(n, ms))
/** Mostly officers sign, else little would ever be allowed. */
const signer = fc.oneof({ weight: 5, arbitrary: pool(people.slice(0, 2)) }, { weight: 1, arbitrary: pool(people) })
const some = <T>(values: readonly T[]) => fc.subarray([...values], { minLength: 1 })

const duties = fc.oneof(
  { weight: 6, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.subarray(['registrar', 'platform-administrator', 'information-asset-owner'] as const) },
)

const person = fc.record({
  by: fc.oneof(signer, fc.constant(subject('setup'))),
  id: pool(people.slice(1)),
  name: fc.constant('N'),
  role: fc.constant('R'),
  duties: duties as fc.Arbitrary<Input<'governance.person-registered'>['duties']>,
  kind: pool(personKinds),
  employer: pool(['RJ1', 'RJ1', 'SUP1']).map(ods),
  clearanceUntil: fc.option(moment),
  from: pool([day(0), day(0), day(4)]),
})

const claim = fc.record({
  kinds: some(personKinds),
  objects: some(objects),
  levels: some(levels),
  purposes: some(purposes),
  daysMax: pool([3, 30, 30]),
})

const dpia = fc.record({
  by: signer,
  id: pool(['d1', 'd2']),
  dpiaVersion: pool([1, 2, 3]),
  title: fc.constant('T'),
  sha256: pool(['a', 'a', 'b']).map(hashOf),
  effectiveFrom: pool([day(0), day(0), day(3), day(7)]),
  claims: fc.array(claim, { minLength: 1, maxLength: 3 }),
})

const rows = fc.record({
  controllers: fc.oneof(fc.constant('all' as const), some(['RJ1', 'RA2'].map(ods))),
  where: fc.array(fc.record({ property: fc.constant('providerCode'), in: some(['RJ1', 'RA2']) }), { maxLength: 2 }),
})

/** A grant that would be allowed at the start; the changes below spoil about half of them, in one place or more. */
const goodGrant = fc.record({
  by: pool(people.slice(0, 2)),
  id: fc.integer({ min: 0, max: 60 }).map((n) => `g${n}`),
  subject: pool(people.slice(2, 5)),
  action: pool(['read', 'read', 'read', 'submit'] as const),
  object: fc.constant('RttPeriod'),
  columns: some(['providerCode', 'clockStartDate']),
  level: pool(levels),
  rows,
  purpose: pool(purposes.slice(0, 2)),
  from: fc.constant(day(0)),
  until: moment,
  dpia: fc.constant({ id: 'd1', version: 1, sha256: hashOf('a') }),
  disclosurePolicy: fc.constant('p'),
})

const rarely = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 14, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })
const changes = fc.record({
  by: rarely(pool(people)),
  subject: rarely(pool(people)),
  object: rarely(fc.constant('Patient')),
  columns: rarely(some(columns)),
  purpose: rarely(pool(purposes)),
  from: rarely(pool([day(2), day(5)])),
  dpia: rarely(fc.record({ id: pool(['d1', 'd2']), version: pool([1, 2]), sha256: pool(['a', 'b']).map(hashOf) })),
  disclosurePolicy: rarely(fc.constant(null)),
})

const grant = fc.tuple(goodGrant, changes).map(([good, change]) => {
  const changed = Object.entries(change).filter(([, value]) => value !== undefined)
  return { ...good, ...(Object.fromEntries(changed) as Partial<typeof good>) }
})

const event = fc.oneof(
  { weight: 2, arbitrary: person.map((input) => entryOf('governance.person-registered', input)) },
  { weight: 2, arbitrary: dpia.map((input) => entryOf('governance.dpia-approved', input)) },
  { weight: 14, arbitrary: grant.map((input) => entryOf('governance.grant-approved', input)) },
  {
    weight: 1,
    arbitrary: fc
      .record({
        by: pool(people),
        grant: fc.integer({ min: 0, max: 30 }).map((n) => `g${n}`),
        at: moment,
        reason: fc.constant('r'),
      })
      .map((input) => entryOf('governance.grant-revoked', input)),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ by: pool(people), person: pool(people), at: moment })
      .map((input) => entryOf('governance.person-left', input)),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'read.opened', governance: { subject: 'ann' } }) },
)

/** A ledger that opens a tenant, registers purposes and a DPIA that allows much, then does anything. */
export const randomLedger: fc.Arbitrary<readonly FoldableEntry[]> = fc
  .array(fc.tuple(event, fc.integer({ min: 0, max: 3 })), { minLength: 10, maxLength: 40 })
  .map((steps) => {
    const start = [
      entryOf('governance.tenant-opened', opening),
      ...purposes.slice(0, 3).map((id) => entryOf('governance.purpose-registered', purposeOf(id))),
      ...people.slice(2, 5).map((id, i) => entryOf('governance.person-registered', personOf(id, i))),
      entryOf('governance.switched-on', switchedOnInput),
      entryOf('governance.dpia-approved', wideDpia),
    ]
    const timed: { entry: Pick<FoldableEntry, 'type' | 'governance'>; time: Instant }[] = start.map((entry) => ({
      entry,
      time: day(0),
    }))
    let hours = 0
    for (const [entry, pause] of steps) timed.push({ entry, time: day(0, (hours += pause) * 3_600_000) })
    return timed.map(({ entry, time }, index) => ({ ...entry, time, index }))
  })

const purposeOf = (id: (typeof purposes)[number]): Input<'governance.purpose-registered'> => ({
  ...purposeInput,
  id,
  class: id === 'platform' ? 'platform' : id === 'statistics' ? 'official-statistics' : 'direct-care-support',
})

const personOf = (id: (typeof people)[number], i: number): Input<'governance.person-registered'> => ({
  by: opening.by,
  id,
  name: 'N',
  role: 'R',
  duties: [],
  kind: personKinds[i]!,
  employer: ods(i === 0 ? 'RJ1' : 'SUP1'),
  clearanceUntil: day(6),
  from: day(0),
})

const wideDpia: Input<'governance.dpia-approved'> = {
  by: people[0]!,
  id: 'd1',
  dpiaVersion: 1,
  title: 'T',
  sha256: hashOf('a'),
  effectiveFrom: day(0),
  claims: [{ kinds: [...personKinds], objects, levels: [...levels], purposes, daysMax: 30 }],
}
