import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sign } from '#governance'
import { type Instant, isFdpError, manualClock, parseSubjectId } from '#kernel'
import { auditOf } from '#node'
import { questionOf, summaryOf } from '#ontology'
import { analyst, ask, day, errorOf, guardian, openWorld, planning, validation, validator } from '../../test/world.ts'
import {
  affectedBy,
  answerRight,
  containIncident,
  dueOn,
  extendRight,
  incident,
  incidentReport,
  incidentsOf,
  openIncident,
  parseAuditEvent,
  recordReported,
  requestRight,
  rightsOf,
  signAudit,
} from './index.ts'

const by = parseSubjectId(guardian)

test('an incident: contained, worked out, reported late only with reasons, closed', async () => {
  const clock = manualClock('2026-03-02T09:00:00Z')
  await using world = await openWorld({ patients: 12, adapters: { clock } })
  const tenant = world.tenant()
  const deps = auditOf(tenant)
  await using session = await world.session(validator, validation)
  await ask(session, questionOf({ object: 'Patient', select: ['surname'], limit: 7 }))
  await using other = await world.session(analyst, planning)
  await ask(other, questionOf({ object: 'RttPeriod', select: ['statusCode'], limit: 3 }))
  const scope = { grants: [], persons: [parseSubjectId(validator)], employers: [], since: clock.now() }
  const input = { by, id: 'wrong-list', awareAt: clock.now(), ...scope }
  assert.ok(
    isFdpError(
      await errorOf(() => openIncident(deps, { ...input, by: parseSubjectId(analyst) })),
      'FDP_AUDIT_NOT_ENTITLED',
    ),
  )
  assert.ok(isFdpError(await errorOf(() => incidentReport(deps, 'wrong-list')), 'FDP_AUDIT_NO_CASE'))
  await openIncident(deps, input)
  assert.ok(isFdpError(await errorOf(() => openIncident(deps, input)), 'FDP_AUDIT_CASE_EXISTS'))

  const affected = await affectedBy(deps, await incident(deps, 'wrong-list'))
  assert.deepEqual([affected.persons.size, affected.rows, affected.complete], [7, 7, true])
  const ended = await containIncident(deps, 'wrong-list', by, (grant, reason) => {
    const state = tenant.governance.state()
    return tenant.ledger.append(
      sign(state, 'governance.grant-revoked', { by, grant, at: clock.now(), reason }, clock.now()),
    )
  })
  assert.deepEqual(ended.length, 7)
  assert.ok(await errorOf(() => ask(session, questionOf({ object: 'Patient', select: ['surname'], limit: 1 }))))
  assert.deepEqual(await containIncident(deps, 'wrong-list', by, () => Promise.reject(new Error('not called'))), [])

  const early = await incidentReport(deps, 'wrong-list')
  assert.deepEqual([early.hoursLeft, early.missing.length], [72, 4])
  await signAudit(
    deps,
    'incident.described',
    { by, id: 'wrong-list', field: 'nature' },
    { detail: { words: 'a list' } },
  )
  clock.advanceMs(3 * day + 1)
  const late = await incidentReport(deps, 'wrong-list')
  assert.deepEqual([late.nature, late.hoursLeft, late.missing.includes('nature')], ['a list', -1, false])
  const report = { by, id: 'wrong-list', to: 'Information Commissioner' }
  assert.ok(isFdpError(await errorOf(() => recordReported(deps, { ...report, lateBecause: null })), 'FDP_AUDIT_LATE'))
  await recordReported(deps, { ...report, lateBecause: 'found out late' })
  await signAudit(deps, 'incident.closed', { by, id: 'wrong-list', outcome: 'team trained' })
  assert.deepEqual(
    (await incidentsOf(deps)).map(({ closed }) => closed),
    [true],
  )
})

test('whoever was in a read without a list makes the count incomplete', async () => {
  await using world = await openWorld({ patients: 6 })
  const deps = auditOf(world.tenant())
  await using other = await world.session(analyst, planning)
  await ask(other, summaryOf({ object: 'RttPeriod', groupBy: [], aggregations: [{ name: 'n', type: 'count' }] }))
  const since = '2026-01-01T00:00:00.000Z' as Instant
  const scope = { grants: [], persons: [parseSubjectId(analyst)], employers: [], since }
  assert.equal((await affectedBy(deps, { scope })).complete, false)
})

test('one month is a calendar month, and the last day where there is no such day', () => {
  const due = (at: string, months: number) => dueOn(`${at}T10:00:00.000Z` as Instant, months)
  assert.deepEqual(
    [due('2026-01-31', 1), due('2028-01-31', 1), due('2026-12-05', 1)],
    ['2026-02-28', '2028-02-29', '2027-01-05'],
  )
  assert.deepEqual([due('2026-11-30', 3), due('2026-03-15', 3)], ['2027-02-28', '2026-06-15'])
})

test('a request runs its month, is extended once and in time, and shows when it is overdue', async () => {
  const clock = manualClock('2026-03-02T09:00:00Z')
  await using world = await openWorld({ empty: true, adapters: { clock } })
  const deps = auditOf(world.tenant())
  const receivedAt = clock.now()
  const request = (id: string) =>
    requestRight(deps, { by, id, right: 'access', receivedAt }, { about: 'CANARY-PERSON' })
  await request('case-1')
  await request('case-2')
  assert.ok(isFdpError(await errorOf(() => request('case-1')), 'FDP_AUDIT_CASE_EXISTS'))
  await extendRight(deps, { by, id: 'case-1', reason: 'complex' })
  assert.ok(
    isFdpError(await errorOf(() => extendRight(deps, { by, id: 'case-1', reason: 'complex' })), 'FDP_AUDIT_EXTENSION'),
  )
  clock.set('2026-04-03T09:00:00Z')
  assert.ok(
    isFdpError(await errorOf(() => extendRight(deps, { by, id: 'case-2', reason: 'complex' })), 'FDP_AUDIT_EXTENSION'),
  )
  assert.deepEqual(
    (await rightsOf(deps)).map(({ id, dueOn: on, overdue }) => [id, on, overdue]),
    [
      ['case-1', '2026-06-02', false],
      ['case-2', '2026-04-02', true],
    ],
  )
  await answerRight(deps, { by, id: 'case-2', outcome: 'granted', at: clock.now() }, 'sent')
  assert.ok(
    isFdpError(
      await errorOf(() => answerRight(deps, { by, id: 'case-2', outcome: 'granted', at: clock.now() }, '')),
      'FDP_AUDIT_NO_CASE',
    ),
  )
  assert.equal(JSON.stringify(await world.entries()).includes('CANARY-PERSON'), false)
})

test('an event of a later release, or of an unknown type, is refused and not skipped', async () => {
  await using world = await openWorld({ empty: true })
  const [entry] = await world.entries()
  const with_ = (type: string, governance: object) => ({ ...entry!, type, governance: governance as never })
  const unknown = { code: 'FDP_AUDIT_EVENT_UNKNOWN' }
  assert.throws(() => parseAuditEvent(with_('audit.invented', { version: 1 })), unknown)
  assert.throws(() => parseAuditEvent(with_('audit.naming-set', { version: 2, by, staff: 'role' })), unknown)
  assert.throws(() => parseAuditEvent(with_('audit.naming-set', { version: 1, by, staff: 'all' })), {
    code: 'FDP_AUDIT_EVENT_INVALID',
  })
  assert.throws(() => parseAuditEvent(with_('rights.requested', { version: 1, by, person: 'x' })), {
    code: 'FDP_AUDIT_EVENT_INVALID',
  })
  assert.equal(parseAuditEvent(with_('read.opened', {})), null)
})
