import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { replayReads, workLog } from '#audit'
import type { Level } from '#governance'
import { type PurposeId, sql } from '#kernel'
import {
  analyst,
  ask,
  errorOf,
  openWorld,
  planning,
  type Record_,
  validation,
  validator,
  visible,
  type World,
} from '../../test/world.ts'
import type { EditRequest, EditResult } from './edit.ts'
import type { Session } from './session.ts'

const terms = { owner: 'patient administration system', pendingMs: 3_600_000, counted: true, undo: true }
const identifiable = 'identifiable' as const

/** Sets properties of one pathway; `seen` are the columns that the action names beside. */
function setting(key: string, set: Record<string, string | null>, change: Change = {}): EditRequest<'it', string> {
  const { level = identifiable, object = 'PatientPathway', seen = [], writeOnly = [], action = 'close' } = change
  const properties = Object.keys(set)
  const columns = [...seen, ...properties.filter((name) => !writeOnly.includes(name))]
  return {
    about: { action, version: 1 },
    reads: { it: { object, level, keys: [key], columns } },
    writes: [{ object, kind: 'modify', level, properties, writeOnly }],
    plan: ({ it }) =>
      it.has(key) ? { edits: [{ kind: 'modify', read: 'it', key, set }] } : { invalid: 'there is no such record' },
    ...{ terms, reason: 'a test' },
    ...(change.expected === undefined ? {} : { expected: change.expected as never }),
    justification: 'a test',
  }
}

interface Change {
  readonly level?: Level
  readonly object?: string
  readonly seen?: readonly string[]
  readonly writeOnly?: readonly string[]
  readonly action?: string
  readonly expected?: number
}

function creating(of: string, set: Record<string, string | null>, id?: string): EditRequest<'it', string> {
  return {
    about: { action: 'note', version: 1 },
    reads: { it: { object: 'PatientPathway', level: identifiable, keys: [of], columns: [] } },
    writes: [
      {
        ...{ object: 'ChangeLogRequest', kind: 'create', level: identifiable, writeOnly: ['changeLogId'] },
        properties: ['changeLogId', ...Object.keys(set)],
      },
    ],
    plan: ({ it }, mint) =>
      it.has(of)
        ? {
            edits: [
              {
                ...{ kind: 'create', object: 'ChangeLogRequest', id: id ?? mint(), minted: id === undefined, set },
                of: { read: 'it', key: of },
              },
            ],
          }
        : { invalid: 'there is no such record' },
    ...{ terms, reason: null },
  }
}

async function pathways(session: Session, columns: readonly string[], level: Level = identifiable) {
  return await read(session, 'PatientPathway', columns, level)
}

async function read(session: Session, object: string, columns: readonly string[], level: Level = identifiable) {
  const question = {
    ...({ about: {}, person: 'it', justification: 'a test' } as const),
    relations: { it: { object, columns, level } },
    build: ({ it }: { it: Parameters<typeof sql>[1] }) =>
      sql`SELECT * EXCLUDE ("_order") FROM ${it!} ORDER BY "_order"`,
  }
  return await ask(session, question as never)
}

const byKey = (rows: readonly Record_[], key: string) => new Map(rows.map((row) => [row[key] as string, row]))
const applied = (result: EditResult<string>) => {
  assert.equal(result.outcome, 'applied', JSON.stringify(result))
  return result as Extract<typeof result, { outcome: 'applied' }>
}

describe('an edit', () => {
  let world: World
  let session: Session
  let ids: readonly string[]
  before(async () => {
    world = await openWorld({ patients: 24 })
    ids = world.rows().PatientPathway.map(({ pathwayId }) => pathwayId!)
    session = await world.session(validator, validation)
  })
  after(async () => world[Symbol.asyncDispose]())
  const grantEdit = (columns: readonly string[], change: object = {}) =>
    world.grant(validator, 'PatientPathway', {
      ...{ action: 'edit', level: identifiable, purpose: validation as PurposeId, columns: [...columns] },
      ...change,
    })

  test('is refused without a grant to edit, though the row may be read, and says why in the ledger only', async () => {
    const from = world.tenant().ledger.size
    const error = await errorOf(() => session.edit(setting(ids[0]!, { pathwayStatus: 'X' })))
    assert.equal(error.code, 'FDP_GATE_NOT_AVAILABLE')
    const nothing = await errorOf(() => session.describe('Encounter'))
    assert.deepEqual(visible(error), visible(nothing))
    const refused = (await world.entries(from)).filter(({ type }) => type === 'read.refused')
    assert.deepEqual(
      refused[0]?.governance.reasons,
      ['no-grant'].concat([]).map(() => 'grant-action'),
    )
    assert.equal(refused[0]?.governance.action, 'edit')
    assert.ok(!(await world.entries(from)).some(({ type }) => type === 'action.applied'))
  })

  test('is refused for a column outside the grant, for one that its actor cannot read, and at another level', async () => {
    await grantEdit(['pathwayStatus', 'treatmentFunctionCode', 'intendedProcedureDescription'])
    for (const set of [{ referralReceivedDate: '2026-01-01' }, { pathwayStatus: 'X', siteId: 'S1' }]) {
      const error = await errorOf(() => session.edit(setting(ids[0]!, set as never)))
      assert.equal(error.code, 'FDP_GATE_NOT_AVAILABLE')
    }
    const level = 'pseudonymised' as const
    const error = await errorOf(() => session.edit(setting(ids[0]!, { pathwayStatus: 'X' }, { level })))
    assert.equal(error.code, 'FDP_GATE_NOT_AVAILABLE')
    const clerk = await world.hire()
    await world.grant(clerk, 'PatientPathway', {
      ...{ level: identifiable, purpose: validation as PurposeId, columns: ['pathwayId', 'pathwayStatus'] },
    })
    await world.grant(clerk, 'PatientPathway', {
      ...{ action: 'edit', level: identifiable, purpose: validation as PurposeId },
      columns: ['pathwayStatus', 'treatmentFunctionCode'],
    })
    await using theirs = await world.session(clerk, validation)
    const hidden = await errorOf(() => theirs.edit(setting(ids[0]!, { treatmentFunctionCode: '999' })))
    assert.equal(hidden.code, 'FDP_GATE_NOT_AVAILABLE')
    const tested = setting(ids[0]!, { pathwayStatus: 'X' }, { seen: ['treatmentFunctionCode'] })
    assert.equal((await errorOf(() => theirs.edit(tested))).code, 'FDP_GATE_NOT_AVAILABLE')
    const blind = setting(ids[1]!, { treatmentFunctionCode: '999' }, { writeOnly: ['treatmentFunctionCode'] })
    applied(await theirs.edit(blind))
  })

  test('of a row that does not exist is what an edit of a hidden row is', async () => {
    const clerk = await world.hire()
    const where = [{ property: 'pathwayStatus', in: ['Closed'] }]
    const rows = { controllers: 'all' as const, where }
    const scope = { level: identifiable, purpose: validation as PurposeId, rows }
    await world.grant(clerk, 'PatientPathway', { ...scope, columns: ['pathwayId', 'pathwayStatus', 'siteId'] })
    await world.grant(clerk, 'PatientPathway', { ...scope, action: 'edit', columns: ['pathwayStatus', 'siteId'] })
    await using theirs = await world.session(clerk, validation)
    const open = world.rows().PatientPathway.find(({ pathwayStatus }) => pathwayStatus === 'Open')!.pathwayId!
    const closed = world.rows().PatientPathway.find(({ pathwayStatus }) => pathwayStatus === 'Closed')!.pathwayId!
    const hidden = await theirs.edit(setting(open, { siteId: 'S9' }))
    assert.deepEqual(hidden, await theirs.edit(setting('PW-NOBODYS', { siteId: 'S9' })))
    assert.deepEqual(hidden, { outcome: 'invalid', why: 'there is no such record' })
    const moved = await errorOf(() => theirs.edit(setting(closed, { pathwayStatus: 'Open' })))
    assert.equal(moved.code, 'FDP_GATE_NOT_AVAILABLE', 'a row is not moved out of what the grant is about')
    applied(await theirs.edit(setting(closed, { siteId: 'S9' })))
  })

  test('is seen by everybody from the next read on, and its text in nothing but details that can be erased', async () => {
    const key = ids[2]!
    const set = { pathwayStatus: 'Edited', intendedProcedureDescription: 'Talked with Canaryedit at length' }
    const { entry, edits } = applied(await session.edit(setting(key, set)))
    assert.deepEqual(edits, [{ kind: 'modify', object: 'PatientPathway', primaryKey: key }])
    const seen = byKey(await pathways(session, ['pathwayId', ...Object.keys(set), 'patientName']), 'pathwayId')
    assert.equal(seen.size, ids.length)
    assert.equal(seen.get(key)?.pathwayStatus, 'Edited')
    assert.equal(seen.get(key)?.intendedProcedureDescription, set.intendedProcedureDescription)
    assert.match(String(seen.get(key)?.patientName), /Canaryhurst/)
    await using planner = await world.session(analyst, planning)
    const tokens = await pathways(planner, ['pathwayId', 'pathwayStatus'], 'pseudonymised')
    assert.equal(tokens.filter(({ pathwayStatus }) => pathwayStatus === 'Edited').length, 1)
    const { governance } = await world.tenant().ledger.entry(entry)
    assert.doesNotMatch(JSON.stringify(governance), /Edited|Canary|PW-/)
    const detail = await world.tenant().ledger.detail(entry)
    assert.ok(detail.state === 'present' && JSON.stringify(detail.detail).includes('Canaryedit'))
  })

  test('is shown as of an entry: a page that began before it does not change under the reader', async () => {
    const asOf = session.now()
    applied(await session.edit(setting(ids[4]!, { pathwayStatus: 'Later' })))
    const rows = async (pinned?: typeof asOf) =>
      (
        await ask(session, {
          ...{ about: {}, person: 'it', ...(pinned === undefined ? {} : { asOf: pinned }) },
          relations: { it: { object: 'PatientPathway', columns: ['pathwayStatus'], level: identifiable } },
          build: ({ it }) => sql`SELECT "pathwayStatus", "_person" FROM ${it!} WHERE "pathwayStatus" = 'Later'`,
        })
      ).length
    assert.equal(await rows(asOf), 0)
    assert.equal(await rows(), 1)
  })

  test('in the way of another is a conflict, told by a property that its actor reads', async () => {
    const key = ids[5]!
    const first = applied(await session.edit(setting(key, { pathwayStatus: 'One' })))
    const again = await errorOf(() => session.edit(setting(key, { pathwayStatus: 'Two' }, { action: 'reopen' })))
    assert.equal(again.code, 'FDP_GATE_CONFLICT')
    assert.match(again.message, /`pathwayStatus` of this PatientPathway/)
    const stale = setting(key, { pathwayStatus: 'Two' }, { expected: first.entry - 1 })
    assert.equal((await errorOf(() => session.edit(stale))).code, 'FDP_GATE_CONFLICT')
    const blind = setting(key, { pathwayStatus: 'Two' }, { writeOnly: ['pathwayStatus'], action: 'reopen' })
    assert.doesNotMatch((await errorOf(() => session.edit(blind))).message, /pathwayStatus/)
    applied(await session.edit(setting(key, { pathwayStatus: 'Two' }, { expected: first.entry })))
    applied(await session.edit(setting(key, { treatmentFunctionCode: '110' }, { action: 'reopen' })))
  })

  test('makes records where nobody published any, with the patient and the controller of what they belong to', async () => {
    const set = {
      newValue: 'Canaryvalue',
      propertyToModify: 'pathwayStatus',
      resolved: 'false',
      timestamp: '2026-11-22T10:00:00.000Z',
    }
    const { edits } = applied(await session.edit(creating(ids[6]!, set)))
    const id = edits[0]!.primaryKey
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4/)
    const rows = await read(session, 'ChangeLogRequest', ['changeLogId', ...Object.keys(set), 'closedAt'])
    assert.deepEqual(rows, [
      { ...set, changeLogId: id, resolved: false, timestamp: '2026-11-22T10:00:00.000Z', closedAt: null },
    ])
    const twice = await errorOf(() => session.edit(creating(ids[7]!, set, id)))
    assert.equal(twice.code, 'FDP_GATE_CONFLICT')
    assert.doesNotMatch(twice.message, /ChangeLogRequest|[0-9a-f]{8}/)
  })

  test('that is undone, or withdrawn, is shown no more; what happened since stands in the way', async () => {
    const key = ids[8]!
    const before = byKey(await pathways(session, ['pathwayId', 'pathwayStatus']), 'pathwayId').get(key)
    const first = applied(await session.edit(setting(key, { pathwayStatus: 'One' })))
    const second = applied(await session.edit(setting(key, { pathwayStatus: 'Two' })))
    assert.equal((await errorOf(() => session.undo(first.entry, 'a test'))).code, 'FDP_GATE_CONFLICT')
    assert.equal((await errorOf(() => session.undo(second.entry, ' '))).code, 'FDP_GATE_EDIT_REASON')
    await using planner = await world.session(analyst, planning)
    assert.equal((await errorOf(() => planner.undo(second.entry, 'a test'))).code, 'FDP_GATE_NOT_AVAILABLE')
    await session.undo(second.entry, 'a test')
    const line = (await session.edits()).find(({ primaryKey }) => primaryKey === key)!
    assert.deepEqual(line.values, { pathwayStatus: { before: before?.pathwayStatus, after: 'One' } })
    assert.deepEqual([line.state, line.owner, line.counted], ['pending', terms.owner, true])
    await session.decideEdit(line.id, 'withdraw', 'a test')
    const now = byKey(await pathways(session, ['pathwayId', 'pathwayStatus']), 'pathwayId').get(key)
    assert.deepEqual(now, before)
    assert.ok(!(await session.edits()).some(({ primaryKey }) => primaryKey === key))
  })

  test('counts in figures before its source has it where its action says so, and nowhere else', async () => {
    const set = { pathwayStatus: 'Uncounted' }
    await session.edit({ ...setting(ids[9]!, set), terms: { ...terms, counted: false } })
    await session.edit(setting(ids[10]!, { pathwayStatus: 'Counted' }))
    const found = async (edits: 'shown' | 'counted') =>
      await ask(session, {
        ...{ about: {}, person: 'it', edits },
        relations: { it: { object: 'PatientPathway', columns: ['pathwayStatus'], level: identifiable } },
        build: ({ it }) => sql`SELECT "pathwayStatus", "_person" FROM ${it!} WHERE "pathwayStatus" LIKE '%ounted'
          ORDER BY "pathwayStatus"`,
      } as const)
    const statuses = (rows: readonly Record_[]) => rows.map(({ pathwayStatus }) => pathwayStatus)
    assert.deepEqual(statuses(await found('shown')), ['Counted', 'Uncounted'])
    assert.deepEqual(statuses(await found('counted')), ['Counted'])
  })

  test('is shown no more once its detail is erased, as of no moment', async () => {
    const { entry } = applied(await session.edit(setting(ids[11]!, { pathwayStatus: 'Erased' })))
    const asOf = session.now()
    await world.tenant().ledger.eraseDetail(entry, 'a test')
    const rows = await ask(session, {
      ...{ about: {}, person: 'it', asOf },
      relations: { it: { object: 'PatientPathway', columns: ['pathwayStatus'], level: identifiable } },
      build: ({ it }) => sql`SELECT "pathwayStatus", "_person" FROM ${it!} WHERE "pathwayStatus" = 'Erased'`,
    })
    assert.deepEqual(rows, [])
  })

  test('stands in the log of what people did', async () => {
    const { ledger, governance } = world.tenant()
    const lines = await workLog(() => ledger.entries(), governance.state(), { person: validator })
    const line = lines.find(({ did }) => did === 'edited')
    assert.deepEqual([line?.object, line?.rows, line?.says], ['PatientPathway', 1, 'close'])
  })

  test('is the same after the node was opened again, and the ledger decides everything the same again', async () => {
    const columns = ['pathwayId', 'pathwayStatus', 'treatmentFunctionCode', 'intendedProcedureDescription']
    const before = [
      await pathways(session, columns),
      await read(session, 'ChangeLogRequest', ['changeLogId', 'newValue']),
    ]
    const open = await session.edits()
    await session.close()
    await world.node.close()
    await using again = await openWorld({ home: world.home, patients: 24 })
    await using same = await again.session(validator, validation)
    const now = [await pathways(same, columns), await read(same, 'ChangeLogRequest', ['changeLogId', 'newValue'])]
    assert.deepEqual(now, before)
    assert.deepEqual(await same.edits(), open)
    const { ledger, governance, profile } = again.tenant()
    const report = await replayReads(ledger, profile.id, governance.policies)
    assert.deepEqual([report.findings, report.undecided], [[], []])
  })
})
