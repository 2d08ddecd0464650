import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { drawLineage, type LineageGraph } from '#audit'
import { rawSql, sql } from '#kernel'
import { lineageOfTenant } from '#node'
import { type BearerSite, openBearerSite } from '../../test/bearer-site.ts'
import { products } from '../../test/products.ts'
import { analyst, guardian, openWorld, planning, validation, validator, type World } from '../../test/world.ts'
import { canariesOf } from '../../test/world-rows.ts'

/* The graph of lineage over HTTP: what a caller may not name is not in it; and the page that is drawn of it. */

let world: World
let site: BearerSite
before(async () => {
  world = await openWorld({ patients: 6 })
  site = await openBearerSite(world.node)
  await using vera = await world.session(validator, validation)
  const columns = ['surname', 'dateOfBirth']
  const rows = await vera.rows({
    ...{ about: { kind: 'objects' }, relations: { people: { object: 'Patient', columns } }, person: 'people' },
    build: ({ people }) => sql`SELECT ${rawSql('"surname", "dateOfBirth", _person')} FROM ${people} ORDER BY _order`,
  })
  for await (const _ of rows.batches());
  await using anil = await world.session(analyst, planning)
  await anil.release({
    ...{ about: { kind: 'metric', metric: 'rtt-incomplete', version: 1, basis: 'pathways' }, keys: [] },
    ...{ measures: { waiting: { kind: 'person-count' } }, geography: 'subnational' },
    relations: { periods: { object: 'RttPeriod', columns: ['statusCode'] } },
    build: ({ periods }) => sql`SELECT count(*) AS waiting FROM ${periods} WHERE ${rawSql('"statusCode"')} = ${'20'}`,
  })
})
after(async () => {
  await site[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

async function ask(who: string, purpose: string, query = ''): Promise<{ status: number; body: string }> {
  const authorization = `Bearer ${await site.bearer(who, purpose)}`
  const reply = await fetch(`${site.url}/api/v1/tenants/alder-vale/lineage${query}`, { headers: { authorization } })
  return { status: reply.status, body: await reply.text() }
}

async function graphFor(who: string, purpose: string, query = ''): Promise<LineageGraph> {
  const { status, body } = await ask(who, purpose, query)
  assert.equal(status, 200, body)
  return JSON.parse(body) as LineageGraph
}

const idsOf = ({ boxes }: LineageGraph) => boxes.flatMap(({ id, fields }) => [id, ...fields.map((each) => each.id)])
const whole = () => lineageOfTenant(world.tenant(), products())

test('refused: GET /api/v1/tenants/:tenant/lineage tells of no column that the caller may not name, and answers for it as for none', async () => {
  const body = async (query: string) => {
    const { status, body } = await ask(analyst, planning, query)
    assert.equal(status, 404)
    assert.equal((JSON.parse(body) as { error: { code: string } }).error.code, 'FDP_AUDIT_LINEAGE_NONE')
    return body.replaceAll(/"(request|requestId|id)":"[^"]*"/g, '')
  }
  assert.equal(await body('?object=Patient&column=surname'), await body('?object=Nothing&column=nothing'))
  const { body: text } = await ask(analyst, planning)
  assert.doesNotMatch(
    text,
    /surname|nhsNumber|vault\.Patient\b|lake\.Patient\b|waiting-list-validation|"broken"|"entry":\d+,"fields"/,
  )
  const nobody = await world.hire('nobody@alder-vale.example')
  assert.deepEqual((await graphFor(nobody, planning)).boxes, [])
})

test('refused: GET /api/v1/tenants/:tenant/lineage shows less to a grant of less, and no figure of columns outside of it', async () => {
  const narrow = await world.hire('narrow@alder-vale.example')
  await world.grant(narrow, 'RttPeriod', { columns: ['statusCode', 'clockStartDate'] })
  const seen = idsOf(await graphFor(narrow, planning))
  assert.ok(seen.includes('lake.RttPeriod/statusCode') && seen.includes('source.RZ1.RttPeriod/statusCode'))
  const others = seen.filter((id) => id.includes('/') && !/\/(statusCode|clockStartDate)$/.test(id))
  assert.deepEqual(others, [])
  assert.deepEqual(
    seen.filter((id) => /^(metric|release|rows|page)\./.test(id)),
    [],
  )
})

test('a caller sees what leads to their columns and figures, an officer everything; the questions go both ways', async () => {
  const mine = idsOf(await graphFor(analyst, planning))
  assert.ok(mine.includes('metric.rtt-incomplete@1') && mine.includes('release.rtt-incomplete@1.pathways'))
  const all = await graphFor(guardian, 'oversight')
  assert.deepEqual(new Set(idsOf(all)), new Set(idsOf(await whole())))

  const up = idsOf(await graphFor(guardian, 'oversight', '?metric=rtt-incomplete&direction=up'))
  assert.ok(up.includes('source.RZ1.RttPeriod/clockStartDate') && up.includes('metric.rtt-incomplete@1/week_band'))
  assert.ok(!up.some((id) => id.startsWith('release.') || id.includes('Patient')))

  const down = await graphFor(guardian, 'oversight', '?object=Patient&column=dateOfBirth&direction=down')
  const reached = idsOf(down)
  const readers = `rows.${validation}.identifiable.Patient/dateOfBirth`
  for (const id of ['lake.Patient/dateOfBirth', 'vault.Patient/dateOfBirth', readers, 'page.public'])
    assert.ok(reached.includes(id), id)
  assert.ok(!reached.some((id) => id.endsWith('/surname')))
  const coarser = down.edges.find(({ to }) => to === 'lake.Patient/dateOfBirth')
  assert.deepEqual([coarser?.says, coarser?.masking], ['only the year of birth', true])

  const early = await graphFor(guardian, 'oversight', '?asOf=1')
  assert.deepEqual(early.asOf?.entry, 1)
  assert.ok(!idsOf(early).some((id) => id.startsWith('lake.')))
})

test('every edge goes from something that is there to something that is there, each once', async () => {
  const graph = await whole()
  const ids = idsOf(graph)
  assert.equal(new Set(ids).size, ids.length)
  for (const { from, to } of graph.edges) assert.ok(ids.includes(from) && ids.includes(to), `${from} ${to}`)
})

test('the page needs no script, has every column in its tables, and no value of a row; every anchor that is followed is there once', async () => {
  const graph = await whole()
  const page = await drawLineage(graph, 'Everything that is kept here.', false)
  assert.doesNotMatch(page, /<script|\son\w+=|https?:\/\/(?!www\.w3\.org\/2000\/svg)|NaN|undefined/)
  const anchors = [...page.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id!)
  assert.equal(new Set(anchors).size, anchors.length)
  const followed = new Set([...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id!))
  assert.deepEqual(
    [...followed].filter((id) => !anchors.includes(id)),
    [],
  )
  const tables = page.slice(page.indexOf('id="tables"'))
  const text = JSON.stringify(graph) + page
  assert.deepEqual(
    canariesOf(world.rows()).filter((canary) => text.includes(canary)),
    [],
  )
  for (const { fields } of graph.boxes) for (const { name } of fields) assert.ok(tables.includes(name), name)
})
