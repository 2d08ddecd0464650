/**
 * Staff who are patients: nobody opens their own record as staff, and a colleague's can be looked into afterwards.
 *
 * Tried here: through the gate of a node as it really is, once an officer has recorded who of the staff is a patient; and
 * after the detail of that record was erased.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signAudit } from '#audit'
import { parseSubjectId } from '#kernel'
import { auditOf } from '#node'
import { questionOf } from '#ontology'
import { ask, guardian, manager, openWorld, validation, validator } from '../world.ts'

test('a validator does not see her own record; a colleague’s leaves with a mark in the entry', async () => {
  await using world = await openWorld({ patients: 12 })
  const tenant = world.tenant()
  const patients = world.rows().Patient
  const question = questionOf({ object: 'Patient', select: ['personId'], limit: 100 })
  const link = async (subject: string, row: number) => {
    const where = { controller: tenant.profile.controller, patientId: patients[row]!.personId! }
    const by = { subject: parseSubjectId(guardian), purpose: validation as never }
    const person = await tenant.gate.findPerson(by, where)
    const body = { by: parseSubjectId(guardian), subject: parseSubjectId(subject) }
    return await signAudit(auditOf(tenant), 'audit.staff-linked', body, { persons: [person!] })
  }
  const own = await link(validator, 0)
  await link(manager, 1)
  const seen = async () => {
    await using session = await world.session(validator, validation)
    return (await ask(session, question)).map(({ personId }) => personId)
  }
  const ids = await seen()
  assert.equal(ids.length, 11)
  assert.ok(!ids.includes(patients[0]!.personId))
  assert.ok(ids.includes(patients[1]!.personId))
  const ends = (await world.entries()).filter(({ type }) => type === 'read.completed')
  assert.equal(ends.at(-1)?.governance.colleagues, 1)
  await tenant.ledger.eraseDetail(own.index, 'the link was wrong')
  assert.equal((await seen()).length, 12)
})
