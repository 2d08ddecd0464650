import assert from 'node:assert/strict'
import type { Session } from '#gate'
import { aggregateObjects, type LoadDeps, parseAggregateRequest } from '#ontology'
import { normal } from './normal.ts'
import { figuresOf } from './plain-figures.ts'
import type { Json } from './plain-filter.ts'
import { evaluate, type PlainWorld } from './plain-sets.ts'
import type { Kind } from './plain-values.ts'
import { drawDerived } from './random-derived.ts'
import { drawFigures } from './random-figures.ts'
import { type Draw, drawSet, typesWithObjects } from './random-sets.ts'

export interface FiguresCase {
  readonly world: PlainWorld
  readonly body: { readonly objectSet: Json; readonly aggregation: readonly Json[]; readonly groupBy: readonly Json[] }
  /** Of the groups, by how many objects they have. */
  readonly direction: 'ASC' | 'DESC' | null
}

export function drawAggregate(draw: Draw): FiguresCase {
  const type = draw.one(typesWithObjects(draw.world))
  let objectSet = drawSet(draw, type, 2)
  const kinds = new Map<string, Kind>(type.kinds)
  if (draw.upTo(3) === 3) {
    const { definition, kind } = drawDerived(draw, type, 1)
    kinds.set('derived', kind)
    objectSet = { type: 'withProperties', objectSet, derivedProperties: { derived: definition } }
  }
  const { aggregation, groupBy } = drawFigures(draw, type, kinds)
  const isOrdered = groupBy.length === 1 && !groupBy[0]!.includeNullValues && draw.maybe()
  const direction = isOrdered ? draw.one(['ASC', 'DESC'] as const) : null
  const ordering = direction ? [{ type: 'count', name: 'inOrder', direction }] : []
  return { world: draw.world, direction, body: { objectSet, groupBy, aggregation: [...aggregation, ...ordering] } }
}

/** Asks for the figures and holds groups, figures and what was left out against the plain evaluation. */
export async function compareFigures(session: Session, drawn: FiguresCase, deps: LoadDeps): Promise<void> {
  const { world, body, direction } = drawn
  const what = JSON.stringify(body)
  const answer = await aggregateObjects(session, parseAggregateRequest(JSON.parse(what)), deps).catch((error) => {
    throw new Error(`${what}: ${String(error)}`, { cause: error })
  })
  const plain = figuresOf(evaluate(world, body.objectSet), body, direction)
  const data = answer.data.map(({ group, metrics }) => {
    return { group, metrics: Object.fromEntries(metrics.map(({ name, value }) => [name, value])) }
  })
  const expected = plain.data.map(({ group, metrics }) => ({ group, metrics: thoseThereAre(metrics) }))
  assert.deepEqual(groups(data), groups(expected), what)
  assert.equal(answer.excludedItems ?? 0, plain.excludedItems, what)
  if (direction === null) return
  const counts = data.map(({ metrics }) => Number(metrics.inOrder))
  const inOrder = counts.toSorted((a, b) => (direction === 'ASC' ? a - b : b - a))
  assert.deepEqual(counts, inOrder, what)
}

/** In no order of groups. */
function groups(data: readonly unknown[]): string[] {
  return data.map((each) => JSON.stringify(normal(each))).sort()
}

function thoseThereAre(metrics: Json): Json {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => value !== null))
}
