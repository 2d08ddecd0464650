import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  appendEvent,
  clerk,
  clerkInput,
  day,
  dpiaInput,
  engineer,
  governedTenant,
  grantInput,
  guardian,
  hashOf,
  ods,
  owner,
  policies,
  purpose,
  purposeInput,
  subject,
} from '../../test/governed-tenant.ts'
import { decide, explain, type GovernanceState, type Input, type ReadRequest, whoCanSee } from './index.ts'

const request: ReadRequest = {
  subject: clerk,
  purpose: purpose('waiting-list-care'),
  object: 'RttPeriod',
  columns: ['providerCode', 'clockStartDate'],
  at: day(2),
  action: 'read',
}

type GrantChange = Partial<Input<'governance.grant-approved'>>
const withGrant = (change: GrantChange = {}, state = governedTenant()): GovernanceState =>
  appendEvent(state, 'governance.grant-approved', { ...grantInput, ...change })

/** Codes that came alone: the policy that said so is the only one that stopped the read. */
const alone = new Set<string>()

function codes(state: GovernanceState, change: Partial<ReadRequest> = {}): readonly string[] {
  const decision = decide(state, { ...request, ...change }, policies)
  assert.equal(decision.allowed, false, 'expected a refusal')
  const found = decision.allowed ? [] : decision.reasons.map((reason) => reason.code)
  if (found.length === 1) alone.add(found[0]!)
  return found
}

const engineerGrant: GrantChange = { subject: engineer, level: 'identifiable', until: day(8) }
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
  ['at the last moment', withGrant(), { at: day(31) }, ['grant-ended']],
  ['another action', withGrant(), { action: 'submit' }, ['grant-action']],
  ['a grant to submit is none to read', withGrant({ action: 'submit' }), {}, ['grant-action']],
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
    ['processor-clearance'],
  ],
]

const platform = { purpose: purpose('platform-operation') }
const dpiaWith = (purposes: readonly string[]): GovernanceState =>
  appendEvent(governedTenant(), 'governance.dpia-approved', {
    ...dpiaInput,
    dpiaVersion: 2,
    sha256: hashOf('b'),
    claims: [{ ...dpiaInput.claims[0]!, purposes: purposes.map(purpose) }],
  })

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
  const moved = appendEvent(withGrant(), 'governance.person-registered', { ...clerkInput, employer: ods('SUP1') })
  assert.deepEqual(codes(moved), ['person-moved'])
  assert.equal(decide(withGrant({ id: 'g2' }, moved), request, policies).allowed, true)
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

test('every policy that forbids has a case above that nothing else stops', () => {
  const forbids = policies.policies.filter((policy) => policy.effect === 'forbid').map((policy) => policy.id)
  assert.deepEqual(
    forbids.filter((id) => !alone.has(id)),
    [],
  )
})
