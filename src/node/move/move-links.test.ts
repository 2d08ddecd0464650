import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadLinks } from '#ontology'
import { allTypeRows } from '#synthetic'
import { runOn } from '../../../test/command-line.ts'
import { openEmptyNode } from '../../../test/empty-node.ts'
import { type Foreign, foreignToken, openForeign } from '../../../test/foreign-server.ts'
import { fullPlan, who } from '../../../test/full-plan.ts'
import { errorOf, manager, type World } from '../../../test/world.ts'

const long = { skip: process.env.FDP_TEST_FULL ? false : 'long: FDP_TEST_FULL=1; pairs and refusal are tried daily' }
const made = new Map(
  allTypeRows({ seed: 'links', provider: 'RZ1', today: '2026-03-02' as never, rows: 20 }).map(({ object, rows }) => [
    object,
    rows,
  ]),
)

type Pairs = readonly (readonly [string, string])[]

/** Objects of a type as an older server would show them, and the pairs of its links. */
function typeOf(object: string, primaryKey: string, links: Readonly<Record<string, Pairs>> = {}) {
  const rows = made.get(object)!
  return {
    ...{ primaryKey, links, properties: Object.fromEntries(Object.keys(rows[0]!).map((name) => [name, 'string'])) },
    objects: rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, cell]) => cell !== ''))),
  }
}

const keyOf = (object: string, property: string, n: number) => made.get(object)![n]![property]!
const pathway = (n: number) => keyOf('CancerPathway', 'cancerPathwayId', n)
const meeting = (n: number) => keyOf('MdtMeeting', 'mdtMeetingId', n)
const service = (n: number) => keyOf('ErsService', 'uniqueId', n)
const clinic = (n: number) => keyOf('ClinicType', 'uniqueId', n)

const pathwayPairs: Pairs = [
  [pathway(0), meeting(1)],
  [pathway(0), meeting(2)],
  [pathway(3), meeting(1)],
]

/** A server that lists one link at both its ends, the other at the second alone; it has no table of either. */
function oldPlace(pairs: Pairs): Promise<Foreign> {
  return openForeign({
    Patient: typeOf('Patient', 'personId'),
    CancerPathway: typeOf('CancerPathway', 'cancerPathwayId', { mdtMeetings: pairs }),
    mdtMeeting: typeOf('MdtMeeting', 'mdtMeetingId', {
      cancerPathways: pairs.map(([from, to]) => [to, from] as const),
    }),
    ClinicType: typeOf('ClinicType', 'uniqueId'),
    ErsService: typeOf('ErsService', 'uniqueId', { clinicType: [[service(4), clinic(5)]] }),
  })
}

async function moveIn(world: World, { url }: Foreign, ...more: string[]) {
  const file = join(world.home, 'token.txt')
  await writeFile(file, `${foreignToken}\n`, { mode: 0o600 })
  const from = ['move', 'in', '--from', url, '--ontology', 'old-ontology', '--token-file', file]
  return await runOn(world, [...from, ...more, '--tenant', 'alder-vale', '--as', manager, '--purpose', 'data-intake'])
}

const planWithout = (object: string) => {
  const plan = fullPlan()
  return { ...plan, grants: plan.grants.filter((grant) => grant.action !== 'submit' || grant.object !== object) }
}

/** What a link leads to, for whoever sees everything: `from → to`. */
async function pairsOf(world: World, objectType: string, link: string): Promise<readonly string[]> {
  const { clock, random } = world.node.adapters
  await using session = await world.session(who.full.id, who.full.purpose)
  const found = await loadLinks(
    session,
    { objectSet: { type: 'base', objectType }, links: [link], pageToken: null },
    { keys: world.tenant().keys, clock, random, reference: () => null },
  )
  return found
    .map((text) => JSON.parse(text) as { sourceObject: Keyed; linkedObjects: { targetObject: Keyed }[] })
    .flatMap(({ sourceObject, linkedObjects }) =>
      linkedObjects.map(({ targetObject }) => `${sourceObject.__primaryKey} → ${targetObject.__primaryKey}`),
    )
    .toSorted()
}

interface Keyed {
  readonly __primaryKey: string
}

const told = (ran: Awaited<ReturnType<typeof moveIn>>, object: string) => {
  const row = ran.rows.find((each) => each.object === object)
  return row && [row.read, row.published, String(row.says)]
}

test('pairs of a link that no property holds come as rows of its table, whichever end lists them, each once', async () => {
  await using world = await openEmptyNode(fullPlan())
  await using server = await oldPlace([...pathwayPairs, pathwayPairs[0]!])
  const ran = await moveIn(world, server)
  assert.equal(ran.status, 0, ran.err + ran.out)
  assert.deepEqual(told(ran, 'CancerPathwayMdtMeeting'), [3, 3, ''])
  assert.deepEqual(told(ran, 'ClinicTypeErsService'), [1, 1, ''])
  assert.equal(told(ran, 'ProcedureCareProfessional'), undefined)
  const there = pathwayPairs.map(([from, to]) => `${from} → ${to}`).toSorted()
  assert.deepEqual(await pairsOf(world, 'CancerPathway', 'mdtMeetings'), there)
  const back = pathwayPairs.map(([from, to]) => `${to} → ${from}`).toSorted()
  assert.deepEqual(await pairsOf(world, 'mdtMeeting', 'cancerPathways'), back)
  assert.deepEqual(await pairsOf(world, 'ClinicType', 'ersService'), [`${clinic(5)} → ${service(4)}`])
  const entry = (await world.entries()).findLast(({ type }) => type === 'tenant.moved-in')
  assert.deepEqual([entry?.governance.rows, entry?.governance.linksKept], [5 * 20 + 4, 0])
})

test(
  'a pair of a record that is not here goes through the checks of any row: quarantined, or warned of',
  long,
  async () => {
    await using world = await openEmptyNode(fullPlan())
    await using server = await oldPlace([
      ...pathwayPairs,
      ['NO-SUCH-PATHWAY', meeting(1)],
      [pathway(1), 'NO-SUCH-MEETING'],
    ])
    const ran = await moveIn(world, server)
    assert.equal(ran.status, 1)
    assert.match(ran.err, /FDP_MOVE_INCOMPLETE/)
    assert.deepEqual(told(ran, 'CancerPathwayMdtMeeting'), [5, 4, 'rows stayed out: link.missing'])
    assert.equal((await pairsOf(world, 'CancerPathway', 'mdtMeetings')).length, 3)
    assert.ok(!`${ran.out}${ran.err}`.includes('NO-SUCH'))
  },
)

test('refused: whoever may not submit the table has its pairs kept, and submits them once they may, without reading again', async () => {
  await using world = await openEmptyNode(planWithout('CancerPathwayMdtMeeting'))
  await using server = await oldPlace(pathwayPairs)
  const kept = await moveIn(world, server)
  assert.equal(kept.status, 1)
  assert.deepEqual(told(kept, 'CancerPathwayMdtMeeting')?.slice(0, 2), [3, 0])
  assert.match(String(told(kept, 'CancerPathwayMdtMeeting')?.[2]), /3 pairs are kept apart/)
  // A link is not there before anything of its table is.
  assert.equal((await errorOf(() => pairsOf(world, 'CancerPathway', 'mdtMeetings'))).code, 'FDP_ONTOLOGY_LINK')
  const entry = (await world.entries()).findLast(({ type }) => type === 'tenant.moved-in')
  assert.equal(entry?.governance.linksKept, 3)
  const terms = { action: 'submit', purpose: 'data-intake', level: 'identifiable' } as never
  await world.grant(manager, 'CancerPathwayMdtMeeting', terms)
  const asked = server.asked.length
  const ran = await moveIn(world, server, '--resume')
  assert.equal(ran.status, 0, ran.err + ran.out)
  assert.deepEqual(told(ran, 'CancerPathwayMdtMeeting'), [3, 3, ''])
  assert.ok(!server.asked.slice(asked).includes('POST objectSets/loadLinks'))
  assert.equal((await pairsOf(world, 'CancerPathway', 'mdtMeetings')).length, 3)
})

test('where types are named, a link comes with both its ends or by the name of its table', long, async () => {
  await using world = await openEmptyNode(fullPlan())
  await using server = await oldPlace(pathwayPairs)
  const ends = await moveIn(world, server, '--types', 'Patient,CancerPathway,ClinicType,ErsService')
  assert.equal(ends.status, 0, ends.err + ends.out)
  assert.deepEqual(told(ends, 'ClinicTypeErsService'), [1, 1, ''])
  assert.equal(told(ends, 'CancerPathwayMdtMeeting'), undefined)
  const table = await moveIn(world, server, '--resume', '--types', 'mdtMeeting,CancerPathwayMdtMeeting')
  assert.deepEqual(told(table, 'CancerPathwayMdtMeeting'), [3, 3, ''], table.err)
})
