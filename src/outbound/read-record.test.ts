import assert from 'node:assert/strict'
import { test } from 'node:test'
import { objectType } from '#contracts'
import type { OdsCode } from '#kernel'
import { keySpace, recordKeyOf, recordKeySecrets } from '#privacy'
import { analyst, errorOf, openWorld, planning, validation, validator } from '../../test/world.ts'
import { parseOutboundMap } from './index.ts'
import { propertyOf } from './outbound-map.ts'
import { readRecord } from './read-record.ts'

const map = parseOutboundMap(
  'period',
  `format: openfdp/outbound-map
version: 1
object: RttPeriod
structure: ADT_A01
segments:
  - segment: ZZZ
    fields:
      "1": { from: clockStartDate }
      "2": { from: pathwayId.pathwayStatus }
      "3": { from: pathwayId.patientId.surname }
      "4": { from: patient.surname }
      "5": { from: patient.nhsNumber }
`,
)

test('a record is read with those that it leads to, in one read, or not at all', async () => {
  await using world = await openWorld({ patients: 4 })
  const { keys, profile } = world.tenant()
  const type = objectType('RttPeriod')
  const space = keySpace(type, propertyOf(type, type.primaryKey)!, profile.controller as OdsCode)
  const keyOf = (id: string) => recordKeyOf(space, id, recordKeySecrets(keys))
  const { RttPeriod, PatientPathway, Patient } = world.rows()
  const asked = (id: string) => ({ queue: 'pas', message: '1.0', key: keyOf(id), asOf: session.now() })
  await using session = await world.session(validator, validation)
  const id = RttPeriod[2]!.rttPeriodId!
  const from = world.tenant().ledger.size
  const { entry, values } = await readRecord(session, map, asked(id))
  assert.deepEqual(Object.fromEntries(values), {
    rttPeriodId: id,
    clockStartDate: RttPeriod[2]!.clockStartDate,
    'pathwayId.pathwayStatus': PatientPathway[2]!.pathwayStatus ?? null,
    'pathwayId.patientId.surname': Patient[2]!.surname,
    'patient.surname': Patient[2]!.surname,
    'patient.nhsNumber': Patient[2]!.nhsNumber,
  })
  const entries = await world.entries(from)
  assert.deepEqual(
    entries.map(({ index, type }) => [index, type]),
    [
      ...[
        [entry, 'read.opened'],
        [entry + 1, 'read.completed'],
      ],
    ],
  )
  const nobody = await errorOf(() => readRecord(session, map, asked('NO-SUCH')))
  assert.equal(nobody.code, 'FDP_OUTBOUND_NO_RECORD')
  // Rows without who they are about are no message.
  await using other = await world.session(analyst, planning)
  assert.equal((await errorOf(() => readRecord(other, map, asked(id)))).code, 'FDP_GATE_NOT_AVAILABLE')
})
