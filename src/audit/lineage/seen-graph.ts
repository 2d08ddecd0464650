import { boxOf, type LineageBox, type LineageEdge, type LineageField, type LineageGraph } from './lineage-graph.ts'

/** What somebody may know of a tenant's data; what is outside of it does not exist (law 3). */
export interface LineageSight {
  /** Whether they may name a property of an object type. */
  column(object: string, property: string): boolean
  /** Whether figures may be counted for them from these columns. */
  figures(object: string, columns: readonly string[]): boolean
  /** Whether rows of an organisation are among those that they may read. */
  controller(object: string, controller: string): boolean
  readonly purpose: string
}

/**
 * The graph as somebody may see it: properties that they may name and what those came from and lead to, readers of their
 * own purpose, statistics that may be counted for them. A field of a file is there where every property that it leads to
 * is. What was found in the rows, what people changed and who else reads is for officers, and so are the entries that say so.
 */
export function seenGraph(graph: LineageGraph, sight: LineageSight): LineageGraph {
  const stored = new Set(fieldsSeen(graph, sight))
  const counted = new Set(
    graph.boxes.flatMap(({ id, kind }) => (kind === 'metric' && canCount(graph, id, sight) ? [id] : [])),
  )
  const outOf = Map.groupBy(graph.edges, ({ from }) => from)
  const boxes = graph.boxes.flatMap((box) => seenBox(box, graph.edges, { stored, counted, outOf }))
  const there = new Set(boxes.flatMap(({ id, fields }) => [id, ...fields.map((field) => field.id)]))
  const edges = graph.edges.filter(({ from, to }) => there.has(from) && there.has(to))
  return connected({ ...graph, boxes, edges })
}

function fieldsSeen({ boxes }: LineageGraph, sight: LineageSight): string[] {
  return boxes.flatMap(({ kind, object, controller, fields, purpose }) => {
    if (object === null || !['checked', 'model', 'lake', 'vault', 'rows'].includes(kind)) return []
    if (controller !== null && !sight.controller(object, controller)) return []
    if (kind === 'rows' && purpose !== sight.purpose) return []
    return fields.filter(({ name }) => sight.column(object, name)).map(({ id }) => id)
  })
}

/** By object type, every column that it counts, whichever way it is counted. */
function canCount({ edges }: LineageGraph, metric: string, sight: LineageSight): boolean {
  const columns = new Map<string, string[]>()
  for (const { from, to } of edges) {
    if (boxOf(to) !== metric) continue
    const [, object = '', name = ''] = /^lake\.([^/]+)\/(.+)$/.exec(from) ?? []
    columns.set(object, [...(columns.get(object) ?? []), name])
  }
  return [...columns].every(([object, names]) => sight.figures(object, names))
}

interface SeenIds {
  readonly stored: ReadonlySet<string>
  readonly counted: ReadonlySet<string>
  /** Edges by where they come from. */
  readonly outOf: ReadonlyMap<string, readonly LineageEdge[]>
}

function seenBox(box: LineageBox, edges: readonly LineageEdge[], seen: SeenIds): LineageBox[] {
  const leadsOn = (field: string) => {
    const led = (seen.outOf.get(field) ?? []).filter(({ kind }) => kind === 'maps')
    return led.length > 0 && led.every(({ to }) => seen.stored.has(to))
  }
  switch (box.kind) {
    case 'checked':
    case 'model':
    case 'lake':
    case 'vault':
    case 'rows': {
      const fields = box.fields.filter(({ id }) => seen.stored.has(id))
      return fields.length === 0 ? [] : [{ ...box, entry: null, fields: fields.map(withoutFindings) }]
    }
    case 'source': {
      const fields = box.fields.filter(({ id }) => leadsOn(id))
      return fields.length === 0 ? [] : [{ ...box, entry: null, fields: fields.map((each) => ({ ...each, says: '' })) }]
    }
    case 'metric':
      return seen.counted.has(box.id) ? [box] : []
    case 'release': {
      const isOfMetric = edges.some(({ from, to }) => to === box.id && seen.counted.has(from))
      return isOfMetric ? [{ ...box, purpose: null, entry: null }] : []
    }
    case 'page':
      return [box]
    default:
      return []
  }
}

function withoutFindings({ broken: _, ...field }: LineageField): LineageField {
  return field
}

/** Pages that nothing leads to would only say that they are there. */
function connected(graph: LineageGraph): LineageGraph {
  const isLedTo = (id: string) => graph.edges.some(({ to }) => to === id)
  return { ...graph, boxes: graph.boxes.filter(({ id, kind }) => kind !== 'page' || isLedTo(id)) }
}
