import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { ident } from '#kernel'
import { fc } from '../../../test/random.ts'
import { parseView } from '../definition/parse-view.ts'
import { viewRows } from '../run-view.ts'
import { compileView } from './view.ts'

type Row = Record<string, unknown>
type Node = Record<string, unknown>

/** A select as a test draws it: paths are members one after the other, with at most one condition. */
interface Drawn {
  readonly kind: 'forEach' | 'forEachOrNull' | 'union' | 'plain'
  readonly steps: readonly string[]
  readonly condition: string | null
  readonly nested: readonly Drawn[]
}

const names = ['a', 'b', 'c']

const leaf = fc.oneof(
  fc.constantFrom('x', 'y', 'a "quoted" 1'),
  fc.constantFrom(1, 2.5, -3, 0),
  fc.boolean(),
  fc.constant(null),
)
function nodeOf(depth: number): fc.Arbitrary<Node> {
  const v = leaf
  if (depth === 0) return fc.record({ v }, { requiredKeys: [] })
  const nested = fc.oneof(leaf, nodeOf(depth - 1), fc.array(nodeOf(depth - 1), { minLength: 1, maxLength: 3 }))
  return fc.record({ a: nested, b: nested, c: nested, v: fc.oneof(leaf, fc.array(leaf)) }, { requiredKeys: ['a'] })
}

function drawnOf(depth: number): fc.Arbitrary<Drawn> {
  return fc.record({
    kind: fc.constantFrom<Drawn['kind']>('forEach', 'forEachOrNull', 'union', 'plain'),
    steps: fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 2 }),
    condition: fc.option(fc.constantFrom('x', 'y')),
    nested: depth === 0 ? fc.constant([]) : fc.array(drawnOf(depth - 1), { maxLength: 2 }),
  })
}

/** Each column of a view has a name of its own, made from where it stands; branches of a union share theirs. */
function viewOf(select: Drawn, place: string): object {
  const path = pathOf(select)
  const column = [
    { name: `${place}_count`, path: '%rowIndex', type: 'integer' },
    { name: `${place}_values`, path: 'v', collection: true },
  ]
  if (select.kind === 'union') {
    const branch = { forEach: path, column }
    return { unionAll: [branch, { column }, branch] }
  }
  const nested = { column, select: select.nested.map((each, i) => viewOf(each, `${place}_${i}`)) }
  return select.kind === 'plain' ? nested : { [select.kind]: path, ...nested }
}

function pathOf({ steps, condition }: Drawn): string {
  return `${steps.join('.')}${condition === null ? '' : `.where(v = '${condition}')`}`
}

/** The same in plain JavaScript. */
function rowsOf(select: Drawn, focus: unknown, place: string, index: number): Row[] {
  const items = select.steps.reduce<unknown[]>((all, name) => all.flatMap((each) => childrenOf(each, name)), [focus])
  const found = items.filter((each) => {
    if (select.condition === null) return true
    const values = childrenOf(each, 'v')
    return values.length === 1 && values[0] === select.condition
  })
  const own = (each: unknown, i: number): Row => ({
    [`${place}_count`]: i,
    [`${place}_values`]: childrenOf(each, 'v').map(String),
  })
  if (select.kind === 'union') return [...found.map(own), own(focus, index), ...found.map(own)]
  const nested = (each: unknown, i: number) =>
    select.nested
      .map((inner, n) => rowsOf(inner, each, `${place}_${n}`, i))
      .reduce((rows, more) => rows.flatMap((row) => more.map((other) => ({ ...row, ...other }))), [own(each, i)])
  if (select.kind === 'plain') return nested(focus, index)
  return select.kind === 'forEachOrNull' && found.length === 0 ? nested(undefined, 0) : found.flatMap(nested)
}

function childrenOf(parent: unknown, name: string): unknown[] {
  if (typeof parent !== 'object' || parent === null || Array.isArray(parent)) return []
  const child = Object.hasOwn(parent, name) ? (parent as Node)[name] : null
  return (Array.isArray(child) ? child : [child]).filter((each) => each !== null && each !== undefined)
}

test('random resources flatten as a plain evaluation in JavaScript flattens them', async () => {
  await using engine = await openDuckdbEngine({ memoryLimitMb: 512, threads: 2, tempDirectory: null })
  let rowsSeen = 0
  await fc.assert(
    fc.asyncProperty(fc.array(nodeOf(3), { minLength: 1, maxLength: 6 }), drawnOf(2), async (nodes, select) => {
      const resources = nodes.map((each) => ({ ...each, resourceType: 'Basic' }))
      const texts = resources.map((each) => JSON.stringify(each))
      await engine.registerEphemeral('random', { columns: [{ name: 'resource', type: 'VARCHAR', values: texts }] })
      const view = parseView({ resource: 'Basic', select: [viewOf(select, 's')] })
      const actual = await viewRows(engine, compileView(view, ident('random')))
      const expected = resources.flatMap((each) => rowsOf(select, each, 's', 0))
      const sorted = (rows: Row[]) => rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort()
      assert.deepEqual(sorted(actual), sorted(expected))
      rowsSeen += actual.length
    }),
    { numRuns: 80 },
  )
  assert.ok(rowsSeen > 50, 'the random views make rows')
})
