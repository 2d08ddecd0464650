/*
 * Erasing a person. The attack puts one patient, each value a canary, in every place that a node has: submissions of two
 * days, quarantine, a read that names them, an edit, copies sorted for pages, a backup. Then they are erased, and looked
 * for in every byte, and, since most bytes are encrypted, through every port.
 */
import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { auditLeases, replayReads } from '#audit'
import { eraseApproved, flowLog } from '#flows'
import type { Session } from '#gate'
import { type EntryIndex, joinSql, literal, type PurposeId, parseSubjectId, sql } from '#kernel'
import {
  approveErasure,
  backupTenant,
  type FdpNode,
  landedAt,
  openNode,
  orderErasure,
  placeHold,
  type Restored,
  restoreTenant,
  signAndAppend,
  signRecovery,
  type Tenant,
} from '#node'
import { questionOf } from '#ontology'
import { findCanaries } from '../canary.ts'
import { runOn } from '../command-line.ts'
import { adt } from '../message-dock.ts'
import { ask, errorOf, guardian, openWorld, owner, validation, validator, visible, type World } from '../world.ts'
import type { Row } from '../world-rows.ts'

const patients = 12
let world: World
let backups: string
let canary: Row
let canaries: string[]
let pathway: string
let person: string

const by = (name: string) => ({ by: parseSubjectId(name), purpose: validation as PurposeId })
const meant = () => ({ patient: { controller: world.tenant().profile.controller, patientId: canary.personId! } })
const order = (id: string, change: object = {}) =>
  orderErasure(world.tenant(), {
    ...{
      ...by(owner),
      ...meant(),
      id,
      ground: 'objection',
      later: 'keep-out',
      reason: `${canary.surname} asked for it`,
    },
    ...change,
  })

before(async () => {
  world = await openWorld({ patients, engine: ', sortedCopiesFromRows: 1' })
  backups = await mkdtemp(join(tmpdir(), 'openfdp-backups-'))
  const { Patient, PatientPathway, RttPeriod } = world.rows()
  canary = Patient[4]!
  pathway = PatientPathway[4]!.pathwayId!
  canaries = [canary.nhsNumber!, canary.surname!, canary.personId!, pathway, RttPeriod[4]!.rttPeriodId!]
  // The second day: somebody has gone from the file, and a row names the canary in a way that leads nowhere.
  await world.submit('Patient', Patient.slice(0, -1), undefined, 1)
  const astray = { ...RttPeriod[4]!, rttPeriodId: 'RP-ASTRAY-1', patientId: ` ${canary.personId!.toLowerCase()}` }
  const { rows } = await world.submit('RttPeriod', [...RttPeriod.slice(0, -1), astray], undefined, 1)
  assert.equal(rows.quarantined, 1)
  const landed = await landedAt(world.node, world.tenant(), 'pas')
  for (const { personId, nhsNumber, surname } of [canary, Patient[5]!]) {
    const told = { number: personId!, nhsNumber: nhsNumber!, name: surname!, visit: '' }
    await landed.store(adt({ ...told, event: 'A28', at: '20260131091500' }), 'ADT^A28', null)
  }
  await use(await world.session(validator, validation))
})

after(async () => {
  await world[Symbol.asyncDispose]()
  await rm(backups, { recursive: true, force: true })
})

/** A read that names them, pages that have copies made, an edit of a record of theirs, and a request of theirs. */
async function use(session: Session): Promise<void> {
  await using using_ = session
  const where = { type: 'eq', property: 'surname', value: canary.surname! } as const
  const found = await ask(using_, questionOf({ object: 'Patient', select: ['nhsNumber', 'surname'], where, limit: 5 }))
  assert.equal(found.length, 1)
  const who = { subject: parseSubjectId(validator), purpose: validation as PurposeId }
  person = (await world.tenant().gate.findPerson(who, { nhsNumber: canary.nhsNumber! }))!
  const pages = { object: 'RttPeriod', columns: ['statusCode'], sortedBy: '_order' }
  const page = { about: {}, person: 'it', relations: { it: pages } } as const
  const build = ({ it }: { it: Parameters<typeof sql>[1] }) => sql`SELECT "statusCode", "_person" FROM ${it!}`
  await ask(using_, { ...page, build } as never)
  await world.tenant().gate.settled()
  const columns = ['intendedProcedureDescription']
  const grant = { action: 'edit' as const, level: 'identifiable' as const, purpose: validation as PurposeId, columns }
  await world.grant(validator, 'PatientPathway', grant)
  const read = { object: 'PatientPathway', level: 'identifiable', keys: [pathway], columns } as const
  const edited = await using_.edit({
    ...{ about: { action: 'note', version: 1 }, reads: { it: read }, reason: null },
    writes: [{ object: 'PatientPathway', kind: 'modify', level: 'identifiable', properties: columns, writeOnly: [] }],
    plan: () => ({
      edits: [{ kind: 'modify', read: 'it', key: pathway, set: { [columns[0]!]: `Rang ${canary.surname} twice` } }],
    }),
    terms: { owner: 'pas', pendingMs: 3_600_000, counted: true, undo: true },
  } as never)
  assert.equal(edited.outcome, 'applied', JSON.stringify(edited))
}

const text = async (chunks: AsyncIterable<Uint8Array>) => {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all).toString('utf8')
}

/** Places in which a port, opened, gives a canary or the person's key. */
async function placesWith(tenant: Tenant = world.tenant(), node: FdpNode = world.node): Promise<string[]> {
  const { ledger, lake, vault, blobs, governance, folder, edits } = tenant
  const found = new Set<string>()
  const look = (place: string, what: string) => {
    const lower = what.toLowerCase()
    if (canaries.some((each) => lower.includes(each.toLowerCase()))) found.add(place)
  }
  const entry = (ledger.size - 1) as EntryIndex
  const named = governance.catalogue().namedManifests()
  for (const manifest of named.vault) {
    await using lease = await vault.lease(manifest, entry)
    for (const table of new Set(lease.version.segments.map((segment) => segment.table))) {
      const columns = lease.version.segments.find((segment) => segment.table === table)!.columns.map(({ name }) => name)
      for await (const block of lease.blocks(table, columns)) look('vault', block.columns.join(' '))
    }
  }
  await using engine = await openDuckdbEngine({ memoryLimitMb: 512, threads: 1, tempDirectory: null })
  const holdsPerson = async (files: readonly string[]) => {
    if (files.length === 0) return false
    const [row] =
      await engine.rows(sql`SELECT count(*) AS rows FROM read_parquet([${joinSql(files.map(literal), ', ')}],
      hive_partitioning = false, union_by_name = true) WHERE _person = ${BigInt(person)}`)
    return Number(row?.rows) > 0
  }
  for (const manifest of named.lake) {
    const { files } = await lake.version(manifest)
    if (await holdsPerson(files.map(({ path }) => join(folder, 'lake', path)))) found.add('lake')
  }
  const parquet = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.parquet'))
  for (const name of parquet)
    if (await holdsPerson([join(folder, name)])) found.add(name.startsWith('sorted') ? 'sorted' : 'lake')
  for await (const { id } of blobs.list()) look('blobs', await text(blobs.open(id)))
  const indices = Array.from({ length: ledger.size }, (_, i) => i)
  for await (const entry of ledger.entries()) look('ledger', JSON.stringify(entry))
  for await (const [, detail] of ledger.details(indices)) look('details', JSON.stringify(detail))
  const landed = await landedAt(node, tenant, 'pas').catch((error) => {
    assert.equal(error.code, 'FDP_MESSAGELOG_DAMAGED')
    assert.notEqual(tenant, world.tenant(), 'only where a part of it was not restored')
    return null
  })
  for await (const { message } of landed?.messages() ?? []) look('messages', Buffer.from(message).toString('utf8'))
  look('edits', JSON.stringify(edits.open.map(({ row }) => row?.after ?? null)))
  return [...found].sort()
}

test('the canary is in every place, and readable in none', async () => {
  assert.deepEqual(await placesWith(), ['blobs', 'details', 'edits', 'lake', 'messages', 'sorted', 'vault'])
  assert.deepEqual(await findCanaries(world.home, canaries), [])
})

/** A backup restored with keys as they were then, and what is found in it. */
async function restoredFrom<T>(
  backup: string,
  keys: string,
  look: (tenant: Tenant, restored: Restored, node: FdpNode) => Promise<T>,
) {
  const home = await mkdtemp(join(tmpdir(), 'openfdp-restored-'))
  try {
    await cp(join(world.home, 'fdp.yaml'), join(home, 'fdp.yaml'))
    const options = { keys: kept(keys), inPart: true }
    const restored = await restoreTenant(kept(backup), home, world.node.adapters, options)
    await using node = await openNode(home, world.node.adapters, [])
    return await look(node.tenant('alder-vale'), restored, node)
  } finally {
    await rm(home, { recursive: true })
  }
}

/** What is lost is refused, whoever asks, until its very file is sent once more; then another one is. */
async function loadedAgain(tenant: Tenant): Promise<void> {
  await signRecovery(tenant, { by: parseSubjectId(guardian), reason: 'the disk was lost', witnessed: 0 })
  await using session = await tenant.gate.open({ subject: parseSubjectId(validator), purpose: validation as PurposeId })
  const read = (object: string, column: string) => ask(session, questionOf({ object, select: [column], limit: 50 }))
  assert.equal((await errorOf(() => read('Patient', 'surname'))).code, 'FDP_GATE_DATA_LOST')
  const again = await world.submit('Patient', world.rows().Patient.slice(0, -1), undefined, 1, tenant)
  assert.deepEqual([again.outcome, again.repeated], ['published', false])
  assert.equal((await read('Patient', 'surname')).length, patients - 1)
  assert.equal((await errorOf(() => read('RttPeriod', 'statusCode'))).code, 'FDP_GATE_DATA_LOST')
}

const kept = (name: string) => join(backups, name)

test('a backup holds the canary in no byte; with its keys every place of it is there', async () => {
  await backupTenant(world.tenant(), kept('before'), kept('keys'), world.node.adapters)
  await cp(kept('keys'), kept('old-keys'), { recursive: true })
  assert.deepEqual(await findCanaries(kept('before'), canaries), [])
  await restoredFrom('before', 'keys', async (tenant, { lost }, node) => {
    assert.deepEqual(lost, [])
    assert.deepEqual(await placesWith(tenant, node), ['blobs', 'details', 'edits', 'lake', 'messages', 'vault'])
  })
})

test('refused: whoever orders does not approve, nobody without the duty does either, and the patient is named twice', async () => {
  await order('one')
  const own = await errorOf(() => approveErasure(world.tenant(), { ...by(owner), ...meant(), id: 'one' }))
  assert.match(own.message, /nobody approves their own order/)
  const clerk = await errorOf(() => approveErasure(world.tenant(), { ...by(validator), ...meant(), id: 'one' }))
  assert.equal(clerk.code, 'FDP_NODE_NOT_OFFICER')
  const nobody = await errorOf(() => approveErasure(world.tenant(), { ...by('nobody'), ...meant(), id: 'one' }))
  assert.equal(nobody.code, 'FDP_NODE_NOT_OFFICER')
  const other = { patient: { nhsNumber: world.rows().Patient[1]!.nhsNumber! } }
  const wrong = await errorOf(() => approveErasure(world.tenant(), { ...by(guardian), ...other, id: 'one' }))
  assert.equal(wrong.code, 'FDP_NODE_ERASURE_OTHER')
  const byClerk = await errorOf(() => order('clerks', by(validator)))
  assert.equal(byClerk.code, 'FDP_NODE_NOT_OFFICER')
  // Put into the ledger past the command, it is refused by the policies all the same.
  const forged = { version: 1, id: 'forged', by: validator, ground: 'objection', later: 'keep-out' }
  const { ledger, governance, flows } = world.tenant()
  await ledger.append({ type: 'governance.erasure-ordered', governance: forged, persons: [person] })
  await ledger.append({
    type: 'governance.erasure-approved',
    governance: { version: 1, erasure: 'forged', by: guardian },
  })
  assert.ok(governance.state().erasures.get('forged')?.approved)
  const [run] = await eraseApproved(flows)
  assert.deepEqual([run?.outcome, run?.reasons.length], ['refused', 1])
  for (const error of [own, clerk, nobody, wrong, byClerk])
    for (const each of canaries) assert.ok(!JSON.stringify(visible(error)).includes(each))
  const refusals = (await world.entries()).filter(({ type }) => type === 'signing.refused')
  assert.deepEqual(
    refusals.map(({ governance: { code } }) => code),
    ['FDP_NODE_ERASURE_REFUSED', 'FDP_NODE_NOT_OFFICER', 'FDP_NODE_NOT_OFFICER', 'FDP_NODE_NOT_OFFICER'],
  )
  assert.ok(
    (await world.entries()).every(({ type }) => type !== 'person.rows-erased'),
    'nothing was erased',
  )
})

test('refused: while a legal hold is on the person, or on object types of theirs; the refusal names it', async () => {
  const tenant = world.tenant()
  const other = { patient: { nhsNumber: world.rows().Patient[1]!.nhsNumber! } }
  await placeHold(tenant, { ...by(guardian), id: 'claim-8', reason: 'a claim', on: meant() })
  await placeHold(tenant, { ...by(guardian), id: 'claim-9', reason: 'a claim', on: other })
  await placeHold(tenant, { ...by(guardian), id: 'inquiry', reason: 'an inquiry', on: { objects: ['RttPeriod'] } })
  await placeHold(tenant, { ...by(guardian), id: 'stock', reason: 'an audit', on: { objects: ['Site'] } })
  const clerk = await errorOf(() =>
    placeHold(tenant, { ...by(validator), id: 'x', reason: 'none', on: { objects: ['RttPeriod'] } }),
  )
  assert.equal(clerk.code, 'FDP_NODE_NOT_OFFICER')
  const misspelt = { ...by(guardian), id: 'y', reason: 'none', on: { objects: ['RttPeriods'] } }
  assert.equal((await errorOf(() => placeHold(tenant, misspelt))).code, 'FDP_GOVERNANCE_OBJECT_UNKNOWN')
  const held = await errorOf(() => approveErasure(tenant, { ...by(guardian), ...meant(), id: 'one' }))
  assert.match(held.message, /a legal hold keeps these data; holds: inquiry, claim-8$/)
  await signAndAppend(tenant, 'governance.hold-lifted', { hold: 'inquiry', reason: 'over' }, parseSubjectId(owner))
  const still = await errorOf(() => approveErasure(tenant, { ...by(guardian), ...meant(), id: 'one' }))
  assert.match(still.message, /holds: claim-8$/)
  await signAndAppend(tenant, 'governance.hold-lifted', { hold: 'claim-8', reason: 'over' }, parseSubjectId(owner))
})

test('after erasure the canary is in no byte, behind no port, and in no backup made since', async () => {
  const tenant = world.tenant()
  const before = tenant.ledger.size
  await using reader = await world.session(validator, validation)
  const asOf = reader.now()
  const runs = await approveErasure(tenant, { ...by(guardian), ...meant(), id: 'one' })
  assert.deepEqual(
    runs.find(({ erasure }) => erasure === 'one'),
    { erasure: 'one', outcome: 'done', reasons: [] },
  )
  await tenant.gate.settled()
  assert.deepEqual(await placesWith(), [])
  await backupTenant(tenant, kept('after'), kept('keys'), world.node.adapters)
  for (const folder of [world.home, backups]) assert.deepEqual(await findCanaries(folder, canaries), [])
  const entries = await world.entries(before)
  const [record] = entries.filter(({ type }) => type === 'person.erased')
  assert.deepEqual(
    Object.fromEntries(['rows', 'erasure', 'ground', 'later'].map((name) => [name, record?.governance[name]])),
    { rows: 3, erasure: 'one', ground: 'objection', later: 'keep-out' },
  )
  assert.equal(record?.governance.messages, 1)
  assert.equal((await landedAt(world.node, world.tenant(), 'pas')).tally.total.landed, 1, 'the other one is there')
  for (const name of ['details', 'blobs', 'versions']) assert.ok(Number(record?.governance[name]) > 0, name)
  const people = await ask(reader, questionOf({ object: 'Patient', select: ['surname'], limit: 50 }))
  assert.equal(people.length, patients - 2)
  const then = { ...questionOf({ object: 'Patient', select: ['surname'], limit: 50 }), asOf }
  const gone = await errorOf(() => ask(reader, then))
  assert.equal(gone.code, 'FDP_GATE_VERSION_PURGED')
  const why = await tenant.ledger.entry(Number((gone.params as { entry?: number }).entry))
  assert.deepEqual([why.type, why.governance.erasure], ['person.rows-erased', 'one'])
  const audit = await auditLeases(tenant)
  assert.deepEqual(audit.readsWithoutLease, [])
  const replay = await replayReads(tenant.ledger, tenant.profile.id, tenant.governance.policies)
  assert.deepEqual(replay.findings, [])
  assert.ok(replay.notRecomputable.some(({ by }) => by > before))
})

test('erasure reaches backups made before: with the keys that are left no byte of them opens to the canary', async () => {
  const keys = { keys: kept('keys') }
  const whole = await errorOf(() => restoreTenant(kept('before'), kept('home'), world.node.adapters, keys))
  assert.equal(whole.code, 'FDP_NODE_BACKUP_IN_PART')
  assert.match(whole.message, /Patient \(erasure one\)/)
  await restoredFrom('before', 'keys', async (tenant, { lost }, node) => {
    assert.deepEqual(await placesWith(tenant, node), [])
    for (const folder of [tenant.folder, backups]) assert.deepEqual(await findCanaries(folder, canaries), [])
    assert.deepEqual([...new Set(lost.map(({ kind }) => kind))].sort(), [
      'blobs',
      'details',
      'lake',
      'messages',
      'vault',
    ])
    const { why } = lost.find(({ kind }) => kind === 'lake')!
    assert.equal((await world.tenant().ledger.entry(why!.entry)).type, 'data.purged')
    const catalogue = tenant.governance.catalogue()
    assert.deepEqual([catalogue.lostBy('Patient') === null, catalogue.lostBy('Site')], [false, null])
    await loadedAgain(tenant)
  })
  // With a copy of the keys from before they open: whoever keeps one undoes the erasure.
  await restoredFrom('before', 'old-keys', async (tenant, _, node) => {
    assert.deepEqual(await placesWith(tenant, node), ['blobs', 'details', 'edits', 'lake', 'messages', 'vault'])
  })
  await restoredFrom('after', 'keys', async (tenant, { lost }, node) => {
    assert.deepEqual(lost, [])
    assert.deepEqual(await placesWith(tenant, node), [])
  })
})

test('rows about them that come again stay out and are counted, with what hangs on them; the file is not kept', async () => {
  const { Patient, PatientPathway, RttPeriod } = world.rows()
  const again = { ...Patient[4]!, personId: 'ANOTHER-ID-77' }
  const patient = await world.submit('Patient', [...Patient, again], undefined, 2)
  const keptOut = (report: typeof patient) => report.findings.find(({ rule }) => rule === 'person.erased')?.rows ?? 0
  assert.deepEqual([keptOut(patient), patient.rows.published], [2, patients - 1])
  const pathways = await world.submit('PatientPathway', PatientPathway, undefined, 2)
  assert.deepEqual([keptOut(pathways), pathways.rows.published], [1, patients - 1])
  const periods = [...RttPeriod, { ...RttPeriod[4]!, rttPeriodId: 'RP-NEW-77', patientId: 'ANOTHER-ID-77' }]
  const report = await world.submit('RttPeriod', periods, undefined, 2)
  assert.deepEqual([keptOut(report), report.rows.published], [2, patients - 1])
  // What was sent before, sent again, is what it was; its bytes are not kept either.
  await world.submit('Patient', Patient.slice(0, -1), undefined, 1)
  canaries.push('ANOTHER-ID-77', 'RP-NEW-77')
  assert.deepEqual(await placesWith(), [])
  const { received, blobs } = await flowLog(world.tenant().ledger)
  for (const { submission } of [patient, pathways, report]) assert.ok(!blobs.has(received.get(submission)!.blob))
})

/** A command, and that it says nothing of the patient whom it names. */
async function run(status: number, patient: Row, ...argv: string[]) {
  const ran = await runOn(world, argv)
  assert.equal(ran.status, status, ran.err)
  for (const value of [patient.personId!, patient.nhsNumber!, patient.surname!])
    assert.ok(!`${ran.out}${ran.err}`.includes(value), 'a value of the patient in what was said')
  return ran
}

const as = (name: string) => ['--tenant', 'alder-vale', '--as', name, '--purpose', validation]

test('the commands: an officer orders, another approves, and the list says what was destroyed, never whom', async () => {
  const patient = world.rows().Patient[2]!
  const named = [patient.personId!, '--controller', 'RZ1']
  const said = async (status: number, ...argv: string[]) => (await run(status, patient, ...argv)).err
  const order = [
    'erase',
    'order',
    'case-1',
    ...named,
    '--ground',
    'objection',
    '--later',
    'take-in',
    '--reason',
    'asked',
  ]
  await said(2, ...order.filter((each) => !named.includes(each)), ...as(owner))
  await said(2, ...order.map((each) => (each === 'take-in' ? patient.surname! : each)), ...as(owner))
  assert.match(await said(0, ...order, ...as(owner)), /another officer approves/)
  assert.match(await said(1, 'erase', 'approve', 'case-9', ...named, ...as(guardian)), /nobody ordered it/)
  await said(0, 'hold', 'place', 'claim', ...named, '--reason', 'a claim', ...as(guardian))
  assert.match(await said(1, 'erase', 'approve', 'case-1', ...named, ...as(guardian)), /holds: claim/)
  await said(2, 'hold', 'place', 'both', ...named, '--objects', 'Patient', '--reason', 'x', ...as(guardian))
  await said(0, 'hold', 'lift', 'claim', '--reason', 'settled', ...as(guardian))
  const holds = (await run(0, patient, 'hold', 'list')).rows.map(({ hold, keeps, liftedAt }) => [
    hold,
    keeps,
    liftedAt === null,
  ])
  assert.deepEqual(
    holds.find(([hold]) => hold === 'claim'),
    ['claim', 'one person', false],
  )
  const done = await said(0, 'erase', 'approve', 'case-1', ...named, ...as(guardian))
  assert.match(done, /case-1: done[^\n]*\nmake a backup now/)
  const line = (await run(0, patient, 'erase', 'list')).rows.find((each) => each.order === 'case-1')
  assert.deepEqual([line?.state, line?.rows, line?.approvedBy], ['done', 3, guardian])
})

test('the commands: retention is what the tenant declares; a wrong declaration lets nothing expire', async () => {
  const file = join(world.tenant().folder, 'retention.yaml')
  const plan = ['retention', 'plan', ...as(guardian)]
  assert.match((await run(1, canary, ...plan)).err, /FDP_NODE_NO_RETENTION/)
  for (const text of ['landedDays: 1', 'landedDays: a while', 'types: { Nothing: { landedDays: 3 } }', 'x: [']) {
    await writeFile(file, text)
    assert.match((await run(1, canary, ...plan)).err, /FDP_NODE_RETENTION/, text)
  }
  await writeFile(file, 'landedDays: 30\nversionsDays: 90\ntypes: { RttPeriod: { versionsDays: null } }\n')
  assert.deepEqual((await run(0, canary, ...plan)).rows, [])
  assert.deepEqual((await run(0, canary, 'retention', 'run', ...as(guardian))).rows, [])
})
