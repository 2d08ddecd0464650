import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PurposeId } from '#kernel'
import { ask, openWorld, validation, validator } from '../../test/world.ts'
import type { EditRequest } from './edit.ts'

const terms = { owner: 'patient administration system', pendingMs: 3_600_000, counted: true, undo: true }

test('smoke', async () => {
  await using world = await openWorld({ patients: 20 })
  const level = 'identifiable' as const
  await world.grant(validator, 'PatientPathway', {
    ...{ action: 'edit', level, purpose: validation as PurposeId, columns: ['pathwayStatus'] },
  })
  await using session = await world.session(validator, validation)
  const id = world.rows().PatientPathway[3]!.pathwayId!
  const request: EditRequest<'it', string> = {
    about: { action: 'close', version: 1 },
    reads: { it: { object: 'PatientPathway', level, keys: [id], columns: ['pathwayStatus'] } },
    writes: [{ object: 'PatientPathway', kind: 'modify', level, properties: ['pathwayStatus'], writeOnly: [] }],
    plan: ({ it }) =>
      it.has(id)
        ? { edits: [{ kind: 'modify', read: 'it', key: id, set: { pathwayStatus: 'Edited' } }] }
        : { invalid: 'no row' },
    terms,
    reason: null,
  }
  const result = await session.edit(request)
  console.log(result)
  const rows = await ask(session, {
    about: {},
    relations: { it: { object: 'PatientPathway', columns: ['pathwayId', 'pathwayStatus', 'patientName'], level } },
    person: 'it',
    build: ({ it }) => ({ ...it, parts: ['SELECT * EXCLUDE (_order) FROM ', ...it.parts, ' ORDER BY _order'] }),
  })
  console.log(rows.slice(0, 5), rows.length)
  console.log((await world.entries()).slice(-6).map((e) => [e.type, JSON.stringify(e.governance)]))
})
