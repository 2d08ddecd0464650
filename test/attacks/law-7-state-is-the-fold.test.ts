import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryDisk } from '#adapters/ledger-memory'
import {
  type Decision,
  decide,
  type EventType,
  emptyState,
  type FoldableEntry,
  fold,
  foldUntil,
  type GovernanceState,
  type Input,
  type ReadRequest,
  whoCanSee,
} from '#governance'
import { type JsonObject, parseInstant } from '#kernel'
import {
  append,
  appendEvent,
  clerk,
  clerkInput,
  day,
  dpiaInput,
  engineer,
  entryOf,
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
  switchedOnInput,
  tenant,
} from '../governed-tenant.ts'
import { fc } from '../random.ts'
import { randomLedger } from '../random-governance.ts'
import { clock, openOn } from './ledger-fixture.ts'

const request: ReadRequest = {
  ...{ subject: clerk, purpose: purpose('waiting-list-care'), object: 'RttPeriod' },
  ...{ columns: ['providerCode'], at: day(2), action: 'read' },
}
const allowed = (state: GovernanceState, change: Partial<ReadRequest> = {}) =>
  decide(state, { ...request, ...change }, policies).allowed

/** Everything in a state that anybody can see of it, as text. */
function picture(state: GovernanceState): string {
  const { organisations, persons, purposes, dpias, grants } = state
  const maps = [organisations, persons, purposes, dpias, grants].map((map) =>
    [...map.keys()].sort().map((key) => map.get(key)),
  )
  return JSON.stringify([
    state.tenant,
    state.controller,
    state.bootstrap,
    maps,
    state.rejected,
    state.upTo,
    state.lastTime,
  ])
}

test('the same entries give the same state, wherever and however often they are folded', () => {
  fc.assert(
    fc.property(randomLedger, fc.nat(), (entries, n) => {
      const straight = entries.reduce(fold, emptyState(tenant))
      const copied = (JSON.parse(JSON.stringify(entries)) as FoldableEntry[]).reduce(fold, emptyState(tenant))
      const cut = n % entries.length
      const resumed = entries.slice(cut).reduce(fold, entries.slice(0, cut).reduce(fold, emptyState(tenant)))
      assert.equal(picture(copied), picture(straight))
      assert.equal(picture(resumed), picture(straight))
    }),
    { numRuns: 30 },
  )
})

test('a state does not change under those who hold it, whatever is folded after', () => {
  fc.assert(
    fc.property(randomLedger, (entries) => {
      const states = entries.map((_, i) => entries.slice(0, i).reduce(fold, emptyState(tenant)))
      const before = states.map(picture)
      for (const state of states) entries.slice(state.upTo + 1).reduce(fold, state)
      assert.deepEqual(states.map(picture), before)
    }),
    { numRuns: 5 },
  )
})

test('an auditor replays the ledger of a tenant and decides every logged read as it was decided', async () => {
  clock.set(day(0))
  const disk = memoryDisk()
  const ledger = await openOn(disk)
  let live = emptyState(tenant)
  for await (const entry of ledger.entries()) live = fold(live, entry)
  ledger.onAppend((entry) => {
    live = fold(live, entry)
  })
  const write = async <T extends EventType>(type: T, input: Input<T>) => ledger.append(entryOf(type, input))
  await write('governance.tenant-opened', opening)
  await write('governance.person-registered', clerkInput)
  await write('governance.purpose-registered', purposeInput)
  await write('governance.dpia-approved', dpiaInput)
  await write('governance.switched-on', switchedOnInput)
  await write('governance.grant-approved', grantInput)
  for (const at of [day(0, 5), day(1), day(10), day(31)]) {
    clock.set(at)
    await logRead(at)
  }
  await write('governance.grant-revoked', { by: guardian, grant: 'g1', at: day(31), reason: 'done' })
  await ledger.close()

  async function logRead(at: ReadRequest['at']) {
    const decision = decide(live, { ...request, at }, policies)
    const said = decision.allowed ? { grant: decision.grant, until: decision.until } : { refused: true }
    await ledger.append({ type: 'read.opened', governance: { at, said } })
  }

  const reopened = await openOn(disk)
  let state = emptyState(tenant)
  const answers: boolean[] = []
  for await (const entry of reopened.entries()) {
    if (entry.type === 'read.opened') {
      const { at, said } = entry.governance as { at: string; said: JsonObject }
      const again: Decision = decide(state, { ...request, at: parseInstant(at) }, policies)
      answers.push(again.allowed)
      assert.deepEqual(said, again.allowed ? { grant: again.grant, until: again.until } : { refused: true })
    }
    state = fold(state, entry)
  }
  assert.deepEqual(answers, [false, true, true, false])
  await reopened.close()
})

const granted = appendEvent(governedTenant(), 'governance.grant-approved', grantInput)

/** Events that somebody forged into a ledger: what each tries, and a read that must stay refused. */
const forged: readonly [string, EventType, Record<string, unknown>, Partial<ReadRequest>][] = [
  [
    'a grant signed by its holder',
    'governance.grant-approved',
    { ...grantInput, id: 'x', by: engineer, subject: engineer },
    { subject: engineer },
  ],
  [
    'a clerk made Guardian by whoever set up',
    'governance.person-registered',
    { ...clerkInput, id: engineer, duties: ['caldicott-guardian'] },
    { subject: engineer },
  ],
  [
    'a clerk who makes himself Guardian',
    'governance.person-registered',
    { ...clerkInput, by: clerk, duties: ['caldicott-guardian'] },
    { object: 'Patient' },
  ],
  [
    'a clearance given by its holder',
    'governance.person-registered',
    { ...clerkInput, by: engineer, id: engineer, clearanceUntil: day(99) },
    { subject: engineer },
  ],
  [
    'a second opening with other officers',
    'governance.tenant-opened',
    { ...opening, by: engineer, officers: [{ ...opening.officers[0]!, id: engineer }] },
    { subject: engineer },
  ],
  [
    'a purpose registered again in another class',
    'governance.purpose-registered',
    { ...purposeInput, by: guardian, id: 'platform-operation', class: 'planning' },
    { purpose: purpose('platform-operation') },
  ],
  [
    'a wider DPIA signed by a clerk',
    'governance.dpia-approved',
    { ...dpiaInput, by: clerk, dpiaVersion: 2, claims: [{ ...dpiaInput.claims[0]!, daysMax: 900 }] },
    { at: day(40) },
  ],
  [
    'an approved DPIA version written again',
    'governance.dpia-approved',
    { ...dpiaInput, claims: [{ ...dpiaInput.claims[0]!, daysMax: 900 }] },
    { at: day(40) },
  ],
  [
    'a grant written again with more columns',
    'governance.grant-approved',
    { ...grantInput, columns: ['statusCode'] },
    { columns: ['statusCode'] },
  ],
  [
    'a grant written again to last longer',
    'governance.grant-approved',
    { ...grantInput, until: day(80) },
    { at: day(40) },
  ],
]

for (const [what, type, body, read] of forged) {
  test(`a forged event opens nothing: ${what}`, () => {
    const before = whoCanSee(granted, day(2), policies)
    const after = append(granted, { type, governance: { version: 1, ...body } as JsonObject }, day(1))
    assert.equal(allowed(after, read), false)
    assert.deepEqual(whoCanSee(after, day(2), policies), before)
    assert.equal(allowed(after), true, 'nor does it close anything')
    for (const part of ['persons', 'purposes', 'dpias', 'organisations'] as const)
      assert.equal(after[part], granted[part])
  })
}

test('a forged officer approves nothing', () => {
  const promoted = { ...clerkInput, by: subject('setup'), id: engineer, duties: ['caldicott-guardian' as const] }
  const after = appendEvent(granted, 'governance.person-registered', promoted, day(1))
  const grant = { ...grantInput, id: 'x', by: engineer, columns: ['statusCode'] }
  assert.equal(allowed(appendEvent(after, 'governance.grant-approved', grant), { columns: ['statusCode'] }), false)
  assert.match(after.rejected.at(-1)!.why, /not in post/)
})

test('a grant approved before its approver was an officer stays shut after', () => {
  const early = appendEvent(granted, 'governance.grant-approved', {
    ...grantInput,
    id: 'x',
    by: clerk,
    subject: engineer,
    until: day(8),
  })
  const later = appendEvent(early, 'governance.person-registered', {
    ...clerkInput,
    by: owner,
    duties: ['caldicott-guardian'],
  })
  assert.equal(allowed(later, { subject: engineer }), false)
})

test('nothing is back-dated: a grant or a DPIA version starts at its entry at the earliest', () => {
  const late = appendEvent(governedTenant(), 'governance.grant-approved', { ...grantInput, from: day(0) }, day(5))
  assert.equal(late.grants.get('g1')?.from, day(5))
  const dpia = { ...dpiaInput, dpiaVersion: 2, sha256: hashOf('b') }
  const approved = appendEvent(governedTenant(), 'governance.dpia-approved', dpia, day(5))
  assert.equal(approved.dpias.get('elective-recovery')?.at(-1)?.effectiveFrom, day(5))
})

test('a ledger with a gap, out of order, of another tenant, or of a later release is refused, not guessed at', () => {
  const event = entryOf('governance.organisation-registered', { by: owner, id: ods('XX1'), name: 'x' })
  const next = { ...event, index: granted.upTo + 1, time: day(1) }
  const code = (name: string) => ({ code: `FDP_GOVERNANCE_${name}` })
  assert.throws(() => fold(granted, { ...next, index: granted.upTo + 2 }), code('ENTRY_ORDER'))
  assert.throws(() => fold(granted, { ...next, index: granted.upTo }), code('ENTRY_ORDER'))
  assert.throws(() => fold(fold(granted, next), { ...next, index: next.index + 1, time: day(0) }), code('ENTRY_ORDER'))
  assert.throws(() => fold(granted, { ...next, type: 'governance.everything-opened' }), code('EVENT_UNKNOWN'))
  assert.throws(() => fold(granted, { ...next, governance: { ...next.governance, version: 2 } }), code('EVENT_INVALID'))
  assert.throws(
    () => fold(granted, { ...next, governance: { ...next.governance, extra: true } }),
    code('EVENT_INVALID'),
  )
  const other = entryOf('governance.tenant-opened', { ...opening, tenant: 'ra2' as typeof tenant })
  assert.throws(() => fold(emptyState(tenant), { ...other, index: 0, time: day(0) }), code('OTHER_TENANT'))
})

test('before a tenant is open, nothing takes effect', () => {
  const state = appendEvent(emptyState(tenant), 'governance.grant-approved', grantInput, day(0))
  assert.deepEqual([state.grants.size, state.rejected.length], [0, 1])
})

test('entries of other modules, whatever they say, change no rule', () => {
  const entry = { type: 'read.opened', governance: { ...grantInput, version: 1 } as unknown as JsonObject }
  const after = append(governedTenant(), entry, day(1))
  assert.deepEqual([after.grants.size, after.changedAt], [0, governedTenant().changedAt])
  assert.equal(foldUntil(emptyState(tenant), [], day(9)).upTo, -1)
})
