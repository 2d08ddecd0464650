import { type FoldableEntry, levels, personKinds } from '#governance'
import { addMs, type Instant } from '#kernel'
import { day, entryOf, hashOf, ods, switchedOnInput } from './governed-tenant.ts'
import { fc } from './random.ts'
import { quietEvents } from './random-quiet-events.ts'
import {
  agreement,
  ann,
  banned,
  ben,
  columns,
  type Entry,
  guardian,
  instrument,
  nan,
  objects,
  owner,
  people,
  personOf,
  purposes,
  registeredPurposes,
  staff,
  start,
  wideClaim,
  wideDpia,
} from './random-start.ts'

/*
 * Random ledgers of governance events, good and bad: signed by people who may not, over columns that do not exist, out
 * of order, twice. Everything comes from small pools, so that events meet.
 */
/** What happens next, at a moment that only the ledger knows. */
export type Step = (now: Instant) => readonly Entry[]

export const pool = <T>(values: readonly T[]) => fc.constantFrom(...values)
const some = <T>(values: readonly T[]) => fc.subarray([...values], { minLength: 1 })
/** Whole days and the millisecond before, so that ends are hit exactly. */
export const moment = fc
  .tuple(pool([0, 1, 2, 3, 5, 8, 13, 20, 30, 31, 45, 60]), pool([0, 0, -1]))
  .map(([n, ms]) => day(n, ms))
/** Ends of what is hoped to last. */
const end = fc.oneof({ weight: 3, arbitrary: pool([day(45), day(60)]) }, { weight: 1, arbitrary: moment })
/** Mostly officers sign, else little would ever be allowed. */
const signer = fc.oneof(
  { weight: 8, arbitrary: fc.constant(owner!) },
  { weight: 2, arbitrary: fc.constant(guardian!) },
  { weight: 1, arbitrary: pool(people) },
)
const rarely = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 16, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })
const text = fc.constant('x')

function changed<T extends object>(good: T, change: object): T {
  const given = Object.entries(change).filter(([, value]) => value !== undefined)
  return { ...good, ...(Object.fromEntries(given) as Partial<T>) }
}

const now =
  (make: Entry): Step =>
  () => [make]

const person: fc.Arbitrary<Step> = fc
  .record({
    by: signer,
    i: fc.nat({ max: staff.length - 1 }),
    change: fc.record({
      duties: rarely(
        fc.subarray(['registrar', 'platform-administrator', 'information-asset-owner'] as const, { minLength: 1 }),
      ),
      kind: rarely(pool(personKinds)),
      employer: rarely(pool(['RJ1', 'RJ2', 'SUP1', 'SUP2', 'LA1', 'POL']).map(ods)),
      manager: pool([...Array(6).fill(undefined), owner!]),
      grade: rarely(pool(['staff', 'director'] as const)),
      clearanceUntil: rarely(fc.option(moment)),
      trainingUntil: rarely(fc.option(moment)),
      from: rarely(moment),
    }),
  })
  .map(({ by, i, change }) => now(entryOf('governance.person-registered', changed({ ...personOf(i), by }, change))))

const claim = fc
  .record({
    kinds: rarely(some(personKinds)),
    objects: rarely(some(objects)),
    levels: rarely(some(levels)),
    purposes: rarely(some(purposes)),
    daysMax: rarely(pool([3, 30])),
    recipients: rarely(some(['RJ1', 'SUP1', 'LA1'].map(ods))),
    training: pool([undefined, undefined, true]),
  })
  .map((change) => changed(wideClaim, change))

const bounds = fc.record({
  elevated: fc.record({
    peopleMax: pool([0, 1, 1, 2, 3]),
    daysMax: pool([10, 61, 61]),
    reviewDays: pool([2, 20, 45]),
  }),
  breadth: fc.record({ personMax: pool([1, 1, 2]), employerMax: pool([1, 2, 2]) }),
  contracts: fc.constant(wideDpia().bounds!.contracts!),
})

const dpia: fc.Arbitrary<Step> = fc
  .record({
    by: signer,
    id: pool(['d1', 'd1', 'd1', 'd2']),
    dpiaVersion: pool([1, 2, 3, 4]),
    title: fc.constant('T'),
    sha256: pool(['a', 'a', 'b']).map(hashOf),
    effectiveFrom: moment,
    claims: fc.array(claim, { minLength: 1, maxLength: 3 }),
    bounds,
  })
  .map((input) => now(entryOf('governance.dpia-approved', input)))

const rows = fc.record({
  controllers: fc.oneof(fc.constant('all' as const), some(['RJ1', 'RA2'].map(ods))),
  where: fc.array(fc.record({ property: fc.constant('providerCode'), in: some(['RJ1', 'RA2']) }), { maxLength: 2 }),
})

const grantId = fc.nat({ max: 40 }).map((n) => `g${n}`)

/** A grant that would be allowed at the start; the changes spoil about half of them, in one place or more. */
export const grantOf = (
  holder: fc.Arbitrary<(typeof staff)[number]>,
  level: fc.Arbitrary<(typeof levels)[number]>,
): fc.Arbitrary<Step> =>
  fc
    .record({
      good: fc.record({
        id: grantId,
        subject: holder,
        action: pool([...Array<'read'>(6).fill('read'), 'submit', 'edit'] as const),
        columns: some(['providerCode', 'clockStartDate']),
        level,
        rows,
        purpose: pool([...registeredPurposes.slice(0, 3), purposes[5]!]),
        until: end,
      }),
      change: fc.record({
        by: rarely(pool(people)),
        columns: rarely(some(columns)),
        purpose: rarely(pool(purposes)),
        from: rarely(moment),
        dpia: rarely(
          fc.record({ id: pool(['d1', 'd2']), version: pool([1, 2]), sha256: pool(['a', 'b']).map(hashOf) }),
        ),
        disclosurePolicy: rarely(fc.constant(null)),
        contract: rarely(fc.record({ id: pool(['c1', 'c9']), instruction: pool(['i1', 'i9']) })),
        agreement: rarely(fc.record({ id: pool(['a1', 'a9']), version: pool([1, 2]) })),
      }),
      object: fc.oneof({ weight: 3, arbitrary: fc.constant('RttPeriod') }, { weight: 1, arbitrary: pool(objects) }),
      team: pool([...Array(9).fill(undefined), { team: 't1', role: 'clerk' }]),
    })
    .map(({ good, change, object, team }) => {
      const { subject: holder, ...rest } = changed({ ...grantBase, ...good, object }, change)
      const columnsOf = object === 'Patient' ? ['age', ...rest.columns.slice(1)] : rest.columns
      const named = { ...rest, columns: columnsOf }
      return now(entryOf('governance.grant-approved', team ? { ...named, team } : { ...named, subject: holder }))
    })

const grantBase = {
  by: owner!,
  from: day(0),
  dpia: { id: 'd1', version: 1, sha256: hashOf('a') },
  contract: { id: 'c1', instruction: 'i1' },
  agreement: { id: 'a1', version: 1 },
  disclosurePolicy: 'p' as string | null,
}
const grant = grantOf(pool(staff), pool(levels))

const hour = 3_600_000
const glass: fc.Arbitrary<Step> = fc
  .record({
    ...{ by: pool([ann!, ann!, ben!, ...staff]), id: fc.nat({ max: 9 }).map((n) => `b${n}`) },
    ...{ hours: pool([1, 1, 2]), of: fc.oneof({ weight: 4, arbitrary: fc.constant(purposes[1]!) }, pool(purposes)) },
    objects: some(objects),
  })
  .map(({ by, id, hours, of, objects: opened }) => (at) => [
    entryOf('governance.break-glass-opened', {
      ...{ by, id, purpose: of, until: addMs(at, hours * hour) },
      objects: opened.map((object) => ({ object, columns: ['providerCode', 'genderIdentity'] })),
    }),
  ])

const look: fc.Arbitrary<Step> = fc
  .record({
    ...{ by: pool([ann!, ann!, ben!]), subject: pool(staff), id: fc.nat({ max: 9 }).map((n) => `b${n}`) },
    ...{ hours: pool([1, 1, 2]), of: pool(registeredPurposes.slice(0, 4)) },
  })
  .map(({ by, id, hours, of, subject: shownTo }) => (at) => [
    entryOf('governance.row-opened', {
      ...{ by, id, subject: shownTo, purpose: of, until: addMs(at, hours * hour), object: 'RttPeriod', reason: 'x' },
      ...{ columns: ['providerCode'], dpia: grantBase.dpia, contract: grantBase.contract },
    }),
  ])

const reclass: fc.Arbitrary<Step> = fc
  .record({
    ...{ by: signer, id: pool(registeredPurposes), class: pool(['individual-care', 'planning', 'policing'] as const) },
    ...{ commonLaw: pool(['implied-consent', 'law-required'] as const), days: pool([29, 30, 31]), reason: text },
    dpia: fc.record({ id: fc.constant('d1'), version: pool([1, 2]) }),
  })
  .map(({ days, ...input }) => (at) => [
    entryOf('governance.purpose-reclassed', { ...input, from: addMs(at, days * 24 * hour) }),
  ])

/** The controller ends, and an officer of the successor takes over; or one of the others ends. */
const endings: fc.Arbitrary<Step> = fc
  .record({ by: signer, id: pool(['RJ1', 'RJ1', 'LA1', 'SUP1']).map(ods), at: moment, succeeds: fc.boolean() })
  .map(({ succeeds, ...input }) => (at) => [
    entryOf('governance.organisation-closed', { ...input, at: succeeds ? at : input.at, successor: ods('RJ2') }),
    ...(succeeds ? [entryOf('governance.controller-succeeded', { by: nan!, successor: ods('RJ2') })] : []),
  ])

const ended = fc.record({ by: fc.oneof(signer, pool(people)), at: moment, reason: text })

const others: fc.Arbitrary<Step> = fc.oneof(
  fc
    .record({ by: fc.constant(owner!), person: pool(staff) })
    .map((input) => (at: Instant) => [
      entryOf('governance.team-joined', { ...input, team: 't1', role: 'clerk', from: at, until: null }),
    ]),
  fc
    .record({ by: signer, person: pool(staff), until: moment, reference: text })
    .map((input) => now(entryOf('governance.clearance-recorded', input))),
  fc
    .record({ by: signer, person: pool(staff), until: moment, course: text })
    .map((input) => now(entryOf('governance.training-recorded', input))),
  fc
    .record({ by: signer, person: pool(staff), until: moment, course: text })
    .map((input) => now(entryOf('governance.training-recorded', input))),
  fc
    .record({
      by: signer,
      team: pool(['t1', 't2']),
      person: pool(staff),
      role: pool(['clerk', 'lead']),
      from: moment,
      until: fc.option(moment),
    })
    .map((input) => now(entryOf('governance.team-joined', input))),
  fc
    .record({
      by: signer,
      team: pool(['t1', 't2']),
      person: pool(staff),
      role: fc.option(pool(['clerk', 'lead'])),
      at: moment,
    })
    .map((input) => now(entryOf('governance.team-left', input))),
  ended.map((input) => now(entryOf('governance.contract-ended', { ...input, id: 'c1' }))),
  fc
    .record({
      by: signer,
      id: pool(['c1', 'c9']),
      until: pool([day(60), day(100), day(101)]),
      valuePounds: fc.constant(1),
      reason: text,
    })
    .map((input) => now(entryOf('governance.contract-extended', input))),
  fc
    .record({
      by: signer,
      id: fc.constant('c1'),
      subProcessors: fc.subarray(['SUP2', 'LA1'].map(ods)),
      storage: text,
      reason: text,
      uses: some(registeredPurposes),
    })
    .map(({ uses, ...input }) =>
      now(
        entryOf('governance.contract-changed', { ...input, instructions: [{ id: 'i1', text: 'x', purposes: uses }] }),
      ),
    ),
  fc
    .record({ by: signer, agreementVersion: pool([2, 3]), level: pool(levels), rows })
    .map((input) => now(entryOf('governance.agreement-proposed', { ...agreement, ...input }))),
  fc
    .record({
      party: pool(['RJ1', 'LA1', 'RJ2']).map(ods),
      agreementVersion: pool([1, 2, 3]),
      by: pool([owner!, ben!, nan!]),
    })
    .map((input) => now(entryOf('governance.agreement-signed', { ...input, id: 'a1' }))),
  fc
    .record({ agreementVersion: pool([1, 2, 3]) })
    .chain((which) =>
      ended.map((input) => now(entryOf('governance.agreement-ended', { ...input, ...which, id: 'a1' }))),
    ),
  fc.record({ by: signer, scope: pool(['tenant', 'product:theatres']), until: end }).map(({ until, ...input }) =>
    now(
      entryOf('governance.switched-on', {
        ...switchedOnInput,
        ...input,
        evidence: switchedOnInput.evidence.map((each, i) => (i === 2 ? { ...each, until } : each)),
      }),
    ),
  ),
  fc
    .record({ scope: pool(['tenant', 'product:theatres']) })
    .chain((which) => ended.map((input) => now(entryOf('governance.switched-off', { ...input, ...which })))),
  fc
    .record({ by: signer, id: pool(['l1', 'l2']), from: moment, until: fc.option(moment) })
    .map((input) => now(entryOf('governance.instrument-registered', { ...input, ...instrument }))),
  ended.map((input) => now(entryOf('governance.instrument-ended', { ...input, id: 'l1' }))),
  fc
    .record({ employer: fc.option(pool(['SUP1', 'LA1']).map(ods)) })
    .chain((which) => ended.map((input) => now(entryOf('governance.outsiders-ended', { ...input, ...which })))),
  fc
    .record({
      by: signer,
      id: pool(['SUP1', 'LA1', 'POL']).map(ods),
      name: text,
      sector: pool(['supplier', 'police', 'insurer'] as const),
    })
    .map((input) => now(entryOf('governance.organisation-registered', input))),
  reclass,
  endings,
)

const event: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: person },
  { weight: 4, arbitrary: dpia },
  { weight: 24, arbitrary: grant },
  { weight: 4, arbitrary: glass },
  { weight: 4, arbitrary: look },
  { weight: 12, arbitrary: others },
  { weight: 5, arbitrary: quietEvents },
  {
    weight: 1,
    arbitrary: fc
      .record({
        by: pool(people),
        grant: fc.oneof(grantId, pool(['b1.RttPeriod', 'b2.Patient'])),
        at: moment,
        reason: text,
      })
      .map((input) => now(entryOf('governance.grant-revoked', input))),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ by: signer, grant: grantId, outcome: pool(['keep', 'keep', 'keep', 'end'] as const), reason: text })
      .map((input) => now(entryOf('governance.grant-reviewed', input))),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ by: pool(people), person: pool(people), at: moment })
      .map((input) => now(entryOf('governance.person-left', input))),
  },
  {
    weight: 4,
    arbitrary: grantId.map((id) => now({ type: 'read.opened', governance: { relations: { 'r-1': { grant: id } } } })),
  },
)

/** Hours between entries: mostly none or few, at times weeks, so that lapses, notices and reviews fall due. */
const pause = fc.oneof(
  { weight: 12, arbitrary: pool([0, 0, 0.5, 3]) },
  { weight: 2, arbitrary: pool([24, 72, 24 * 12]) },
)

/** A ledger that opens a tenant in which much is allowed, then does anything. */
export const randomLedger: fc.Arbitrary<readonly FoldableEntry[]> = ledgerOf(event, 10, 40)

export function ledgerOf(step: fc.Arbitrary<Step>, minLength: number, maxLength: number) {
  return fc
    .record({
      steps: fc.array(fc.tuple(step, pause), { minLength, maxLength }),
      banned: pool(banned),
      theatresOn: fc.boolean(),
    })
    .map(({ steps, ...how }): readonly FoldableEntry[] => {
      const timed = start(how).map((entry) => ({ ...entry, time: day(0) }))
      let hours = 0
      for (const [make, wait] of steps) {
        hours += wait
        const time = day(0, hours * hour)
        timed.push(...make(time).map((entry) => ({ ...entry, time })))
      }
      return timed.map((entry, index) => ({ ...entry, index }))
    })
}
