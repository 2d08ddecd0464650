import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { auditLeases } from '#audit'
import type { PurposeId } from '#kernel'
import { openWorld, validation, validator, type World } from '../../test/world.ts'
import type { EditRequest } from './edit.ts'
import type { EditLine } from './edit-listing.ts'
import type { Session } from './session.ts'

const terms = { owner: 'patient administration system', pendingMs: 3_600_000, counted: true, undo: true }

function setting(key: string, set: Record<string, string | null>): EditRequest<'it', string> {
  const level = 'identifiable' as const
  const properties = Object.keys(set)
  return {
    about: { action: 'close', version: 1 },
    reads: { it: { object: 'PatientPathway', level, keys: [key], columns: properties } },
    writes: [{ object: 'PatientPathway', kind: 'modify', level, properties, writeOnly: [] }],
    plan: () => ({ edits: [{ kind: 'modify', read: 'it', key, set }] }),
    ...{ terms, reason: 'Canaryreason' },
  }
}

describe('the source, when it is published again,', () => {
  let world: World
  let session: Session
  let ids: readonly string[]
  const rows = () => world.rows().PatientPathway
  const lineOf = async (key: string): Promise<EditLine | undefined> =>
    (await session.edits()).find(({ primaryKey }) => primaryKey === key)
  const publish = async (change: (row: Record<string, string>) => Record<string, string> | null, days: number) => {
    await world.submit(
      'PatientPathway',
      rows().flatMap((row) => {
        const changed = change({ ...row })
        return changed ? [changed] : []
      }),
      'alder-vale',
      days,
    )
    await world.tenant().gate.reconcileEdits()
  }
  before(async () => {
    world = await openWorld({ patients: 12 })
    ids = rows().map(({ pathwayId }) => pathwayId!)
    await world.grant(validator, 'PatientPathway', {
      ...{ action: 'edit', level: 'identifiable', purpose: validation as PurposeId },
      columns: ['pathwayStatus', 'intendedProcedureDescription'],
    })
    session = await world.session(validator, validation)
    for (const key of ids.slice(0, 5)) {
      const text = `Canaryedit of ${key}`
      await session.edit(setting(key, { pathwayStatus: 'Edited', intendedProcedureDescription: text }))
    }
  })
  after(async () => world[Symbol.asyncDispose]())

  test('settles what it has now, leaves what it does not have, and asks about what it has otherwise', async () => {
    await publish((row) => {
      const text = `Canaryedit of ${row.pathwayId}`
      if (row.pathwayId === ids[0]) return { ...row, pathwayStatus: 'Edited', intendedProcedureDescription: text }
      if (row.pathwayId === ids[1]) return { ...row, pathwayStatus: 'Edited' }
      if (row.pathwayId === ids[2]) return { ...row, pathwayStatus: 'Otherwise' }
      return row.pathwayId === ids[3] ? null : row
    }, 1)
    assert.equal(await lineOf(ids[0]!), undefined)
    const half = await lineOf(ids[1]!)
    assert.deepEqual([half?.state, Object.keys(half?.values ?? {})], ['pending', ['intendedProcedureDescription']])
    assert.equal((await lineOf(ids[2]!))?.state, 'differs')
    const gone = (await session.edits()).find(({ state }) => state === 'gone')
    assert.deepEqual([gone?.primaryKey, gone?.values], [null, {}])
    assert.equal((await lineOf(ids[4]!))?.state, 'pending')
  })

  test('never takes an edit away by itself: a person keeps or withdraws it, with a reason', async () => {
    const line = (await lineOf(ids[2]!))!
    await session.decideEdit(line.id, 'keep', 'a test')
    assert.equal((await lineOf(ids[2]!))?.state, 'kept')
    assert.equal((await lineOf(ids[2]!))?.values.pathwayStatus?.after, 'Edited')
    const gone = (await session.edits()).find(({ state }) => state === 'gone')!
    await session.decideEdit(gone.id, 'withdraw', 'a test')
    assert.ok(!(await session.edits()).some(({ state }) => state === 'gone'))
  })

  test('has what was settled, so that nothing changes for readers, and settles what it has later', async () => {
    await publish((row) => ({ ...row, pathwayStatus: 'Edited' }), 2)
    const lines = await session.edits()
    assert.ok(lines.every(({ values }) => !('pathwayStatus' in values)))
    await publish(
      (row) => ({ ...row, pathwayStatus: 'Edited', intendedProcedureDescription: `Canaryedit of ${row.pathwayId}` }),
      3,
    )
    assert.deepEqual(await session.edits(), [])
  })

  test('is leased under entries that say so', async () => {
    await session.close()
    const { ledger, lake, vault } = world.tenant()
    const { leasesWithoutEntry } = await auditLeases({ ledger, lake, vault })
    assert.deepEqual(leasesWithoutEntry, [])
  })

  test('and no text of an edit lies readable anywhere under the home folder', async () => {
    const files = readdirSync(world.home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const found = files.filter((entry) => {
      const bytes = readFileSync(join(entry.parentPath, entry.name))
      return ['Canaryedit', 'Canaryreason'].some((canary) => bytes.includes(canary))
    })
    assert.ok(files.length > 20)
    assert.deepEqual(found, [])
  })
})
