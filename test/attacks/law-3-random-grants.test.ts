/*
 * Law 3, by random grants and random object sets. Each round somebody new is granted some types, some of their columns and
 * some of their rows, and asks the Ontology API for random sets and figures. What they get must be what a plain
 * evaluation gives over those rows and columns alone: a hidden row or value that moved any answer (through a filter, a
 * link, a derived property, an order, a total, a group) would show.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { linkTables, type ObjectType, objectType } from '#contracts'
import { canScopeRows, columnsAt, type RowScope } from '#governance'
import { type PurposeId, parseSubjectId } from '#kernel'
import type { LoadDeps } from '#ontology'
import { compareFigures, drawAggregate } from '../conformance/object-sets/compare-figures.ts'
import { bag, compareLoad, drawLoad } from '../conformance/object-sets/compare-sets.ts'
import { Draw, typesWithObjects } from '../conformance/object-sets/random-sets.ts'
import { ofProgram, seenTypes, shownRow } from '../conformance/object-sets/seen-world.ts'
import { modelTypes, who } from '../full-plan.ts'
import { type FullWorld, openFullWorld } from '../full-world.ts'
import { fc } from '../random.ts'

const rounds = process.env.FDP_TEST_FULL ? 60 : 4
const purpose = who.partial.purpose as PurposeId
let world: FullWorld
let deps: LoadDeps
before(async () => {
  world = await openFullWorld()
  const { clock, random } = world.node.adapters
  deps = { keys: world.tenant().keys, clock, random, reference: () => null }
})
after(() => world?.[Symbol.asyncDispose]())

const isTable = (object: string) => Number(linkTables().some(({ name }) => name === object))

interface Scope {
  readonly type: ObjectType
  readonly columns: readonly string[]
  readonly where: readonly { readonly property: string; readonly in: readonly string[] }[]
}

/** Types that are linked to one another, each with its key, half of its columns, and sometimes only some of its rows. */
function drawScopes(nat: (max: number) => number): Scope[] {
  const first = modelTypes[nat(modelTypes.length - 1)]!
  // Of a table that a link goes through all columns or some: without one of them the link is not there.
  const near = first.links.flatMap(({ object, through }) => [object, ...(through ? [through.object] : [])])
  const linked = [...new Set(['Patient', ...near.toSorted((a, b) => isTable(b) - isTable(a))])].map(objectType)
  const others = linked.filter((type) => type !== first).slice(0, 4)
  return [first, ...others].map((type) => {
    const known = columnsAt(type.name, 'identifiable')
    const joined = new Set(type.links.map(({ join }) => join?.from))
    const columns = type.properties
      .filter(({ name, sensitivity }) => known.has(name) && sensitivity !== 'restricted')
      .map(({ name }) => name)
      .filter((name) => name === type.primaryKey || joined.has(name) || nat(1) === 0)
    return { type, columns, where: drawRows(type, nat) }
  })
}

/** By a property that need not be among those that are shown. */
function drawRows(type: ObjectType, nat: (max: number) => number): Scope['where'] {
  const rows = world.texts(type.name)
  const few = type.properties.filter(({ name, type: of }) => {
    const values = new Set(rows.map((row) => row[name]))
    return of === 'text' && canScopeRows(type.name, name) && values.size > 1 && values.size < 12
  })
  if (few.length === 0 || nat(1) === 0) return []
  const { name } = few[nat(few.length - 1)]!
  const values = [...new Set(rows.map((row) => row[name]!))].filter((value) => value !== '')
  return [{ property: name, in: values.filter((_, i) => i === 0 || nat(1) === 0) }]
}

test(`${rounds} people with random grants are answered as if nothing else were there`, async () => {
  const compared = { sets: 0, objects: 0, hidden: 0 }
  const property = fc.asyncProperty(fc.gen(), async (gen) => {
    const nat = (max: number) => gen(fc.nat, { max })
    const scopes = drawScopes(nat)
    const id = await world.hire()
    for (const { type, columns, where } of scopes) {
      const rows = { controllers: 'all', where } as unknown as RowScope
      await world.grant(id, type.name, { level: 'identifiable', purpose, columns: [...columns], rows })
    }
    await using session = await world.tenant().gate.open({ subject: parseSubjectId(id), purpose })
    const read = ofProgram(session, deps)
    const seen = await seenTypes(read, scopes, false)
    for (const { type, columns, where } of scopes) {
      const all = world.texts(type.name)
      const within = all.filter((row) => where.every(({ property, in: values }) => values.includes(row[property]!)))
      const shown = seen.types.get(type.apiName)!.objects.map(({ __rid, ...rest }) => rest)
      assert.deepEqual(bag(shown), bag(within.map((row) => shownRow(type.name, columns, row))), type.name)
      compared.hidden += all.length - within.length
    }
    if (typesWithObjects(seen).length === 0) return
    for (let i = 0; i < 5; i++) {
      const draw = new Draw(nat, seen, new Set())
      compared.objects += await compareLoad(read, drawLoad(draw, null))
      await compareFigures(session, drawAggregate(draw), deps)
      compared.sets += 1
    }
  })
  await fc.assert(property, { numRuns: rounds })
  // The attack itself must not be empty.
  assert.ok(compared.sets > 0 && compared.objects > rounds && compared.hidden > rounds, JSON.stringify(compared))
})
