import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { linkColumns, objectTypes } from '#contracts'
import { type BearerSite, openBearerSite } from '../../bearer-site.ts'
import { partialColumns, partialTypes, readTypes, who } from '../../full-plan.ts'
import { type FullWorld, openFullWorld } from '../../full-world.ts'
import { skipWithoutShared } from '../../shared-data.ts'
import { type Caller, call, inOntology, type Keyed, keysOf, type List, read } from './calls.ts'
import { inTurns } from './in-turns.ts'
import { type PublishedApi, type PublishedPath, publishedApi } from './published-api.ts'

/*
 * Every path of the published OpenAPI against a running node: with everything granted each answers what its schema says;
 * with a part granted what is outside it is not there, and told like what is none.
 */

let world: FullWorld
let site: BearerSite

before(async () => {
  world = await openFullWorld()
  // What is our own fault is told in the log alone.
  site = await openBearerSite(world.node, (line) => line.includes('code.stacktrace') && process.stderr.write(line))
})
after(async () => {
  await site[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

const signIn = async (one: keyof typeof who): Promise<Caller> => ({
  url: site.url,
  token: await site.bearer(who[one].id, who[one].purpose),
})

/** Links that go through a table of our own: no published file says how to follow them. */
const throughTables = objectTypes().flatMap(({ apiName, links }) =>
  links.flatMap(({ name, through }) => (through ? [`${apiName}.${name}`] : [])),
)

/** All of them in the long run; otherwise those of every sixteenth type, of the one whose name differs, and of these links. */
function pathsToTry({ paths }: PublishedApi): {
  readonly types: readonly string[]
  readonly paths: readonly PublishedPath[]
} {
  const all = [...new Set(paths.map(({ objectType }) => objectType))]
  assert.deepEqual([all.length, paths.length], [62, 818])
  const types = process.env.FDP_TEST_FULL ? all : all.filter((name, i) => i % 16 === 2 || name === 'mdtMeeting')
  const tried = paths.filter(({ objectType, link }) => {
    return types.includes(objectType) || throughTables.includes(`${objectType}.${link}`)
  })
  return { types: [...new Set(tried.map(({ objectType }) => objectType))], paths: tried }
}

/** What an answer shows: the objects of a list, or the one. */
function objectsIn({ kind }: PublishedPath, answer: unknown): readonly Keyed[] {
  if (kind === 'count' || kind === 'aggregate') return []
  return kind === 'get' || kind === 'link' ? [answer as Keyed] : (answer as List).data
}

const nameOf = ({ method, path }: PublishedPath) => `${method.toUpperCase()} ${path}`

test('with everything granted every published path is answered, and each answer is as its schema says', async (t) => {
  if (skipWithoutShared(t)) return
  const api = publishedApi()
  const { types, paths } = pathsToTry(api)
  const caller = await signIn('full')
  // As long as somebody reads, what was decrypted stays.
  await using _held = await world.as('full')
  const keys = new Map(await inTurns(types, 2, async (name) => [name, await keysOf(caller, name)] as const))
  const answers = await inTurns(paths, 4, (path) => call(caller, path, keys.get(path.objectType)!))
  const wrong: string[] = []
  for (const [i, path] of paths.entries()) {
    const { status, text, answer } = answers[i]!
    const at = nameOf(path)
    if (status !== 200) {
      wrong.push(`${at}: ${status} ${text}`)
      continue
    }
    wrong.push(...path.check(answer).map((error) => `${at}: ${error}`))
    const objects = objectsIn(path, answer)
    const hasObjects = path.kind !== 'count' && path.kind !== 'aggregate'
    if (hasObjects && objects.length === 0) wrong.push(`${at}: no object`)
    if (path.kind !== 'list') continue
    const seen = new Set(objects.flatMap((object) => Object.keys(object)))
    const never = api.properties(path.objectType).filter((name) => !seen.has(name))
    if (never.length > 0) wrong.push(`${at}: in no object: ${never.join(', ')}`)
  }
  assert.deepEqual(wrong, [])
  const linked = paths.filter(({ kind, objectType, link }) => {
    return kind === 'link' && throughTables.includes(`${objectType}.${link}`)
  })
  assert.equal(linked.length, 6)
  t.diagnostic(`${paths.length} paths answered as published`)
})

/** Whether `partial` may see a link: both types, the table between them if there is one, and what joins them. */
function mayFollow({ objectType, link: named }: PublishedPath): boolean {
  const type = partialTypes.find(({ apiName }) => apiName === objectType)
  const link = type?.links.find(({ name }) => name === named)
  if (!type || !link) return false
  return linkColumns(type, link).every(({ object, column }) => {
    const seen = readTypes.partial.find(({ name }) => name === object)
    return seen !== undefined && partialColumns(seen).includes(column)
  })
}

test('with a part granted, what is outside it is absent from every answer, and told byte for byte like what is none', async (t) => {
  if (skipWithoutShared(t)) return
  const { paths } = pathsToTry(publishedApi())
  const caller = await signIn('partial')
  await using _held = await world.as('partial')
  const visible = new Set(partialTypes.map(({ apiName }) => apiName))
  const told = (text: string) => text.replace(/"errorInstanceId":"[^"]*"/, '')
  const keys = new Map(
    await inTurns([...new Set(paths.map(({ objectType }) => objectType))], 2, async (name) => {
      if (!visible.has(name)) return [name, null] as const
      const { answer } = await read(caller, 'get', `${inOntology}/objects/${name}?pageSize=1`)
      return [name, { primaryKey: (answer as List).data[0]!.__primaryKey, links: new Map() }] as const
    }),
  )
  const wrong: string[] = []
  let hidden = 0
  await inTurns(paths, 4, async (path) => {
    const { objectType, link } = path
    const { status, text, answer } = await call(caller, path, keys.get(objectType)!)
    if (visible.has(objectType) && (link === null || mayFollow(path))) {
      // Nothing is known of what lies behind a link from the one object that is asked for.
      if (path.kind === 'link' && status === 404 && text.includes('LinkedObjectNotFound')) return
      if (status !== 200) return void wrong.push(`${nameOf(path)}: ${status} ${text}`)
      wrong.push(...path.check(answer).map((error) => `${nameOf(path)}: ${error}`))
      for (const { __apiName, __primaryKey, __rid, ...properties } of objectsIn(path, answer)) {
        const allowed = partialColumns(partialTypes.find(({ apiName }) => apiName === __apiName)!)
        const more = Object.keys(properties).filter((name) => !allowed.includes(name))
        if (more.length > 0) wrong.push(`${nameOf(path)}: ${more.join(', ')}`)
      }
      return
    }
    hidden++
    // The same path with a name in it that nobody has given to anything.
    const unknown = visible.has(objectType)
      ? { from: link!, to: 'nothingByThatName' }
      : { from: objectType, to: 'NothingByThatName' }
    const part = visible.has(objectType) ? `/links/${link}` : `/objects/${objectType}`
    const other = path.path.replace(part, part.replace(unknown.from, unknown.to))
    const none = await call(caller, { ...path, path: other }, keys.get(objectType)!)
    if (status !== 404 || told(text).replaceAll(unknown.from, unknown.to) !== told(none.text)) {
      wrong.push(`${nameOf(path)}: ${text} and ${none.text}`)
    }
  })
  assert.deepEqual(wrong, [])
  assert.ok(hidden > paths.length / 2)
  t.diagnostic(`${paths.length} paths: ${hidden} of them are none for this caller`)
})
