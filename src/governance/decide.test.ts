import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Instant } from '#kernel'
import {
  agreementInput,
  appendEvent,
  clerk,
  clerkInput,
  contractInput,
  day,
  dpiaInput,
  engineer,
  governedTenant,
  grantInput,
  guardian,
  hashOf,
  ods,
  owner,
  partner,
  policies,
  purpose,
  purposeInput,
  subject,
  switchedOnInput,
} from '../../test/governed-tenant.ts'
import {
  decide,
  explain,
  fold,
  forbiddenUses,
  type GovernanceState,
  type Input,
  type ReadRequest,
  type Sector,
  whoCanSee,
} from './index.ts'

const request: ReadRequest = {
  subject: clerk,
  purpose: purpose('waiting-list-care'),
  object: 'RttPeriod',
  columns: ['providerCode', 'clockStartDate'],
  at: day(2),
  action: 'read',
}

/** `undefined` leaves a field out. */
type GrantChange = {
  [K in keyof Input<'governance.grant-approved'>]?: Input<'governance.grant-approved'>[K] | undefined
}
function withGrant(change: GrantChange = {}, state = governedTenant()): GovernanceState {
  const given = Object.entries({ ...grantInput, ...change }).filter(([, value]) => value !== undefined)
  return appendEvent(state, 'governance.grant-approved', Object.fromEntries(given) as typeof grantInput)
}

/** Codes that came alone: the policy that said so is the only one that stopped the read. */
const alone = new Set<string>()

function codes(state: GovernanceState, change: Partial<ReadRequest> = {}): readonly string[] {
  const decision = decide(state, { ...request, ...change }, policies)
  assert.equal(decision.allowed, false, 'expected a refusal')
  const found = decision.allowed ? [] : decision.reasons.map((reason) => reason.code)
  if (found.length === 1) alone.add(found[0]!)
  return found
}

const engineerGrant: GrantChange = {
  subject: engineer,
  level: 'identifiable',
  until: day(8),
  contract: { id: 'c1', instruction: 'i1' },
}
const partnerGrant: GrantChange = { subject: partner, agreement: { id: 'a1', version: 1 } }
const hidden = ['fullName']

/** Each line: what is wrong, a state, a change of the request, the policies that say so. */
const refusals: [string, GovernanceState, Partial<ReadRequest>, readonly string[]][] = [
  ['no grant at all', governedTenant(), {}, ['no-grant']],
  ['a stranger', withGrant(), { subject: subject('nobody') }, ['person-unknown']],
  ['a grant for somebody else', withGrant(), { subject: guardian }, ['no-grant']],
  ['another object type', withGrant(), { object: 'Patient' }, ['no-grant']],
  ['an object type that does not exist', withGrant(), { object: 'Nothing' }, ['no-grant']],
  ['another purpose', withGrant(), { purpose: purpose('platform-operation') }, ['grant-purpose', 'platform-purpose']],
  ['an unregistered purpose', withGrant(), { purpose: purpose('nosiness') }, ['grant-purpose', 'purpose-registered']],
  ['another level', withGrant(), { level: 'identifiable' }, ['grant-level']],
  ['a less identifying level than granted', withGrant(), { level: 'aggregate' }, ['grant-level']],
  ['a column outside the grant', withGrant(), { columns: ['providerCode', 'statusCode'] }, ['grant-columns']],
  ['a column that does not exist', withGrant(), { columns: ['nope'] }, ['grant-columns', 'contract-columns']],
  ['before the first moment', withGrant(), { at: day(1, -1) }, ['grant-not-started']],
  ['at the last moment', withGrant({ until: day(20) }), { at: day(20) }, ['grant-ended']],
  ['after 30 days without use', withGrant({ until: day(40) }), { at: day(31) }, ['grant-lapsed']],
  ['another action', withGrant(), { action: 'submit' }, ['grant-action']],
  ['a grant to submit is none to read', withGrant({ action: 'submit' }), {}, ['grant-action']],
  ['a grant to edit is none to read', withGrant({ action: 'edit' }), {}, ['grant-action']],
  ['a grant to read is none to edit', withGrant(), { action: 'edit' }, ['grant-action']],
  [
    'editing a column outside the grant',
    withGrant({ action: 'edit' }),
    { action: 'edit', columns: ['statusCode'] },
    ['grant-columns'],
  ],
  [
    'editing at aggregate level',
    withGrant({ action: 'edit', level: 'aggregate', disclosurePolicy: 'p' }),
    { action: 'edit' },
    ['edit-of-rows'],
  ],
  [
    'editing after 30 days without use',
    withGrant({ action: 'edit', until: day(40) }),
    { action: 'edit', at: day(31) },
    ['grant-lapsed'],
  ],
  [
    'a hidden column in the grant itself',
    withGrant({ object: 'Patient', columns: hidden }),
    { object: 'Patient', columns: hidden },
    ['contract-columns'],
  ],
  [
    'a count over a grant of nothing but hidden columns',
    withGrant({ object: 'Patient', columns: hidden }),
    { object: 'Patient', columns: [] },
    ['contract-columns'],
  ],
  [
    'all columns of a grant of nothing but hidden ones',
    withGrant({ object: 'Patient', columns: hidden }),
    { object: 'Patient', columns: 'all-permitted' },
    ['contract-columns'],
  ],
  [
    'a key at aggregate level',
    withGrant({ level: 'aggregate', disclosurePolicy: 'p', columns: ['patientId'] }),
    { columns: ['patientId'] },
    ['contract-columns'],
  ],
  ['aggregate without a disclosure policy', withGrant({ level: 'aggregate' }), {}, ['grant-disclosure-policy']],
  ['approved by the holder', withGrant({ by: owner, subject: owner }), { subject: owner }, ['approver-not-holder']],
  ['approved by a clerk', withGrant({ by: clerk, subject: guardian }), { subject: guardian }, ['approver-entitled']],
  ['approved by whoever set the tenant up', withGrant({ by: subject('setup') }), {}, ['approver-entitled']],
  ['approved by a stranger', withGrant({ by: subject('nobody') }), {}, ['approver-entitled']],
  [
    'a DPIA that was never registered',
    withGrant({ dpia: { id: 'other', version: 1, sha256: hashOf('a') } }),
    {},
    ['dpia-in-force', 'dpia-contains-grant'],
  ],
  ['a DPIA by another hash', withGrant({ dpia: { ...grantInput.dpia, sha256: hashOf('b') } }), {}, ['dpia-in-force']],
  ['a DPIA version to come', withGrant({ dpia: { ...grantInput.dpia, version: 2 } }), {}, ['dpia-in-force']],
  ['longer than the DPIA allows', withGrant({ until: day(92) }), {}, ['dpia-contains-grant']],
  [
    'a purpose that the DPIA does not name',
    withGrant({ purpose: purpose('platform-operation') }),
    { purpose: purpose('platform-operation') },
    ['dpia-contains-grant', 'platform-purpose'],
  ],
  [
    'a level that the DPIA does not give this kind',
    withGrant({ ...engineerGrant, level: 'pseudonymised' }),
    { subject: engineer },
    ['dpia-contains-grant'],
  ],
  [
    'identifiable to a processor after clearance ran out',
    withGrant({ ...engineerGrant, from: day(18), until: day(24) }),
    { subject: engineer, at: day(20) },
    ['clearance'],
  ],
]

/** The trust with a second version of its DPIA, in force at once. */
const dpiaOf = (change: Partial<Input<'governance.dpia-approved'>>, state = governedTenant()): GovernanceState =>
  appendEvent(state, 'governance.dpia-approved', { ...dpiaInput, dpiaVersion: 2, sha256: hashOf('b'), ...change })
const claim = dpiaInput.claims[0]!
const engineersClaim = dpiaInput.claims[1]!
const bounds = dpiaInput.bounds!
const dpiaWith = (purposes: readonly string[]): GovernanceState =>
  dpiaOf({ claims: [{ ...claim, purposes: purposes.map(purpose) }] })

/** The trust with one more purpose, foreseen by its DPIA, and a grant for it. */
function withPurpose(
  change: Partial<Input<'governance.purpose-registered'>>,
  grant: GrantChange = {},
): GovernanceState {
  const state = dpiaOf({ claims: [{ ...claim, purposes: [purpose('new')] }] })
  const registered = appendEvent(state, 'governance.purpose-registered', {
    ...purposeInput,
    id: purpose('new'),
    ...change,
  })
  return withGrant({ purpose: purpose('new'), ...grant }, registered)
}

const person = (
  id: string,
  change: Partial<Input<'governance.person-registered'>> = {},
  state = governedTenant(),
): GovernanceState => appendEvent(state, 'governance.person-registered', { ...clerkInput, id: subject(id), ...change })
const organisation = (id: string, sector: Sector, state = governedTenant()) =>
  appendEvent(state, 'governance.organisation-registered', { by: subject('setup'), id: ods(id), name: id, sector })
const engineers = (id: string, employer = 'SUP1', state = governedTenant()) =>
  person(id, { by: owner, kind: 'processor-staff', employer: ods(employer), clearanceUntil: day(20) }, state)

const platform = { purpose: purpose('platform-operation') }
const newPurpose = { purpose: purpose('new') }
const planning = appendEvent(governedTenant(), 'governance.purpose-registered', {
  ...purposeInput,
  id: purpose('planning'),
})

refusals.push(
  ['another registered purpose', withGrant({}, planning), { purpose: purpose('planning') }, ['grant-purpose']],
  [
    'a purpose that only the DPIA and the grant know',
    withGrant({ purpose: purpose('nosiness') }, dpiaWith(['nosiness'])),
    { purpose: purpose('nosiness') },
    ['purpose-registered'],
  ],
  [
    'running the platform as purpose',
    withGrant(platform, dpiaWith(['platform-operation'])),
    platform,
    ['platform-purpose'],
  ],
  ['rows for statistics', withPurpose({ class: 'official-statistics' }), newPurpose, ['statistics-give-no-rows']],
  [
    'a purpose that rests on a law of which there is no instrument',
    withPurpose({ commonLaw: 'law-required' }),
    newPurpose,
    ['instrument-in-force'],
  ],
  ['a product that is not switched on', withPurpose({ product: 'theatres' }), newPurpose, ['product-on']],
  [
    'a legally restricted column outside individual care',
    withGrant({ object: 'Patient', level: 'identifiable', columns: ['genderIdentity'] }),
    { object: 'Patient', columns: ['genderIdentity'] },
    ['restricted-columns'],
  ],
)
for (const each of forbiddenUses)
  refusals.push([`a purpose of ${each}`, withPurpose({ class: each }), newPurpose, [`never-${each}`]])

refusals.push(
  [
    'staff of the police',
    withGrant(
      { subject: subject('sergeant') },
      person(
        'sergeant',
        { kind: 'other', employer: ods('POL1') },
        organisation('POL1', 'police', dpiaOf({ claims: [{ ...claim, kinds: ['other'] }] })),
      ),
    ),
    { subject: subject('sergeant') },
    ['never-these-recipients'],
  ],
  [
    'the controller’s own staff, by the register, whom a supplier employs',
    withGrant({ subject: subject('renamed') }, person('renamed', { employer: ods('SUP1') })),
    { subject: subject('renamed') },
    ['kind-fits-employer'],
  ],
  [
    'approved by the manager of the holder',
    withGrant({ subject: subject('junior') }, person('junior', { manager: owner })),
    { subject: subject('junior') },
    ['approver-not-in-line'],
  ],
  [
    'approved by somebody whose manager reports to the holder',
    withGrant(
      { by: subject('second') },
      person(
        'second',
        { by: owner, duties: ['information-asset-owner'], manager: subject('first') },
        person('first', { manager: clerk }),
      ),
    ),
    {},
    ['approver-not-in-line'],
  ],
  [
    'more data sets than one person may see rows of',
    withGrant(
      {},
      withGrant(
        { id: 'g0', object: 'Patient', columns: ['age'] },
        dpiaOf({ bounds: { ...bounds, breadth: { personMax: 1, employerMax: 1 } } }),
      ),
    ),
    {},
    ['breadth-person'],
  ],
  [
    'more data sets than the people of one employer may see rows of',
    withGrant(
      partnerGrant,
      withGrant(
        { ...partnerGrant, subject: subject('other-partner'), id: 'g0', object: 'Patient', columns: ['age'] },
        person(
          'other-partner',
          { kind: 'care-partner', employer: ods('LA1') },
          dpiaOf({ bounds: { ...bounds, breadth: { personMax: 1, employerMax: 1 } } }),
        ),
      ),
    ),
    { subject: partner },
    ['breadth-employer'],
  ],
  [
    'without the training that the DPIA asks for',
    withGrant({}, dpiaOf({ claims: [{ ...claim, training: true }] })),
    {},
    ['training-current'],
  ],
  [
    'an employer that the DPIA does not name as recipient',
    withGrant({}, dpiaOf({ claims: [{ ...claim, recipients: [ods('LA1')] }] })),
    {},
    ['dpia-contains-grant'],
  ],
  [
    'an employer that has ended',
    withGrant(
      partnerGrant,
      appendEvent(governedTenant(), 'governance.organisation-closed', {
        ...{ by: owner, id: ods('LA1'), at: day(2), successor: null },
      }),
    ),
    { subject: partner },
    ['employer-open'],
  ],
  [
    'a controller that has ended',
    withGrant(
      partnerGrant,
      appendEvent(governedTenant(), 'governance.organisation-closed', {
        ...{ by: owner, id: ods('RJ1'), at: day(2), successor: null },
      }),
    ),
    { subject: partner },
    ['controller-exists'],
  ],
  [
    'a tenant that was switched off',
    withGrant(
      {},
      appendEvent(governedTenant(), 'governance.switched-off', {
        ...{ by: guardian, scope: 'tenant', at: day(2), reason: 'r' },
      }),
    ),
    {},
    ['tenant-on'],
  ],
  [
    'a tenant of which one paper has run out',
    withGrant({}, appendEvent(governedTenant(), 'governance.switched-on', papersUntil(day(2)))),
    {},
    ['tenant-on'],
  ],
)

function papersUntil(until: Instant): Input<'governance.switched-on'> {
  const [first, ...others] = switchedOnInput.evidence
  return { ...switchedOnInput, evidence: [{ ...first!, until }, ...others] }
}

const three = engineers('engineer-3', 'SUP1', engineers('engineer-2'))
const reviewed = { ...bounds, elevated: { peopleMax: 2, daysMax: 7, reviewDays: 3 } }
const agreement = (change: Partial<Input<'governance.agreement-ended'>>, state = governedTenant()) =>
  appendEvent(state, 'governance.agreement-ended', {
    ...{ by: owner, id: 'a1', agreementVersion: 1, at: day(2), reason: 'r' },
    ...change,
  })

refusals.push(
  [
    'identifiable to a processor, approved by somebody who is no director',
    withGrant({ ...engineerGrant, by: guardian }),
    { subject: engineer },
    ['approver-director'],
  ],
  [
    'identifiable to processors through a role in a team',
    withGrant({ ...engineerGrant, subject: undefined, team: { team: 'night', role: 'engineer' } }, nightTeam()),
    { subject: engineer },
    ['elevated-named'],
  ],
  [
    'one more person than the cap',
    ['engineer-2', 'engineer-3', engineer].reduce(
      (state, id, i) => withGrant({ ...engineerGrant, id: `g${i}`, subject: subject(id) }, state),
      three,
    ),
    { subject: engineer },
    ['elevated-cap'],
  ],
  [
    'longer than the DPIA allows for elevated grants',
    withGrant({ ...engineerGrant, until: day(9) }, dpiaOf({ claims: [{ ...engineersClaim, daysMax: 30 }] })),
    { subject: engineer },
    ['elevated-length'],
  ],
  [
    'an elevated grant whose review is overdue',
    withGrant(engineerGrant, dpiaOf({ bounds: reviewed })),
    { subject: engineer, at: day(4) },
    ['elevated-review'],
  ],
  [
    'a processor without a contract',
    withGrant({ ...engineerGrant, contract: undefined }),
    { subject: engineer },
    ['contract-cited'],
  ],
  [
    'a contract that has ended',
    withGrant(
      engineerGrant,
      appendEvent(governedTenant(), 'governance.contract-ended', { by: owner, id: 'c1', at: day(2), reason: 'r' }),
    ),
    { subject: engineer },
    ['contract-in-force'],
  ],
  [
    'a contract with another supplier',
    withGrant(
      { ...engineerGrant, subject: subject('stranger') },
      engineers('stranger', 'SUP2', organisation('SUP2', 'supplier')),
    ),
    { subject: subject('stranger') },
    ['contract-employs'],
  ],
  [
    'an instruction that the contract does not hold',
    withGrant({ ...engineerGrant, contract: { id: 'c1', instruction: 'i9' } }),
    { subject: engineer },
    ['contract-instructs'],
  ],
  [
    'a contract extended beyond what the DPIA foresees',
    withGrant(
      engineerGrant,
      appendEvent(governedTenant(), 'governance.contract-extended', {
        ...{ by: owner, id: 'c1', until: day(101), valuePounds: 2, reason: 'r' },
      }),
    ),
    { subject: engineer },
    ['contract-within-dpia'],
  ],
  [
    'a contract put to a use that the DPIA does not foresee',
    withGrant(
      engineerGrant,
      appendEvent(governedTenant(), 'governance.contract-changed', {
        ...{ by: owner, id: 'c1', subProcessors: [], storage: 'England', reason: 'r' },
        instructions: [
          ...contractInput.instructions,
          { id: 'i2', text: 'Flu.', purposes: [purpose('platform-operation')] },
        ],
      }),
    ),
    { subject: engineer },
    ['contract-within-dpia'],
  ],
  [
    'a care partner without an agreement',
    withGrant({ ...partnerGrant, agreement: undefined }),
    { subject: partner },
    ['agreement-cited'],
  ],
  ['an agreement that has ended', withGrant(partnerGrant, agreement({})), { subject: partner }, ['agreement-in-force']],
  [
    'an agreement that one party has not signed',
    withGrant(
      { ...partnerGrant, agreement: { id: 'a1', version: 2 } },
      appendEvent(
        appendEvent(governedTenant(), 'governance.agreement-proposed', { ...agreementInput, agreementVersion: 2 }),
        'governance.agreement-signed',
        { by: partner, id: 'a1', agreementVersion: 2, party: ods('LA1') },
      ),
    ),
    { subject: partner },
    ['agreement-in-force'],
  ],
  [
    'an agreement to which the employer is no party',
    withGrant(
      { ...partnerGrant, subject: subject('elsewhere') },
      person('elsewhere', { kind: 'care-partner', employer: ods('LA2') }, organisation('LA2', 'local-authority')),
    ),
    { subject: subject('elsewhere') },
    ['agreement-contains'],
  ],
)

function nightTeam(): GovernanceState {
  const by = subject('setup')
  const team = { by, id: 'night', name: 'Night', organisation: ods('SUP1') }
  const joined = { by, team: 'night', person: engineer, role: 'engineer', from: day(0), until: null }
  const state = appendEvent(governedTenant(), 'governance.team-registered', team)
  return appendEvent(state, 'governance.team-joined', joined)
}

/** The trust with a purpose of individual care, as the DPIA allows it. */
const care = { ...purposeInput, id: purpose('emergency'), class: 'individual-care' as const }
const caring = appendEvent(governedTenant(), 'governance.purpose-registered', care)
const hour = 3_600_000
const breakGlass = (change: Partial<Input<'governance.break-glass-opened'>> = {}): GovernanceState =>
  appendEvent(caring, 'governance.break-glass-opened', {
    ...{ by: clerk, id: 'b1', purpose: care.id, until: day(0, hour) },
    objects: [{ object: 'RttPeriod', columns: ['providerCode', 'clockStartDate'] }],
    ...change,
  })
const oneRow = (change: Partial<Input<'governance.row-opened'>> = {}, state = governedTenant()): GovernanceState =>
  appendEvent(state, 'governance.row-opened', {
    ...{ by: clerk, id: 'r1', subject: engineer, purpose: request.purpose, until: day(0, hour), object: 'RttPeriod' },
    ...{ columns: ['providerCode', 'clockStartDate'], dpia: grantInput.dpia, reason: 'r' },
    contract: { id: 'c1', instruction: 'i1' },
    ...change,
  })
const emergency = { purpose: care.id, at: day(0, 1) }
const looking = { subject: engineer, at: day(0, 1) }

refusals.push(
  ['an emergency of more than an hour', breakGlass({ until: day(0, hour + 1) }), emergency, ['opening-length']],
  ['an emergency after its hour', breakGlass(), { ...emergency, at: day(0, hour) }, ['grant-ended']],
  [
    'an emergency that is not about care',
    breakGlass({ purpose: request.purpose }),
    { at: day(0, 1) },
    ['break-glass-for-care'],
  ],
  [
    'an emergency of a supplier',
    breakGlass({ by: engineer }),
    { ...emergency, subject: engineer },
    ['contract-cited', 'break-glass-for-care'],
  ],
  ['one row with a witness from elsewhere', oneRow({ by: partner }), looking, ['one-row-witness']],
  [
    'one row that a manager opens for their own staff',
    oneRow({ subject: clerk, by: guardian }, person(clerk, { manager: guardian })),
    { ...looking, subject: clerk },
    ['approver-not-in-line'],
  ],
)

for (const [what, state, change, expected] of refusals) {
  test(`refused: ${what}`, () => {
    assert.deepEqual(codes(state, change), expected)
    const { at } = { ...request, ...change }
    const rows = whoCanSee(state, at, policies, {
      object: change.object ?? 'RttPeriod',
      purpose: change.purpose ?? request.purpose,
    })
    if (change.columns === undefined && change.level === undefined && change.action === undefined)
      assert.deepEqual(
        rows.filter((row) => row.person === (change.subject ?? clerk) && row.action === 'read'),
        [],
      )
  })
}

test('refused: the clock behind the last entry', () => {
  const state = withGrant()
  const later = appendEvent(
    state,
    'governance.organisation-registered',
    { by: owner, id: ods('XX1'), name: 'x' },
    day(5),
  )
  assert.deepEqual(codes(later, { at: day(4) }), ['clock'])
})

test('refused: after leaving, and before arriving', () => {
  const left = appendEvent(withGrant(), 'governance.person-left', { by: owner, person: clerk, at: day(3) })
  assert.equal(decide(left, { ...request, at: day(3, -1) }, policies).allowed, true)
  assert.deepEqual(codes(left, { at: day(3) }), ['person-in-post'])
  const later = appendEvent(withGrant(), 'governance.person-registered', { ...clerkInput, from: day(6) })
  assert.deepEqual(codes(later, { at: day(5) }), ['person-in-post'])
})

test('refused: after a change of employer or kind, until a new grant', () => {
  const elsewhere = { ...clerkInput, kind: 'care-partner', employer: ods('LA1') } as const
  const moved = appendEvent(
    withGrant({ agreement: { id: 'a1', version: 1 } }),
    'governance.person-registered',
    elsewhere,
  )
  assert.deepEqual(codes(moved), ['person-moved'])
  const anew = withGrant({ ...partnerGrant, subject: clerk, id: 'g2' }, moved)
  assert.equal(decide(anew, request, policies).allowed, true)
})

test('refused: after leaving and coming back, until a new grant', () => {
  const left = appendEvent(withGrant(), 'governance.person-left', { by: owner, person: clerk, at: day(0) })
  const back = appendEvent(left, 'governance.person-registered', clerkInput)
  assert.deepEqual(codes(back), ['person-moved'])
  assert.equal(decide(withGrant({ id: 'g2' }, back), request, policies).allowed, true)
  const promoted = appendEvent(withGrant(), 'governance.person-registered', { ...clerkInput, role: 'Head clerk' })
  assert.equal(decide(promoted, request, policies).allowed, true)
})

test('refused: to whoever administers the platform, whatever the grant', () => {
  const admin = appendEvent(governedTenant(), 'governance.person-registered', {
    ...clerkInput,
    by: owner,
    duties: ['platform-administrator'],
  })
  assert.deepEqual(codes(withGrant({}, admin)), ['platform-role'])
})

test('refused: from the very moment of a revocation, which nobody can take back', () => {
  const revoke = { by: guardian, grant: 'g1', at: day(4), reason: 'no longer needed' }
  const once = appendEvent(withGrant(), 'governance.grant-revoked', revoke)
  assert.equal(decide(once, { ...request, at: day(4, -1) }, policies).allowed, true)
  assert.deepEqual(codes(once, { at: day(4) }), ['grant-revoked'])
  const twice = appendEvent(once, 'governance.grant-revoked', { ...revoke, at: day(9) })
  assert.deepEqual(codes(twice, { at: day(5) }), ['grant-revoked'])
  const again = withGrant({}, once)
  assert.equal(again.rejected.at(-1)?.why, 'the grant id was used before')
  assert.deepEqual(codes(again, { at: day(5) }), ['grant-revoked'])
})

test('a later DPIA version that still contains the grant lets it carry on; a narrower one stops it when it takes effect', () => {
  const same = { ...dpiaInput, dpiaVersion: 2, sha256: hashOf('b'), effectiveFrom: day(5) }
  const carriesOn = appendEvent(withGrant(), 'governance.dpia-approved', same)
  const decision = decide(carriesOn, { ...request, at: day(6) }, policies)
  assert.ok(decision.allowed)
  assert.deepEqual(decision.dpia, { id: 'elective-recovery', version: 2, sha256: hashOf('b') })
  assert.deepEqual(decision.basis.approvedDpia, grantInput.dpia)
  const claims = [{ ...dpiaInput.claims[0]!, kinds: ['care-partner' as const] }]
  const narrower = appendEvent(withGrant(), 'governance.dpia-approved', { ...same, claims })
  const before = decide(narrower, { ...request, at: day(5, -1) }, policies)
  assert.ok(before.allowed)
  assert.equal(before.until, day(5))
  assert.deepEqual(codes(narrower, { at: day(5) }), ['dpia-contains-grant'])
})

test('the claims of one DPIA are not added up', () => {
  const claim = dpiaInput.claims[0]!
  const claims = [
    { ...claim, objects: ['Patient'] },
    { ...claim, kinds: ['other' as const] },
  ]
  const split = { ...dpiaInput, dpiaVersion: 2, sha256: hashOf('b'), claims }
  assert.deepEqual(codes(appendEvent(withGrant(), 'governance.dpia-approved', split)), ['dpia-contains-grant'])
})

test('allowed: what the ledger entry should cite', () => {
  const decision = decide(withGrant(), request, policies)
  assert.ok(decision.allowed)
  assert.equal(decision.grant, 'g1')
  assert.equal(decision.level, 'pseudonymised')
  assert.deepEqual(decision.columns, request.columns)
  assert.deepEqual(decision.rows, grantInput.rows)
  assert.equal(decision.until, day(31))
  assert.deepEqual(decision.basis.policies, ['read-through-a-grant'])
  assert.equal(decision.basis.approvedBy, owner)
  assert.equal(decision.basis.article6, '6(1)(e)')
})

test('allowed: editing through a grant to edit, which stays in use by being used', () => {
  const until = day(40)
  const state = withGrant({ action: 'edit', until })
  assert.equal(decide(state, { ...request, action: 'edit' }, policies).allowed, true)
  const governance = { relations: { RttPeriod: { grant: grantInput.id } } }
  const used = fold(state, { index: state.upTo + 1, time: day(20), type: 'action.applied', governance })
  assert.equal(decide(used, { ...request, action: 'edit', at: day(31) }, policies).allowed, true)
})

test('allowed: submitting through a grant to submit, with the platform as purpose', () => {
  const claims = [{ ...dpiaInput.claims[0]!, purposes: [purpose('platform-operation')] }]
  const dpia = { ...dpiaInput, dpiaVersion: 2, sha256: hashOf('b'), claims }
  const state = withGrant(
    { action: 'submit', purpose: purpose('platform-operation') },
    appendEvent(governedTenant(), 'governance.dpia-approved', dpia),
  )
  const submit = { action: 'submit', purpose: purpose('platform-operation') } as const
  assert.equal(decide(state, { ...request, ...submit }, policies).allowed, true)
})

test('one grant decides: two grants never add up, the least identifying and narrowest is taken', () => {
  const where = [{ property: 'treatmentFunctionCode', in: ['100'] }]
  let state = withGrant({ id: 'columns-a', columns: ['providerCode'] })
  state = withGrant({ id: 'columns-b', columns: ['clockStartDate'] }, state)
  assert.deepEqual(codes(state), ['grant-columns', 'grant-columns'])
  state = withGrant({ id: 'wide', level: 'identifiable' }, state)
  assert.equal(grantOf(state), 'wide')
  state = withGrant({ id: 'all-rows', rows: { controllers: 'all', where: [] } }, state)
  assert.equal(grantOf(state), 'all-rows')
  state = withGrant({ id: 'b-one-trust' }, state)
  state = withGrant({ id: 'a-one-trust' }, state)
  assert.equal(grantOf(state), 'a-one-trust')
  state = withGrant({ id: 'one-specialty', rows: { controllers: [ods('RJ1')], where } }, state)
  assert.equal(grantOf(state), 'one-specialty')
  assert.equal(grantOf(state, { level: 'identifiable' }), 'wide')
})

function grantOf(state: GovernanceState, change: Partial<ReadRequest> = {}): string {
  const decision = decide(state, { ...request, ...change }, policies)
  assert.ok(decision.allowed)
  return decision.grant
}

test('explain says what is missing and what to do, and names what no contract has', () => {
  assert.match(
    explain(withGrant(), { ...request, at: day(40) }, policies).join('\n'),
    /grant `g1`: the grant has ended; ask for a new grant/,
  )
  assert.match(
    explain(withGrant(), { ...request, object: 'Nothing' }, policies)[0]!,
    /no contract has the object type `Nothing`/,
  )
  assert.match(explain(withGrant(), { ...request, columns: ['nope'] }, policies)[0]!, /no column `nope`/)
  assert.match(explain(withGrant(), request, policies)[0]!, /allowed by the grant `g1`/)
})

test('refused: after a succession, until the successor has signed an assessment of its own', () => {
  const successor = ods('RJ2')
  const officer = subject('owner@rj2.example')
  const safety = subject('safety@rj2.example')
  const colleague = subject('clerk@rj2.example')
  const staff = { employer: successor, by: owner }
  let state = organisation('RJ2', 'nhs')
  state = person(officer, { ...staff, duties: ['information-asset-owner'], grade: 'director' }, state)
  state = person(safety, { ...staff, duties: ['clinical-safety-officer'] }, state)
  state = person(colleague, staff, state)
  const end = { by: owner, id: ods('RJ1'), at: day(0), successor }
  state = appendEvent(state, 'governance.organisation-closed', end)
  state = appendEvent(state, 'governance.controller-succeeded', { by: officer, successor })
  assert.equal(state.controller, successor)
  const on = { ...switchedOnInput, by: officer, clinicalSafetyOfficer: safety }
  state = appendEvent(state, 'governance.switched-on', on)
  state = withGrant({ subject: colleague, by: officer }, state)
  assert.deepEqual(codes(state, { subject: colleague }), ['dpia-of-controller'])
  state = dpiaOf({ by: officer }, state)
  assert.equal(decide(state, { ...request, subject: colleague }, policies).allowed, true)
})

test('allowed: an emergency without any paper, and one row for an engineer while somebody looks on', () => {
  const opened = decide(breakGlass(), { ...request, ...emergency }, policies)
  assert.ok(opened.allowed)
  assert.deepEqual([opened.grantBasis, opened.dpia, opened.until], ['break-glass', null, day(0, hour)])
  assert.deepEqual(opened.rows, { controllers: 'all', where: [], only: { entry: caring.upTo + 1 } })
  const row = decide(oneRow(), { ...request, ...looking }, policies)
  assert.ok(row.allowed)
  assert.deepEqual([row.grantBasis, row.contract], ['one-row', { id: 'c1', instruction: 'i1' }])
})

test('allowed: a care partner under an agreement, an engineer under a contract, whoever has a role in a team', () => {
  assert.equal(decide(withGrant(partnerGrant), { ...request, subject: partner }, policies).allowed, true)
  assert.equal(decide(withGrant(engineerGrant), { ...request, subject: engineer }, policies).allowed, true)
  const team = { by: owner, id: 'list', name: 'Waiting list', organisation: ods('RJ1') }
  const joined = { by: owner, team: 'list', person: clerk, role: 'clerk', from: day(0), until: day(4) }
  let state = appendEvent(governedTenant(), 'governance.team-registered', team)
  state = withGrant({ subject: undefined, team: { team: 'list', role: 'clerk' } }, state)
  assert.deepEqual(codes(state), ['no-grant'])
  state = appendEvent(state, 'governance.team-joined', joined)
  assert.equal(decide(state, request, policies).allowed, true)
  assert.deepEqual(codes(state, { at: day(4) }), ['person-moved'])
})

test('every policy that forbids has a case above that nothing else stops', () => {
  const forbids = policies.policies.filter((policy) => policy.effect === 'forbid').map((policy) => policy.id)
  assert.deepEqual(
    forbids.filter((id) => !alone.has(id)),
    [],
  )
})
