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
  ods,
  owner,
  policies,
  purpose,
  withDocument,
} from '../../test/governed-tenant.ts'
import {
  approvalsByMovers,
  approveRequest,
  contradictions,
  decide,
  effectOfDpia,
  type Input,
  noticesAt,
  unionAfter,
} from './index.ts'

const at = day(1)
const granted = appendEvent(governedTenant(), 'governance.grant-approved', grantInput)
const code = (name: string) => ({ code: `FDP_GOVERNANCE_${name}` })

const form: Input<'governance.access-requested'> = {
  by: clerk,
  id: 'r1',
  subject: clerk,
  purpose: purpose('waiting-list-care'),
  from: day(1),
  until: day(20),
  dpia: grantInput.dpia,
  reason: 'The list needs both.',
  items: ['RttPeriod', 'Patient'].map((object) => ({
    object,
    columns: object === 'Patient' ? ['personId'] : ['providerCode'],
    level: 'identifiable',
    rows: { controllers: 'all', where: [] },
    disclosurePolicy: null,
  })),
}
const asked = appendEvent(governedTenant(), 'governance.access-requested', form)

test('a form is approved in one go, each item an event of its own, and answered once', () => {
  const entries = approveRequest(asked, { by: owner, request: 'r1' }, at, policies)
  const after = entries.reduce((state, entry) => append(state, entry, at), asked)
  for (const object of ['RttPeriod', 'Patient']) {
    const columns = 'all-permitted' as const
    const request = { subject: clerk, purpose: form.purpose, object, columns, action: 'read', at: day(2) } as const
    assert.equal(decide(after, request, policies).allowed, true)
  }
  assert.deepEqual(unionAfter(asked, 'r1', at)[0]?.after, ['Patient', 'RttPeriod'])
  assert.throws(() => approveRequest(after, { by: owner, request: 'r1' }, at, policies), code('REQUEST_SETTLED'))
})

test('a form that adds up to more than one person may see is refused whole, however it is cut', () => {
  const bounds = { ...dpiaInput.bounds, breadth: { personMax: 1, employerMax: 9 } }
  const narrow = withDocument({ ...dpiaInput, dpiaVersion: 2, bounds })
  const state = appendEvent(asked, 'governance.dpia-approved', narrow)
  assert.throws(() => approveRequest(state, { by: owner, request: 'r1' }, at, policies), code('REQUEST_REFUSED'))
  const [first] = approveRequest(state, { by: owner, request: 'r1', items: [0] }, at, policies)
  const after = append(state, first!, at)
  assert.throws(() => approveRequest(after, { by: owner, request: 'r1' }, at, policies), code('REQUEST_REFUSED'))
})

test('nobody approves their own form', () => {
  const own = appendEvent(asked, 'governance.access-requested', { ...form, id: 'r2', by: owner, subject: owner })
  assert.throws(() => approveRequest(own, { by: owner, request: 'r2' }, at, policies), code('REQUEST_REFUSED'))
  assert.throws(() => approveRequest(asked, { by: clerk, request: 'r1' }, at, policies), code('NOT_ENTITLED'))
})

const next = withDocument({ ...dpiaInput, dpiaVersion: 2, effectiveFrom: day(12), claims: dpiaInput.claims.slice(1) })

test('a dry run names who would lose what, and writes nothing', () => {
  const losses = effectOfDpia(granted, next, at, policies)
  assert.deepEqual(
    losses.map(({ row, stopsAt }) => [row.person, row.grant, stopsAt]),
    [[clerk, 'g1', day(12)]],
  )
  assert.deepEqual(effectOfDpia(granted, withDocument({ ...next, claims: dpiaInput.claims }), at, policies), [])
})

test('who will lose something by itself hears of it 30, 7 and 1 days before', () => {
  const state = appendEvent(granted, 'governance.dpia-approved', next)
  const [notice] = noticesAt(state, at, policies)
  assert.deepEqual([notice?.person, notice?.approver, notice?.stopsAt, notice?.within], [clerk, owner, day(12), 30])
  assert.ok(notice?.because.some(({ code: policy }) => policy === 'dpia-contains-grant'))
  assert.equal(noticesAt(state, day(6), policies)[0]?.within, 7)
  assert.equal(noticesAt(state, day(11, 1), policies)[0]?.within, 1)
  assert.deepEqual(noticesAt(state, day(12), policies), [])
  assert.deepEqual(noticesAt(granted, at, policies), [], 'an end that was known from the start is no news yet')
})

test('individual care goes on under the version before until its notice has run', () => {
  const care = purpose('care')
  let state = appendEvent(governedTenant(), 'governance.purpose-registered', {
    ...{ by: owner, id: care, name: 'Care', class: 'individual-care', article6: '6(1)(e)', article9: '9(2)(h)' },
    ...{ commonLaw: 'implied-consent', justification: 'never' },
  })
  const claims = [{ ...dpiaInput.claims[0]!, purposes: [care] }]
  const dpia = withDocument({ ...dpiaInput, id: 'care', claims })
  state = appendEvent(state, 'governance.dpia-approved', dpia)
  const reference = { id: 'care', version: 1, sha256: dpia.sha256 }
  state = appendEvent(state, 'governance.grant-approved', {
    ...grantInput,
    purpose: care,
    dpia: reference,
    until: day(60),
  })
  state = appendEvent(state, 'governance.dpia-approved', withDocument({ ...dpia, dpiaVersion: 2, claims: [] }), day(5))
  const request = {
    subject: clerk,
    purpose: care,
    object: 'RttPeriod',
    columns: ['providerCode'],
    action: 'read',
  } as const
  assert.equal(decide(state, { ...request, at: day(20) }, policies).allowed, true)
  assert.deepEqual(contradictions(state, day(20)), [])
  const used = append(state, { type: 'read.opened', governance: { relations: { a: { grant: 'g1' } } } }, day(20))
  assert.equal(decide(used, { ...request, at: day(35, -1) }, policies).allowed, true)
  assert.equal(decide(used, { ...request, at: day(35) }, policies).allowed, false)
})

test('a DPIA that says “controller’s staff only” is untrue while an engineer holds a grant, and the sentence is named', () => {
  const claims = [{ ...dpiaInput.claims[0]!, kinds: ['controller-staff' as const] }]
  let state = appendEvent(
    governedTenant(),
    'governance.dpia-approved',
    withDocument({ ...dpiaInput, dpiaVersion: 2, claims }),
  )
  assert.deepEqual(contradictions(state, at), [])
  state = appendEvent(state, 'governance.grant-approved', { ...grantInput, subject: engineer, level: 'identifiable' })
  const [found] = contradictions(state, at)
  assert.equal(found?.sentence, 'Only the controller’s own staff see RttPeriod.')
  assert.deepEqual(found?.grants, ['g1'])
  const ended = { by: guardian, employer: ods('SUP1'), at, reason: 'No.' }
  assert.deepEqual(contradictions(appendEvent(state, 'governance.outsiders-ended', ended), at), [])
})

test('a contract that was stretched makes the sentence about it untrue', () => {
  const extended = { by: owner, id: 'c1', until: day(200), valuePounds: 2_000, reason: 'More of the same.' }
  const state = appendEvent(governedTenant(), 'governance.contract-extended', extended)
  assert.match(contradictions(state, at)[0]?.sentence ?? '', /^The contract c1 ends on/)
})

test('approvals of somebody who then joins the recipient are listed, within the time and not after', () => {
  const grant = { ...grantInput, subject: engineer, contract: { id: 'c1', instruction: 'i1' } }
  const state = appendEvent(governedTenant(), 'governance.grant-approved', grant)
  const moved = (when: number) =>
    appendEvent(
      state,
      'governance.person-registered',
      { ...clerkInput, by: guardian, id: owner, kind: 'processor-staff', employer: ods('SUP1') },
      day(when),
    )
  const [found] = approvalsByMovers(moved(30), day(30))
  assert.deepEqual([found?.grant, found?.approver, found?.joined, found?.review], ['g1', owner, 'SUP1', null])
  assert.deepEqual(approvalsByMovers(moved(200), day(200)), [])
  assert.deepEqual(approvalsByMovers(state, day(30)), [])
})
