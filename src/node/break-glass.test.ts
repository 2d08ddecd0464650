import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { PersonAsked } from '#gate'
import type { OdsCode, PurposeId, SubjectId } from '#kernel'
import { questionOf } from '#ontology'
import { analyst, ask, openWorld, validation, type World } from '../../test/world.ts'
import { breakGlass } from './break-glass.ts'

let world: World
before(async () => {
  world = await openWorld({ patients: 12 })
})
after(() => world[Symbol.asyncDispose]())

const by = analyst as SubjectId
const purpose = validation as PurposeId
const names = questionOf({ object: 'Patient', select: ['surname'], limit: 100 })

function patient(n: number): PersonAsked {
  const { controller } = world.tenant().profile
  return { controller: controller as OdsCode, patientId: world.rows().Patient[n]!.personId! }
}

test('one patient is open at once, and nobody else', async () => {
  await breakGlass(world.tenant(), { by, purpose, patient: patient(3), reason: 'unconscious' })
  await using session = await world.session(analyst, validation)
  assert.deepEqual(await ask(session, names), [{ surname: world.rows().Patient[3]!.surname }])
})
