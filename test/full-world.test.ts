import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { objectTypes } from '#contracts'
import { ident, sql } from '#kernel'
import { type BearerSite, openBearerSite } from './bearer-site.ts'
import { figureTypes, partialColumns, readTypes, type Who, who } from './full-plan.ts'
import { type FullWorld, openFullWorld, tokenFor } from './full-world.ts'
import { rowsOf } from './world.ts'

let world: FullWorld
let site: BearerSite | undefined

before(async () => {
  world = await openFullWorld()
  site = await openBearerSite(world.node)
})
after(async () => {
  await site?.[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

/** Types that somebody may name, at the level at which they may. */
async function seen(person: Who): Promise<string[]> {
  await using session = await world.as(person)
  return objectTypes().flatMap(({ name }) => {
    const visible = session.visible(name)
    return visible ? [`${visible.level} ${name} ${visible.columns.length}`] : []
  })
}

const names = (types: readonly { readonly name: string }[]) => types.map(({ name }) => name)

test('nobody sees nothing', async () => {
  assert.deepEqual(await seen('nobody'), [])
})

test('each of the others sees what the plan says, and at that level', async () => {
  const full = readTypes.full.map(({ name, properties }) => `identifiable ${name} ${properties.length}`)
  assert.deepEqual(await seen('full'), full)
  const typesOf = (lines: readonly string[], level: string) => {
    assert.ok(lines.every((line) => line.startsWith(`${level} `)))
    return lines.map((line) => line.split(' ')[1]!).sort()
  }
  assert.deepEqual(typesOf(await seen('tokens'), 'pseudonymised'), names(readTypes.tokens).sort())
  assert.deepEqual(typesOf(await seen('figures'), 'aggregate'), [...figureTypes].sort())
  assert.deepEqual(
    await seen('partial'),
    readTypes.partial.map((type) => `identifiable ${type.name} ${partialColumns(type).length}`),
  )
})

test('rows are what was published; of a type with a scope, a part sees a part', async () => {
  const encounters = world.published('Encounter')
  const idsOf = async (person: Who) => {
    await using session = await world.as(person)
    const rows = await rowsOf(
      await session.rows({
        ...{ about: { test: 'encounters' }, person: 'r' },
        relations: { r: { object: 'Encounter', columns: ['encounterId', 'patientId'] } },
        build: ({ r }) => sql`SELECT ${ident('encounterId')}, ${ident('patientId')}, ${ident('_person')} FROM ${r} AS r
          ORDER BY ${ident('encounterId')}, _order`,
      }),
    )
    return rows.map(({ encounterId, patientId }) => `${encounterId} ${patientId}`)
  }
  const idsIn = (rows: typeof encounters) => rows.map(({ encounterId, patientId }) => `${encounterId} ${patientId}`)
  const inpatients = encounters.filter(({ encounterType }) => encounterType === 'Inpatient')
  assert.ok(inpatients.length > 20 && inpatients.length < encounters.length - 20)
  assert.deepEqual(await idsOf('full'), idsIn(encounters))
  assert.deepEqual(await idsOf('partial'), idsIn(inpatients))
})

test('each has a token for their purpose', async () => {
  assert.ok(site)
  for (const person of ['full', 'tokens', 'partial', 'figures', 'nobody'] as const) {
    const headers = { authorization: `Bearer ${await tokenFor(site, person)}` }
    const reply = await fetch(`${site.url}/api/v1/me`, { headers })
    assert.equal(reply.status, 200)
    assert.equal(((await reply.json()) as { subject: string }).subject, who[person].id)
  }
})
