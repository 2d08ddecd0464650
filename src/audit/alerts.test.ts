import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Instant, isFdpError, parseSubjectId } from '#kernel'
import { auditOf } from '#node'
import { parseWhere, questionOf } from '#ontology'
import { ask, errorOf, guardian, openWorld, owner, validation, validator } from '../../test/world.ts'
import {
  type AlertRead,
  acknowledgeAlert,
  alertsOf,
  findPatient,
  hoursAlerts,
  londonTime,
  manyReadersAlerts,
  recordAlerts,
  signAudit,
  volumeAlerts,
} from './index.ts'

const read = (
  entry: number,
  at: string,
  of: { subject?: string; rows?: number; persons?: readonly string[]; count?: number } = {},
): AlertRead => {
  const { subject = 'a', rows = 1, persons = [], count } = of
  const end = {
    entry: entry + 1,
    time: at as Instant,
    type: 'read.completed',
    outcome: 'complete',
    policy: null,
  } as const
  const personCount = count ?? persons.length
  return {
    read: {
      ...{ entry, time: at as Instant, session: 0, subject, purpose: 'p', about: {}, relations: {}, vault: null },
      end: { ...end, rows, persons: { how: 'listed', count: personCount } },
    },
    ...{ persons, personCount, ...londonTime(at as Instant) },
  }
}
const rules = (alerts: readonly { rule: string; subject: string | null; day: string }[]) =>
  alerts.map(({ rule, subject, day }) => [rule, subject, day])
const days = (count: number, hour: string, rows: number) =>
  Array.from({ length: count }, (_, i) =>
    read(i * 2, `2026-05-${String(i + 1).padStart(2, '0')}T${hour}:00:00.000Z`, { rows }),
  )

test('hours and days are those of Europe/London, in summer and winter', () => {
  assert.deepEqual(londonTime('2026-06-30T23:30:00.000Z' as Instant), { day: '2026-07-01', hour: 0 })
  assert.deepEqual(londonTime('2026-01-31T23:30:00.000Z' as Instant), { day: '2026-01-31', hour: 23 })
})

test('volume: above the floor and above several times the usual, never below either', () => {
  assert.deepEqual(volumeAlerts([read(1, '2026-05-20T10:00:00.000Z', { rows: 5_000 })]), [])
  assert.deepEqual(rules(volumeAlerts([read(1, '2026-05-20T10:00:00.000Z', { rows: 5_001 })])), [
    ['volume', 'a', '2026-05-20'],
  ])
  const habit = days(10, '10', 4_000)
  assert.deepEqual(volumeAlerts([...habit, read(99, '2026-05-20T10:00:00.000Z', { rows: 12_000 })]), [])
  assert.equal(volumeAlerts([...habit, read(99, '2026-05-20T10:00:00.000Z', { rows: 12_001 })]).length, 1)
})

test('hours: beside the person’s own, and beside office hours while there is no habit', () => {
  assert.deepEqual(rules(hoursAlerts([read(1, '2026-05-20T02:00:00.000Z')])), [['hours', 'a', '2026-05-20']])
  const nights = days(6, '01', 1)
  const odd = (at: string) => hoursAlerts([...nights, read(99, at)]).some(({ day }) => day === '2026-05-20')
  assert.equal(odd('2026-05-20T02:00:00.000Z'), false)
  assert.equal(odd('2026-05-20T11:00:00.000Z'), true)
})

test('own and colleague’s record; a long list is of nobody in particular', () => {
  const links = [
    { subject: 'a', person: '1' },
    { subject: 'b', person: '2' },
    { subject: 'z', person: '3' },
  ]
  const employer = (subject: string) => (subject === 'z' ? 'ZS1' : 'RZ1')
  const at = '2026-05-20T10:00:00.000Z'
  const alerts = (of: Parameters<typeof read>[2]) =>
    rules(recordAlerts([read(1, at, of)], links, employer)).map(([rule]) => rule)
  assert.deepEqual(alerts({ persons: ['1'] }), ['own-record'])
  assert.deepEqual(alerts({ persons: ['2', '9'] }), ['colleague-record'])
  assert.deepEqual(alerts({ persons: ['3', '9'] }), [])
  assert.deepEqual(alerts({ persons: ['2'], count: 21 }), [])
  assert.deepEqual(alerts({ persons: ['1'], count: 5_000 }), ['own-record'])
})

test('one patient by many within a day, without saying whom', () => {
  const many = (readers: number) =>
    manyReadersAlerts(
      Array.from({ length: readers }, (_, i) =>
        read(i, '2026-05-20T10:00:00.000Z', { subject: `s${i}`, persons: ['77'] }),
      ),
    )
  assert.deepEqual(many(8), [])
  assert.deepEqual(rules(many(9)), [['many-readers', null, '2026-05-20']])
  assert.equal(JSON.stringify(many(9)).includes('77"'), false)
})

test('in a ledger: own record opened, and acknowledged by somebody else only', async () => {
  await using world = await openWorld({ patients: 4 })
  const deps = auditOf(world.tenant())
  const [patient] = world.rows().Patient
  await using session = await world.session(validator, validation)
  const { person } = await findPatient(session, {
    controller: world.tenant().profile.controller,
    patientId: patient!.personId!,
  })
  const link = { by: parseSubjectId(guardian), subject: parseSubjectId(validator) }
  assert.ok(
    isFdpError(
      await errorOf(() => signAudit(deps, 'audit.staff-linked', { ...link, by: link.subject })),
      'FDP_AUDIT_NOT_ENTITLED',
    ),
  )
  await signAudit(deps, 'audit.staff-linked', link, { persons: [person] })
  const where = parseWhere([`personId=${patient!.personId}`])!
  await ask(session, questionOf({ object: 'Patient', select: ['surname'], where, limit: 2 }))
  const own = async () => (await alertsOf(deps)).find(({ rule }) => rule === 'own-record')!
  assert.equal((await own()).subject, validator)
  assert.ok(
    isFdpError(
      await errorOf(async () => acknowledgeAlert(deps, link.subject, (await own()).id, 'me')),
      'FDP_AUDIT_NO_ALERT',
    ),
  )
  await acknowledgeAlert(deps, parseSubjectId(owner), (await own()).id, 'asked')
  assert.equal((await own()).acknowledgedBy, owner)
  assert.equal(JSON.stringify(await world.entries()).includes(person), false)
})
