import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { auditLeases, replayReads } from '#audit'
import type { EditRequest, EditWrite, PlannedEdit, Session } from '#gate'
import { type PurposeId, type Sql, seededRandom, sql } from '#kernel'
import { coarseText } from '#privacy'
import { ask, errorOf, openWorld, type Record_, validation, validator, visible, type World } from '../world.ts'
import { beyondCare, optOut } from '../world-opt-outs.ts'
import type { Row } from '../world-rows.ts'

/* What actions edit, attacked: what others see of it, who may, and what an edit may tell. */

const columns = ['surname', 'dateOfBirth', 'postcode', 'sex', 'phoneNumber'] as const
const random = seededRandom('edits')
const pick = <T>(all: readonly T[]): T => all[random.bytes(1)[0]! % all.length]!
let world: World
let session: Session
/** The patients as they should be. */
const now = new Map<string, Row>()
const made: { readonly patient: string; readonly status: string }[] = []

type Set = Readonly<Record<string, string | null>>
function editing(object: string, keys: readonly string[], plan: readonly PlannedEdit[], action = 'put-right') {
  const level = 'identifiable' as const
  const modified = plan.flatMap((edit) => (edit.kind === 'modify' ? Object.keys(edit.set) : []))
  const created = plan.filter((edit) => edit.kind === 'create')
  const request: EditRequest<'it', string> = {
    about: { action, version: 1 },
    reads: { it: { object, level, keys, columns: [...new Set(modified)] } },
    writes: [
      ...(modified.length > 0 ? [writing('modify', object, [...new Set(modified)])] : []),
      ...(plan.some(({ kind }) => kind === 'delete') ? [writing('delete', object, [])] : []),
      ...created.map((edit) => writing('create', edit.object, ['pathwayId', ...Object.keys(edit.set)])),
    ],
    plan: ({ it }) => (keys.every((key) => it.has(key)) ? { edits: plan as never } : { invalid: 'not there' }),
    terms: { owner: 'patient administration system', pendingMs: 3_600_000, counted: true, undo: true },
    reason: null,
  }
  return request
}

function writing(kind: EditWrite['kind'], object: string, properties: readonly string[]): EditWrite {
  return { kind, object, level: 'identifiable', properties, writeOnly: kind === 'create' ? ['pathwayId'] : [] }
}

before(async () => {
  world = await openWorld({ patients: 30 })
  const grant = { action: 'edit', level: 'identifiable', purpose: validation as PurposeId } as const
  await world.grant(validator, 'Patient', { ...grant, columns: ['personId', ...columns] })
  await world.grant(validator, 'PatientPathway', { ...grant, columns: ['pathwayId', 'patientId', 'pathwayStatus'] })
  session = await world.session(validator, validation)
  for (const row of world.rows().Patient) now.set(row.personId!, row)
  const people = [...now.keys()]
  for (let i = 0; i < 40; i++) {
    const key = pick(people)
    const set: Record<string, string | null> = {}
    for (const name of columns) if (random.bytes(1)[0]! > 128) set[name] = valueFor(name)
    if (Object.keys(set).length === 0) continue
    await session.edit(editing('Patient', [key], [{ kind: 'modify', read: 'it', key, set }]))
    now.set(key, { ...now.get(key)!, ...(set as Row) })
  }
  for (const key of people.slice(0, 2)) {
    await session.edit(editing('Patient', [key], [{ kind: 'delete', read: 'it', key }]))
    now.delete(key)
  }
  for (const key of people.slice(2, 6)) {
    const set: Set = { patientId: key, pathwayStatus: `Made for ${made.length}` }
    const edit = { kind: 'create', object: 'PatientPathway', id: `made-${made.length}`, minted: true, set } as const
    await session.edit(editing('Patient', [key], [{ ...edit, of: { read: 'it', key } }]))
    made.push({ patient: key, status: set.pathwayStatus! })
  }
})
after(() => world[Symbol.asyncDispose]())

function valueFor(name: (typeof columns)[number]): string | null {
  if (name === 'sex') return pick(['Female', 'Male', 'Indeterminate', null])
  if (name === 'dateOfBirth') return pick(['1901-02-03', '1950-06-07', '2020-12-31'])
  if (name === 'postcode') return pick(['ZZ99 3WZ', 'AB1 2CD', 'not one', null])
  return `Canaryedit${random.bytes(1)[0]}`
}

async function read(of: Session, object: string, names: readonly string[], level: 'identifiable' | 'pseudonymised') {
  const build = ({ it }: { readonly it: Sql }) => sql`SELECT * EXCLUDE ("_order") FROM ${it} ORDER BY "_order"`
  const relations = { it: { object, columns: names, level } }
  return await ask(of, { about: {}, relations, person: 'it', build: build as never })
}

const sorted = (rows: readonly Record_[]) => rows.map((row) => JSON.stringify(row)).sort()
const wholeNow = () =>
  [...now.values()].map((row) => ({
    ...Object.fromEntries(['personId', ...columns].map((name) => [name, row[name] ?? null])),
  }))
const coarse = (row: Row) => ({
  dateOfBirth: coarseText('birth-year', row.dateOfBirth ?? null, world.today),
  postcode: coarseText('outward-code', row.postcode ?? null, world.today),
  sex: row.sex ?? null,
})
const openTo = async (who: { person: string; purpose: string }) => await world.session(who.person, who.purpose)

test('the rows with their edits are what patching them one by one gives, with names and without', async () => {
  assert.deepEqual(sorted(await read(session, 'Patient', ['personId', ...columns], 'identifiable')), sorted(wholeNow()))
  const research = await beyondCare(world, {
    ...{ id: 'evaluate-edits', purpose: { class: 'direct-care-support' }, level: 'pseudonymised' },
  })
  await using theirs = await openTo(research)
  const tokens = await read(theirs, 'Patient', ['dateOfBirth', 'postcode', 'sex'], 'pseudonymised')
  assert.deepEqual(sorted(tokens), sorted([...now.values()].map(coarse)))
})

test('row scopes hold for rows as they are now, and a record that an action made is of the patient it was made for', async () => {
  const scoped = await beyondCare(world, {
    ...{ id: 'scoped-edits', purpose: { class: 'direct-care-support' }, level: 'pseudonymised' },
    ...{ objects: ['Patient'], rows: { controllers: 'all', where: [{ property: 'sex', in: ['Indeterminate'] }] } },
  })
  await using theirs = await openTo(scoped)
  const seen = await read(theirs, 'Patient', ['sex', 'postcode', 'dateOfBirth'], 'pseudonymised')
  const expected = [...now.values()].filter(({ sex }) => sex === 'Indeterminate').map(coarse)
  assert.ok(expected.length > 0)
  const order = (rows: readonly Record_[]) =>
    sorted(rows.map(({ dateOfBirth, postcode, sex }) => ({ dateOfBirth, postcode, sex })))
  assert.deepEqual(order(seen), order(expected))
  const pathways = await read(session, 'PatientPathway', ['patientId', 'pathwayStatus'], 'identifiable')
  for (const { patient, status } of made) {
    assert.ok(pathways.some(({ patientId, pathwayStatus }) => patientId === patient && pathwayStatus === status))
  }
  assert.equal(pathways.length, 30 + made.length)
})

test('people who said no are not there, by their source’s rows, by edited ones, nor by records that actions made', async () => {
  const gone = [made[0]!.patient, made[1]!.patient]
  const patients = world.rows().Patient.filter(({ personId }) => gone.includes(personId!))
  await optOut(world, patients)
  const who = await beyondCare(world, {
    ...{ id: 'research-edits', purpose: { class: 'research', commonLaw: 's251-reg5' }, level: 'pseudonymised' },
  })
  await using theirs = await openTo(who)
  const tokens = await read(theirs, 'Patient', ['dateOfBirth', 'postcode', 'sex'], 'pseudonymised')
  const left = [...now.values()].filter(({ personId }) => !gone.includes(personId!))
  assert.deepEqual(sorted(tokens), sorted(left.map(coarse)))
  const pathways = await read(theirs, 'PatientPathway', ['pathwayStatus'], 'pseudonymised')
  const statuses = pathways.map(({ pathwayStatus }) => String(pathwayStatus)).filter((each) => each.startsWith('Made'))
  assert.deepEqual(
    statuses.sort(),
    made
      .slice(2)
      .map(({ status }) => status)
      .sort(),
  )
})

test('an edit tells nothing of rows that whoever edits may not see: neither that they are there, nor what is in them', async () => {
  const narrow = await world.hire()
  const rows = { controllers: 'all' as const, where: [{ property: 'sex', in: ['Female'] }] }
  const scope = { level: 'identifiable' as const, purpose: validation as PurposeId, rows }
  await world.grant(narrow, 'Patient', { ...scope, columns: ['personId', 'sex', 'phoneNumber'] })
  await world.grant(narrow, 'Patient', { ...scope, action: 'edit', columns: ['phoneNumber', 'surname'] })
  await using theirs = await world.session(narrow, validation)
  const hidden = [...now.values()].find(({ sex }) => sex === 'Male')!.personId!
  const one = (key: string, set: Set) =>
    theirs.edit(editing('Patient', [key], [{ kind: 'modify', read: 'it', key, set }]))
  const deleted = world.rows().Patient[0]!.personId!
  for (const set of [{ phoneNumber: 'x' }, { phoneNumber: null }]) {
    const unknown = await one('NOBODY', set)
    assert.deepEqual(await one(hidden, set), unknown)
    assert.deepEqual(await one(deleted, set), unknown)
  }
  const unread = await errorOf(() => one(hidden, { surname: 'x' }))
  assert.deepEqual(visible(unread), visible(await errorOf(() => one('NOBODY', { surname: 'x' }))))
})

test('no right, no edit: neither a grant to read nor one that has gone lets anybody edit', async () => {
  const clerk = await world.hire()
  await world.grant(clerk, 'Patient', { level: 'identifiable', purpose: validation as PurposeId })
  const edit = { action: 'edit', level: 'identifiable', purpose: validation as PurposeId } as const
  const id = await world.grant(clerk, 'Patient', { ...edit, columns: ['phoneNumber'] })
  await using theirs = await world.session(clerk, validation)
  const key = [...now.keys()].at(-1)!
  const one = () =>
    theirs.edit(editing('Patient', [key], [{ kind: 'modify', read: 'it', key, set: { phoneNumber: 'one' } }]))
  assert.equal((await one()).outcome, 'applied')
  await world.revoke(id)
  const error = await errorOf(one)
  assert.equal(error.code, 'FDP_GATE_NOT_AVAILABLE')
  assert.deepEqual(visible(error), visible(await errorOf(() => theirs.describe('Encounter'))))
})

test('every edit and every refusal is decided again as it was, and every lease has its entry', async () => {
  const { ledger, lake, vault, governance, profile } = world.tenant()
  const { findings, undecided } = await replayReads(ledger, profile.id, governance.policies)
  assert.deepEqual([findings, undecided], [[], []])
  const leases = await auditLeases({ ledger, lake, vault })
  assert.deepEqual([leases.leasesWithoutEntry, leases.readsWithoutLease], [[], []])
})
