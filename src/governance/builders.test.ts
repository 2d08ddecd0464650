import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  append,
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
  opening,
  owner,
  policies,
  purpose,
  purposeInput,
  subject,
  tenant,
  withDocument,
} from '../../test/governed-tenant.ts'
import {
  approveGrant,
  canApprove,
  canSign,
  decide,
  emptyState,
  type GrantInput,
  generalColumnsAt,
  sign,
} from './index.ts'

const at = day(1)
const state = governedTenant()
const grant = (change: Partial<GrantInput>) => () => approveGrant(state, { ...grantInput, ...change }, at, policies)
const code = (name: string) => ({ code: `FDP_GOVERNANCE_${name}` })

test('a grant is refused before it is written, with the reason', () => {
  assert.throws(grant({ by: clerk }), code('NOT_ENTITLED'))
  assert.throws(grant({ by: subject('setup') }), code('NOT_ENTITLED'))
  assert.throws(grant({ object: 'Nothing' }), code('OBJECT_UNKNOWN'))
  assert.throws(grant({ columns: ['nope'] }), code('COLUMN_UNKNOWN'))
  assert.throws(grant({ object: 'Patient', columns: ['fullName'] }), code('COLUMN_UNKNOWN'))
  assert.throws(
    grant({ rows: { controllers: 'all', where: [{ property: 'patientId', in: ['1'] }] } }),
    code('COLUMN_UNKNOWN'),
  )
  assert.throws(grant({ subject: subject('nobody') }), code('NOT_FOUND'))
  assert.throws(grant({ purpose: purpose('nosiness') }), code('NOT_FOUND'))
  assert.throws(grant({ dpia: { id: 'other', version: 1, sha256: hashOf('a') } }), code('NOT_FOUND'))
  assert.throws(grant({ from: day(0) }), code('GRANT_PERIOD'))
  assert.throws(grant({ until: day(1) }), code('GRANT_PERIOD'))
  assert.throws(grant({ level: 'aggregate' }), code('DISCLOSURE_POLICY_MISSING'))
  assert.throws(grant({ columns: [] }), code('EVENT_INVALID'))
  assert.throws(grant({ id: 'Not An Id' }), code('EVENT_INVALID'))
})

test('a grant that the policies would not let work is refused with the policies that refuse', () => {
  const refused = (reason: RegExp) => (error: { code: string; message: string }) =>
    error.code === 'FDP_GOVERNANCE_GRANT_REFUSED' && reason.test(error.message)
  assert.throws(grant({ subject: owner }), refused(/nobody approves a grant for themselves/))
  assert.throws(grant({ until: day(100) }), refused(/no claim of the DPIA/))
  assert.throws(
    grant({ dpia: { ...grantInput.dpia, sha256: hashOf('c') } }),
    refused(/not the one that was registered/),
  )
  const late = { subject: engineer, level: 'identifiable', from: day(20), until: day(24) } as const
  assert.throws(grant(late), refused(/clearance/))
})

test('what the builder gives, the fold takes and the decision allows; a second one of that id is refused', () => {
  const entry = approveGrant(state, { ...grantInput, columns: 'all-at-level' }, at, policies)
  const granted = append(state, entry, at)
  assert.deepEqual(entry.governance.columns, generalColumnsAt('RttPeriod', 'pseudonymised'))
  const request = { ...grantInput, columns: 'all-permitted', at } as const
  assert.equal(decide(granted, request, policies).allowed, true)
  assert.throws(() => approveGrant(granted, grantInput, at, policies), code('ALREADY_THERE'))
})

test('all-at-level never holds a legally restricted column', () => {
  const restricted = generalColumnsAt('Patient', 'identifiable')
  assert.equal(restricted.includes('genderIdentity'), false)
  assert.equal(restricted.includes('fullName'), true)
})

test('rules come in pairs: what is refused cannot, what is built can', () => {
  const event = { type: 'governance.grant-approved', version: 1, ...grantInput } as const
  const draft = { ...event, columns: [...event.columns] }
  assert.equal(canApprove(state, draft, at, policies), true)
  assert.equal(canApprove(state, { ...draft, subject: owner }, at, policies), false)
  assert.equal(
    canSign(state, { type: 'governance.purpose-registered', version: 1, ...purposeInput, id: purpose('x') }, at),
    true,
  )
  assert.equal(canSign(state, { type: 'governance.purpose-registered', version: 1, ...purposeInput }, at), false)
})

test('the register: who may sign, and what must be there already', () => {
  const person = { ...clerkInput, id: subject('new') }
  assert.throws(() => sign(state, 'governance.tenant-opened', opening, at), code('NOT_ENTITLED'))
  assert.throws(
    () => sign(state, 'governance.organisation-registered', { by: clerk, id: ods('XX1'), name: 'x' }, at),
    code('NOT_ENTITLED'),
  )
  assert.throws(
    () => sign(state, 'governance.person-registered', { ...person, by: engineer }, at),
    code('NOT_ENTITLED'),
  )
  assert.throws(
    () => sign(state, 'governance.person-registered', { ...person, employer: ods('NONE') }, at),
    code('NOT_FOUND'),
  )
  assert.throws(
    () => sign(state, 'governance.person-registered', { ...clerkInput, by: clerk }, at),
    code('NOT_ENTITLED'),
  )
  assert.throws(() => sign(state, 'governance.purpose-registered', purposeInput, at), code('ALREADY_THERE'))
  assert.throws(() => sign(state, 'governance.person-left', { by: clerk, person: owner, at }, at), code('NOT_ENTITLED'))
  assert.throws(
    () => sign(state, 'governance.person-left', { by: owner, person: subject('nobody'), at }, at),
    code('NOT_FOUND'),
  )
  assert.equal(sign(state, 'governance.person-registered', person, at).type, 'governance.person-registered')
  assert.equal(sign(emptyState(tenant), 'governance.tenant-opened', opening, at).type, 'governance.tenant-opened')
})

test('a founding: not by an officer, not with one approver alone, once, and without a right for the founder', () => {
  const founded = { ...opening, founding: { name: 'F Founder', account: 'founder on a machine' } }
  const nobody = emptyState(tenant)
  const found = (change: object) => sign(nobody, 'governance.tenant-opened', { ...founded, ...change }, at)
  assert.throws(() => found({ by: guardian }), code('NOT_ENTITLED'))
  assert.throws(() => found({ officers: opening.officers.slice(0, 1) }), code('NOT_NOW'))
  const state = appendEvent(nobody, 'governance.tenant-opened', founded)
  assert.throws(() => sign(state, 'governance.tenant-opened', founded, at), code('NOT_ENTITLED'))
  assert.throws(() => sign(state, 'governance.purpose-registered', purposeInput, at), code('NOT_ENTITLED'))
  const byOfficer = { ...purposeInput, by: guardian }
  assert.equal(sign(state, 'governance.purpose-registered', byOfficer, at).type, 'governance.purpose-registered')
})

test('duties that approve come only from someone who holds one, not from whoever sets the tenant up', () => {
  const promoted = { ...clerkInput, duties: ['caldicott-guardian' as const] }
  assert.throws(() => sign(state, 'governance.person-registered', promoted, at), code('NOT_ENTITLED'))
  assert.ok(sign(state, 'governance.person-registered', { ...promoted, by: owner }, at))
})

test('DPIA versions go up, take effect later, and name contracts and purposes that exist', () => {
  const next = { ...dpiaInput, dpiaVersion: 2, effectiveFrom: day(5) }
  const claim = dpiaInput.claims[0]!
  const approve = (change: object) => () =>
    sign(state, 'governance.dpia-approved', withDocument({ ...next, ...change }), at)
  assert.throws(approve({ by: subject('setup') }), code('NOT_ENTITLED'))
  assert.throws(approve({ dpiaVersion: 1 }), code('DPIA_ORDER'))
  assert.throws(approve({ effectiveFrom: day(0) }), code('DPIA_ORDER'))
  assert.throws(approve({ claims: [{ ...claim, objects: ['Nothing'] }] }), code('OBJECT_UNKNOWN'))
  assert.throws(approve({ claims: [{ ...claim, purposes: [purpose('nosiness')] }] }), code('NOT_FOUND'))
  assert.equal(append(state, approve({})(), at).dpias.get('elective-recovery')?.length, 2)
})

test('a grant is revoked by officers, its approver or its holder, and by nobody else', () => {
  const granted = appendEvent(state, 'governance.grant-approved', grantInput)
  const revoke =
    (by: string, id = 'g1') =>
    () =>
      sign(granted, 'governance.grant-revoked', { by: subject(by), grant: id, at: day(2), reason: 'r' }, at)
  assert.throws(revoke(engineer), code('NOT_ENTITLED'))
  assert.throws(revoke(guardian, 'g9'), code('NOT_FOUND'))
  for (const by of [guardian, owner, clerk]) assert.ok(revoke(by)())
})
