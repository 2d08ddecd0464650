/**
 * Child of break-glass-kill.test.ts: breaks the glass for a patient, and is killed the moment that patient was looked up,
 * before or while the opening is written. Arguments: the home folder; `before` or `during`.
 */
import { setImmediate as soon } from 'node:timers/promises'
import type { OdsCode, PurposeId, SubjectId } from '#kernel'
import { breakGlass } from '#node'
import { analyst, openWorld, validation } from '../world.ts'

const [home, when] = process.argv.slice(2)
const world = await openWorld({ home: home!, patients: 12 })
const tenant = world.tenant()
const { gate } = tenant
const patient = { controller: tenant.profile.controller as OdsCode, patientId: world.rows().Patient[3]!.personId! }

async function findPerson(...asked: Parameters<typeof gate.findPerson>) {
  const found = await gate.findPerson(...asked)
  if (when === 'before') process.kill(process.pid, 'SIGKILL')
  else void soon().then(() => process.kill(process.pid, 'SIGKILL'))
  return found
}

const watched = { ...tenant, gate: { ...gate, findPerson } as typeof gate }
await breakGlass(watched, { by: analyst as SubjectId, purpose: validation as PurposeId, patient, reason: 'a test' })
await soon()
