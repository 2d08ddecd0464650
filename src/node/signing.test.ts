import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  approveGrant,
  approveRequest,
  elevatedPeople,
  elevatedPeopleMax,
  type GrantInput,
  requestOf,
  sign,
} from '#governance'
import { addMs, isFdpError, type OdsCode, type PurposeId, type SubjectId } from '#kernel'
import { day, openWorld, type World } from '../../test/world.ts'
import { appendInTurn, signAndAppend } from './signing.ts'
import type { Tenant } from './tenant.ts'

/* Two approvers at the same moment, with the room for one; and the same without the turns that keep them apart. */

const director = 'miriam.cole@national.example' as SubjectId
const guardian = 'anwen.rees@national.example' as SubjectId
const names = ['one', 'two', 'three', 'four'] as const
const engineer = (name: string) => `${name}@supplier.example` as SubjectId
const dpia = 'official-statistics-rtt'
let world: World
let tenant: Tenant

before(async () => {
  world = await openWorld({ tenants: ['national'], empty: true })
  tenant = world.tenant('national')
  for (const name of names) {
    const person = engineer(name)
    const at = world.now()
    await signAndAppend(
      ...[tenant, 'governance.person-registered' as const],
      {
        ...{ id: person, name, role: 'Engineer', duties: [], kind: 'processor-staff', employer: 'ZS1' as OdsCode },
        ...{ clearanceUntil: addMs(at, 90 * day), trainingUntil: addMs(at, 90 * day), from: at },
      },
      director,
    )
  }
})
after(() => world[Symbol.asyncDispose]())

function grantFor(name: string, by: SubjectId): GrantInput {
  const at = world.now()
  const [version] = tenant.governance.state().dpias.get(dpia)!
  return {
    ...{
      by,
      id: `mend-${name}`,
      subject: engineer(name),
      action: 'read',
      object: 'RttReturn',
      columns: 'all-at-level',
    },
    ...{ level: 'identifiable', rows: { controllers: 'all', where: [] }, purpose: 'data-intake' as PurposeId },
    ...{ from: at, until: addMs(at, 7 * day), disclosurePolicy: null },
    dpia: { id: dpia, version: version!.version, sha256: version!.sha256 },
    contract: { id: 'platform-contract', instruction: 'mend-intake' },
  }
}

/** Everybody of a processor whom the policies let see identifiable rows now. */
function acting(): readonly string[] {
  const rows = tenant.accessNow().filter(({ kind, level, action }) => {
    return kind === 'processor-staff' && level === 'identifiable' && action === 'read'
  })
  return [...new Set(rows.map(({ person }) => person))].sort()
}

const cap = () => elevatedPeopleMax(tenant.governance.state(), world.now(), () => {})

test('two approvals race for the last place under the cap: one goes in, the other hears why not', async () => {
  assert.deepEqual([acting().length, cap()], [1, 2])
  const outcomes = await Promise.allSettled(
    [grantFor('one', director), grantFor('two', guardian)].map((input) =>
      appendInTurn(tenant, (state, at, policies) => approveGrant(state, { ...input, from: at }, at, policies)),
    ),
  )
  const refused = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []))
  assert.equal(refused.length, 1)
  assert.ok(isFdpError(refused[0], 'FDP_GOVERNANCE_GRANT_REFUSED'), String(refused[0]))
  assert.equal(acting().length, 2)
})

test('appended past each other all the same, no more than the cap act: the first approved', async () => {
  await signAndAppend(tenant, 'governance.grant-revoked', { grant: 'mend-one', at: world.now(), reason: 'x' }, director)
  assert.equal(acting().length, 1)
  const { state, policies } = tenant.governance
  const at = world.now()
  const entries = ['three', 'four'].map((name) =>
    approveGrant(state(), { ...grantFor(name, director), from: at }, at, policies),
  )
  await Promise.all(entries.map((entry) => tenant.ledger.append(entry)))
  assert.ok(tenant.governance.state().grants.has('mend-three') && tenant.governance.state().grants.has('mend-four'))
  assert.equal(elevatedPeople(tenant.governance.state(), world.now(), () => {}).length, 3)
  assert.deepEqual(acting(), ['june.okafor@national.example', engineer('three')])
})

test('two approve the same form at once: it is approved once', async () => {
  const by = 'nadia.holt@national.example' as SubjectId
  await appendInTurn(tenant, (state, at) => {
    const items = [{ object: 'RttReturn', level: 'aggregate' as const, disclosurePolicy: 'official-true-counts@1' }]
    const form = { id: 'figures', purpose: 'official-statistics' as PurposeId, dpia, reason: 'figures', items }
    const input = requestOf(state, { ...form, until: addMs(at, 20 * day) }, by, at)
    return sign(state, 'governance.access-requested', input, at)
  })
  const outcomes = await Promise.allSettled(
    [director, guardian].map((approver) =>
      appendInTurn(tenant, (state, at, policies) => [
        ...approveRequest(state, { by: approver, request: 'figures' }, at, policies),
      ]),
    ),
  )
  const [first, second] = outcomes
  assert.equal(first?.status, 'fulfilled')
  assert.ok(second?.status === 'rejected' && isFdpError(second.reason, 'FDP_GOVERNANCE_REQUEST_SETTLED'))
})

test('what is refused in its turn appends nothing but that, and the next one has its turn', async () => {
  const size = tenant.ledger.size
  const body = { id: 'x', title: 'X', objects: ['RttReturn'] }
  const stranger = 'nobody@national.example' as SubjectId
  const outcomes = await Promise.allSettled([
    signAndAppend(tenant, 'governance.family-registered', body, stranger),
    signAndAppend(tenant, 'governance.family-registered', body, director),
  ])
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'fulfilled'],
  )
  const made = await entriesFrom(size)
  assert.deepEqual(made, [
    ['signing.refused', 'unknown', 'governance.family-registered', 'FDP_GOVERNANCE_NOT_ENTITLED'],
    ['governance.family-registered', undefined, undefined, undefined],
  ])
})

test('whoever is registered and refused is named; a mistake in a form is no refusal', async () => {
  const size = tenant.ledger.size
  const by = 'nadia.holt@national.example' as SubjectId
  const family = { id: 'y', title: 'Y', objects: ['RttReturn'] }
  await assert.rejects(signAndAppend(tenant, 'governance.family-registered', family, by))
  const unknown = { grant: 'no-such-grant', at: world.now(), reason: 'x' }
  await assert.rejects(signAndAppend(tenant, 'governance.grant-revoked', unknown, director), {
    code: 'FDP_GOVERNANCE_NOT_FOUND',
  })
  assert.deepEqual(await entriesFrom(size), [
    ['signing.refused', by, 'governance.family-registered', 'FDP_GOVERNANCE_NOT_ENTITLED'],
  ])
})

async function entriesFrom(from: number) {
  const made: unknown[][] = []
  for await (const { type, governance } of tenant.ledger.entries(from))
    made.push([type, governance.subject, governance.type, governance.code])
  return made
}
