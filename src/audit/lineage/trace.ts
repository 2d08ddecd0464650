import { type BoxKind, boxOf, type LineageGraph } from './lineage-graph.ts'

export type Direction = 'up' | 'down' | 'both'

/** What a question about lineage begins with. Nothing named: everything. */
export interface TraceStart {
  readonly object?: string
  /** A property of the object, or what its file calls it. */
  readonly column?: string
  readonly metric?: string
}

/** Where a value of one field is in every other: whoever comes to a field comes to the box, and goes on from there. */
const whole: ReadonlySet<BoxKind> = new Set(['rows', 'metric', 'release', 'page'])
/** What comes to such a box comes to all its fields. */
const throughout: ReadonlySet<BoxKind> = new Set(['source', 'checked', 'model', 'metric'])
/** Where a question about a column begins: as it came, and as it is kept. */
const kept: ReadonlySet<BoxKind> = new Set(['source', 'checked', 'model', 'lake', 'vault'])

/** Fields and boxes that a question begins with; none: nothing here is named so. */
export function startsOf({ boxes }: LineageGraph, { object, column, metric }: TraceStart): readonly string[] {
  const metrics = boxes.filter(({ kind, id }) => kind === 'metric' && id.startsWith(`metric.${metric}@`))
  const columns = boxes.flatMap((box) => {
    if (object === undefined || box.object !== object || !kept.has(box.kind)) return []
    return box.fields.filter(({ name }) => column === undefined || name === column)
  })
  return [...(metric === undefined ? [] : metrics), ...columns].map(({ id }) => id)
}

/** The part of a graph that the starts come from (`up`), that they reach (`down`), or both. */
export function traced(graph: LineageGraph, starts: readonly string[], direction: Direction): LineageGraph {
  const up = direction === 'down' ? new Set<string>() : reached(graph, starts, 'up')
  const down = direction === 'up' ? new Set<string>() : reached(graph, starts, 'down')
  const has = (id: string) => up.has(id) || down.has(id)
  const there = new Set([...up, ...down].map(boxOf))
  return {
    ...graph,
    boxes: graph.boxes
      .filter(({ id }) => there.has(id))
      .map((box) => ({ ...box, fields: box.fields.filter(({ id }) => has(id)) })),
    // An edge belongs to one way: between what led here and what follows there may be others.
    edges: graph.edges.filter(({ from, to }) => (up.has(from) && up.has(to)) || (down.has(from) && down.has(to))),
  }
}

function reached(graph: LineageGraph, starts: readonly string[], way: 'up' | 'down'): Set<string> {
  const next = new Map<string, string[]>()
  const lead = (from: string, to: string) => next.set(from, [...(next.get(from) ?? []), to])
  for (const { from, to } of graph.edges) way === 'down' ? lead(from, to) : lead(to, from)
  for (const { id: box, kind, fields } of graph.boxes) {
    for (const { id } of fields) {
      if (way === 'up' || whole.has(kind)) lead(id, box)
      if (way === 'down' ? throughout.has(kind) : kind === 'metric') lead(box, id)
    }
  }
  const seen = new Set(starts)
  const waiting = [...starts]
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    for (const each of next.get(id) ?? []) {
      if (seen.has(each)) continue
      seen.add(each)
      waiting.push(each)
    }
  }
  return seen
}
