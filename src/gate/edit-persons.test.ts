import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyAction } from '#actions'
import { auditLeases } from '#audit'
import { undoPersonLink } from '#flows'
import { type EntryIndex, ident, type OdsCode, type PurposeId, parseSubjectId, sql } from '#kernel'
import { products } from '../../test/products.ts'
import { manager, openWorld, validation, validator, type World } from '../../test/world.ts'

const actions = Object.fromEntries(products().flatMap((product) => Object.entries(product.actions)))

test('records that actions made follow the patient whom they are about, also those that belong to one another', async () => {
  await using world = await openWorld({ patients: 8, empty: true })
  const rows = world.rows()
  const [first, second] = rows.Patient
  // Taken for one person, by one number.
  const together = rows.Patient.map((row) => (row === second ? { ...row, nhsNumber: first!.nhsNumber! } : row))
  await world.submit('Patient', together)
  await world.submit('PatientPathway', rows.PatientPathway)
  const pathwayOf = (row: typeof first) =>
    rows.PatientPathway.find(({ patientId }) => patientId === row!.personId)!.pathwayId!
  const pathway = pathwayOf(second)
  await using session = await world.session(validator, validation)
  const act = async (id: string, parameters: Record<string, string>) => {
    const { applied } = await applyAction(session, actions[id]!, [parameters], { at: world.now() })
    return applied!.edits
  }
  const [request] = await act('request-pathway-change', {
    pathway,
    propertyToModify: 'pathwayStatus',
    newValue: 'Closed',
  })
  await act('validate-change', { request: request!.primaryKey, outcome: 'Validated', reason: 'a test' })
  const whose = async (of: World) => [
    await personsOf(of, 'PatientPathway', 'pathwayId', pathway),
    await personsOf(of, 'ChangeLogRequest', 'changeLogId', request!.primaryKey),
    await personsOf(of, 'ValidatedChangelog', 'changeLogId', request!.primaryKey),
  ]
  const one = await personsOf(world, 'PatientPathway', 'pathwayId', pathwayOf(first))
  assert.deepEqual(await whose(world), [one, one, one])
  const by = { subject: parseSubjectId(manager), purpose: 'data-intake' as PurposeId, reason: 'two people' }
  const { flows, gate, profile } = world.tenant()
  await undoPersonLink({ ...by, controller: profile.controller as OdsCode, patientId: second!.personId! }, flows)
  await gate.reconcileEdits()
  const apart = await whose(world)
  assert.notDeepEqual(apart[0], one)
  assert.deepEqual(apart, [apart[0], apart[0], apart[0]])
  await session.close()
  const { ledger, lake, vault } = world.tenant()
  assert.deepEqual((await auditLeases({ ledger, lake, vault })).leasesWithoutEntry, [])
  await world.node.close()
  await using again = await openWorld({ home: world.home, patients: 8 })
  assert.deepEqual(await whose(again), apart)
})

/** Whom the ledger has as the persons of a read of one record. */
async function personsOf(world: World, object: string, key: string, value: string) {
  await using session = await world.session(validator, validation)
  const read = await session.rows({
    ...{ about: {}, person: 'it' },
    relations: { it: { object, columns: [key], level: 'identifiable' } },
    build: ({ it }) => sql`SELECT "_person" FROM ${it!} WHERE ${ident(key)} = ${value}`,
  })
  for await (const _ of read.batches());
  return await world.tenant().ledger.persons((read.entry + 1) as EntryIndex)
}
