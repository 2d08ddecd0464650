/*
 * Law 3, for links that go through a table. Such a link rests on four columns of three types: without one of them it is
 * not there, told byte for byte like one that nobody has given to anything, and the refusal is on record. With all of them
 * it leads by the table's rows that may be seen: of patients who did not say no, and within the grant's rows.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { linkColumns, objectType } from '#contracts'
import { submit } from '#flows'
import { columnsAt } from '#governance'
import { addDays, type PurposeId, parseSubjectId } from '#kernel'
import { dueAfter, watch } from '#ontology'
import { typeFile } from '#synthetic'
import { type BearerSite, openBearerSite } from '../bearer-site.ts'
import { isRefusal, type Reply, sameRefusal, Wire } from '../conformance/object-sets/wire.ts'
import { who } from '../full-plan.ts'
import { type FullWorld, openFullWorld, tokenFor } from '../full-world.ts'
import { errorOf, manager } from '../world.ts'
import { beyondCare, dpiaFor, optOut } from '../world-opt-outs.ts'

const purpose = who.partial.purpose as PurposeId
const pathways = { type: 'base', objectType: 'CancerPathway' }
const meetings = { type: 'base', objectType: 'mdtMeeting' }
const table = 'CancerPathwayMdtMeeting'
const link = objectType('CancerPathway').links.find(({ through }) => through?.object === table)!
/** The columns that the link rests on, at the pathway, in the table, and at the meeting. */
const columns = linkColumns(objectType('CancerPathway'), link)

let world: FullWorld
let site: BearerSite
before(async () => {
  world = await openFullWorld()
  site = await openBearerSite(world.node)
})
after(async () => {
  await site?.[Symbol.asyncDispose]()
  await world?.[Symbol.asyncDispose]()
})

type Json = Readonly<Record<string, unknown>>
const wireOf = async (id: string, of: string = purpose) => {
  return new Wire(site.url, 'alder-vale', { authorization: `Bearer ${await site.bearer(id, of)}` })
}
const around = (objectSet: Json, name: string) => ({ type: 'searchAround', objectSet, link: name })
const counted = (objectSet: Json) => ({ type: 'selection', objectSet, operation: { type: 'count' } })

/** Somebody who may read what the link from pathways to meetings rests on, but for what `less` takes away. */
async function hired(less: (object: string) => { without?: string; rows?: Json[] } | null): Promise<string> {
  const id = await world.hire()
  for (const object of ['CancerPathway', 'MdtMeeting', table]) {
    const scope = less(object)
    if (scope === null) continue
    const granted = [...columnsAt(object, 'identifiable')].filter((name) => name !== scope.without)
    const rows = { controllers: 'all', where: scope.rows ?? [] } as never
    await world.grant(id, object, { level: 'identifiable', purpose, columns: granted, rows })
  }
  return id
}

/** Every way to name a link, from pathways that are there. */
function ways(wire: Wire): readonly ((name: string) => Promise<Reply>)[] {
  const key = world.texts('CancerPathway')[0]!.cancerPathwayId!
  const derived = (name: string) => ({
    type: 'withProperties',
    objectSet: pathways,
    derivedProperties: { many: counted(around({ type: 'methodInput' }, name)) },
  })
  const figures = (objectSet: Json) => ({ objectSet, aggregation: [{ type: 'count', name: 'count' }], groupBy: [] })
  return [
    (name) => wire.post('objectSets/loadObjects', { objectSet: around(pathways, name) }),
    (name) => wire.post('objectSets/loadObjects', { objectSet: around(around(pathways, name), 'cancerPathways') }),
    (name) => wire.post('objectSets/loadObjectsMultipleObjectTypes', { objectSet: around(pathways, name) }),
    (name) => wire.post('objectSets/loadLinks', { objectSet: pathways, links: [name] }),
    (name) => wire.post('objectSets/loadObjects', { objectSet: derived(name) }),
    (name) => wire.post('objectSets/aggregate', figures(around(pathways, name))),
    (name) => wire.get(`objects/CancerPathway/${key}/links/${name}`),
    (name) => wire.get(`objects/CancerPathway/${key}/links/${name}/a-key`),
    (name) => wire.get(`objectTypes/CancerPathway/outgoingLinkTypes/${name}`),
  ]
}

async function isNotThere(id: string): Promise<void> {
  const wire = await wireOf(id)
  const asked = ways(wire)
  for (const [i, ask] of asked.entries()) {
    const nothing = await ask('nothingHere')
    assert.equal(nothing.status, 404, nothing.text)
    const from = world.tenant().ledger.size
    const hidden = await ask('mdtMeetings')
    isRefusal(hidden)
    sameRefusal(hidden, nothing, { mdtMeetings: 'nothingHere' })
    // Metadata read nothing; whatever would have read is refused by the gate, which says why to the ledger alone.
    const refused = (await world.entries(from)).filter(({ type }) => type === 'read.refused')
    assert.equal(refused.length, i === asked.length - 1 ? 0 : 1, String(i))
  }
  const { text } = await wire.get('objectTypes/CancerPathway/outgoingLinkTypes')
  assert.ok(!text.includes('mdtMeetings'), text)
}

test('refused: without the table, or any of the columns that it rests on, the link is not there', async () => {
  const nothingOf = await hired((object) => (object === table ? null : {}))
  await isNotThere(nothingOf)
  for (const { object, column } of columns) {
    await isNotThere(await hired((each) => (each === object ? { without: column } : {})))
  }
})

test('refused: figures of the table alone make no link', async () => {
  const id = await hired((object) => (object === table ? null : {}))
  const dpia = await dpiaFor(world, purpose, [table], ['aggregate'])
  await world.grant(id, table, { level: 'aggregate', purpose, dpia, disclosurePolicy: 'subnational-0-7-5@1' })
  await isNotThere(id)
})

test('whoever may see all four columns is refused none of it; the back link is there as well', async () => {
  const wire = await wireOf(await hired(() => ({})))
  for (const ask of ways(wire)) {
    const { status, text } = await ask('mdtMeetings')
    assert.ok(status === 200 || text.includes('LinkedObjectNotFound'), text)
  }
  const linked = new Set(world.texts(table).map(({ cancerPathwayId }) => cancerPathwayId))
  const { json } = await wire.post('objectSets/loadObjects', { objectSet: around(meetings, 'cancerPathways') })
  assert.equal((json as { totalCount: string }).totalCount, String(linked.size))
})

/** Pairs that a link shows to somebody, both ways. */
async function pairsOf(wire: Wire): Promise<readonly string[]> {
  const pairs = async (objectSet: Json, name: string) => {
    const reply = await wire.post('objectSets/loadLinks', { objectSet, links: [name] })
    assert.equal(reply.status, 200, reply.text)
    return (reply.json as { data: Loaded[] }).data.flatMap(({ sourceObject: from, linkedObjects }) =>
      linkedObjects.map(({ targetObject: to }) => [from.__primaryKey, to.__primaryKey] as const),
    )
  }
  const there = (await pairs(pathways, 'mdtMeetings')).map(([from, to]) => `${from} ${to}`).toSorted()
  const back = (await pairs(meetings, 'cancerPathways')).map(([from, to]) => `${to} ${from}`).toSorted()
  assert.deepEqual(there, back)
  return there
}

interface Keyed {
  readonly __primaryKey: string
}
interface Loaded {
  readonly sourceObject: Keyed
  readonly linkedObjects: readonly { readonly targetObject: Keyed }[]
}

const published = (keep: (row: Readonly<Record<string, string>>) => boolean = () => true) => [
  ...new Set(
    world
      .texts(table)
      .filter(keep)
      .map((row) => `${row.cancerPathwayId} ${row.mdtMeetingId}`),
  ),
]

test('rows of the table outside the grant link nothing', async () => {
  const some = [...new Set(world.texts(table).map(({ mdtMeetingId }) => mdtMeetingId!))].slice(0, 5)
  const rows = [{ property: 'mdtMeetingId', in: some }]
  const scoped = await pairsOf(await wireOf(await hired((object) => (object === table ? { rows } : {}))))
  assert.deepEqual(scoped, published(({ mdtMeetingId }) => some.includes(mdtMeetingId!)).toSorted())
  assert.ok(scoped.length > 0 && scoped.length < published().length)
})

test('below identifiable level a link joins the tokens of its purpose, which another purpose does not have', async () => {
  const tokens = new Wire(site.url, 'alder-vale', { authorization: `Bearer ${await tokenFor(site, 'tokens')}` })
  const found = await pairsOf(tokens)
  assert.equal(found.length, published().length)
  const pathwayOf = (pairs: readonly string[]) => new Set(pairs.map((pair) => pair.split(' ')[0]!))
  const real = new Set(world.texts('CancerPathway').map(({ cancerPathwayId }) => cancerPathwayId!))
  assert.ok([...pathwayOf(found)].every((key) => /^[0-9a-f-]{36}$/.test(key) && !real.has(key)))
  // What a member of staff is known by is hidden there at both ends, and with it the link that rests on it.
  const { text } = await tokens.get('objectTypes/Procedure/outgoingLinkTypes')
  assert.ok(text.includes('"patient"') && !text.includes('careProfessionals'), text)
  const objects = ['CancerPathway', 'MdtMeeting', table]
  const other = await beyondCare(world, {
    ...{
      id: 'other-planning',
      purpose: { class: 'planning', commonLaw: 'law-required' },
      level: 'pseudonymised',
      objects,
    },
  })
  const elsewhere = await pairsOf(await wireOf(other.person, other.purpose))
  assert.equal(elsewhere.length, found.length)
  assert.ok([...pathwayOf(elsewhere)].every((key) => !pathwayOf(found).has(key)))
})

test('rows of the table about somebody who said no are not there, nor what they link', async () => {
  const objects = ['CancerPathway', 'MdtMeeting', table]
  const research = await beyondCare(world, {
    ...{ id: 'research-s251', purpose: { class: 'research', commonLaw: 's251-reg5' }, level: 'identifiable', objects },
  })
  const wire = await wireOf(research.person, research.purpose)
  assert.deepEqual(await pairsOf(wire), published().toSorted())
  const personOf = new Map(world.texts('CancerPathway').map((row) => [row.cancerPathwayId!, row.patientId!]))
  const linked = new Set(world.texts(table).map(({ cancerPathwayId }) => personOf.get(cancerPathwayId!)))
  const out = world
    .texts('Patient')
    .filter(({ personId, nhsNumber, nhsNumberStatusIndicatorCode: status }) => {
      return nhsNumber !== '' && status === '01' && linked.has(personId)
    })
    .slice(0, 5)
  assert.equal(out.length, 5)
  const said = await optOut(world, out)
  assert.equal(said.outcome, 'published')
  const gone = new Set(out.map(({ personId }) => personId))
  const stays = (row: Readonly<Record<string, string>>) => !gone.has(personOf.get(row.cancerPathwayId!))
  assert.deepEqual(await pairsOf(wire), published(stays).toSorted())
  const { json } = await wire.post('objectSets/loadObjects', { objectSet: { type: 'base', objectType: table } })
  assert.equal((json as { totalCount: string }).totalCount, String(world.texts(table).filter(stays).length))
})

test('whoever is subscribed to what lies behind the link hears of its table; without the table there is nothing to hear of', async () => {
  const { clock, random } = world.node.adapters
  const deps = { keys: world.tenant().keys, clock, random, reference: () => null }
  const asked = { objectSet: around(pathways, 'mdtMeetings'), properties: [], includeRid: false } as never
  await using session = await world.session(await hired(() => ({})), purpose)
  const watched = await watch(session, asked, deps)
  assert.equal(dueAfter(watched, { kind: 'version', objects: [table] }), 'refresh')
  assert.equal(dueAfter(watched, { kind: 'version', objects: ['ClinicTypeErsService'] }), null)
  await using other = await world.session(await hired((object) => (object === table ? null : {})), purpose)
  assert.equal((await errorOf(() => watch(other, asked, deps))).code, 'FDP_ONTOLOGY_LINK')
})

test('a pair that two rows of the table have is one pair', async () => {
  const [first, second] = world.texts(table)
  const twice = [first!, second!, { ...first!, cancerPathwayMdtMeetingId: 'ANOTHER-ROW' }]
  const file = { object: table, controller: world.tenant().profile.controller, asAt: addDays(world.day, 1) }
  const by = { subject: parseSubjectId(manager), purpose: 'data-intake' as PurposeId }
  const report = await submit(
    { ...file, ...by, source: typeFile({ object: table, rows: twice }) },
    world.tenant().flows,
  )
  assert.equal(report.rows.published, 3)
  const wire = await wireOf(await hired(() => ({})))
  const pairs = [first!, second!].map((row) => `${row.cancerPathwayId} ${row.mdtMeetingId}`)
  assert.deepEqual(await pairsOf(wire), pairs.toSorted())
  const derivedProperties = { many: counted(around({ type: 'methodInput' }, 'mdtMeetings')) }
  const objectSet = { type: 'withProperties', objectSet: pathways, derivedProperties }
  const { json } = await wire.post('objectSets/loadObjects', { objectSet, select: ['many'] })
  const many = (json as { data: readonly { many: number }[] }).data.map((object) => object.many)
  assert.equal(
    many.reduce((sum, each) => sum + each, 0),
    2,
  )
})
