import {
  type BoxKind,
  boxOf,
  type LineageBox,
  type LineageEdge,
  type LineageField,
  type LineageGraph,
} from './lineage-graph.ts'
import { traced } from './trace.ts'

export interface DrawnRow {
  /** Of the field; of several that are drawn as one, made from their box. */
  readonly id: string
  readonly name: string
  readonly says: string
}

export interface DrawnBox {
  readonly box: LineageBox
  readonly rows: readonly DrawnRow[]
}

export interface DrawnEdge {
  readonly from: string
  readonly to: string
  readonly says: string | null
  readonly masking: boolean
}

/** What is drawn of a graph: columns that nothing used are one row of their box. */
export interface DrawnGraph {
  readonly boxes: readonly DrawnBox[]
  readonly edges: readonly DrawnEdge[]
}

/** More rows than this are no drawing any more: then boxes stand for all their fields. */
const rowsMax = 240

/** Where a column was used: by readers, a statistic, figures; or where people changed it. */
const uses: ReadonlySet<BoxKind> = new Set(['rows', 'metric', 'release', 'page', 'action'])

/**
 * `every`: fields that nothing used too, since somebody asked about them. Where even the used ones are too many, boxes that
 * nothing used are left out; where it is still too much, boxes stand for their fields. The tables have all of it.
 */
export function drawnGraph(graph: LineageGraph, every: boolean): DrawnGraph {
  const used = usedIds(graph)
  const isUsed = (id: string) => used.has(id)
  const some = drawnBy(graph, every ? () => true : isUsed)
  if (isFew(some)) return some
  const boxes = graph.boxes.filter(({ id, fields }) => used.has(id) || fields.some((field) => used.has(field.id)))
  if (boxes.length === 0) return drawnBy(graph, () => false)
  const there = new Set(boxes.map(({ id }) => id))
  const edges = graph.edges.filter(({ from, to }) => there.has(boxOf(from)) && there.has(boxOf(to)))
  const fewer = drawnBy({ ...graph, boxes, edges }, isUsed)
  return isFew(fewer) ? fewer : drawnBy({ ...graph, boxes, edges }, () => false)
}

function isFew({ boxes }: DrawnGraph): boolean {
  return boxes.reduce((count, { rows }) => count + rows.length, 0) <= rowsMax
}

/** On the way to a use: what readers got nothing of is not. */
function usedIds(graph: LineageGraph): ReadonlySet<string> {
  const isLinked = new Set(graph.edges.flatMap(({ from, to }) => [from, to]))
  const users = graph.boxes.filter(({ kind }) => uses.has(kind))
  const starts = users.flatMap(({ id, kind, fields }) => [
    id,
    ...fields.flatMap((field) => (kind === 'rows' && !isLinked.has(field.id) ? [] : [field.id])),
  ])
  const { boxes } = traced(graph, starts, 'up')
  return new Set([...starts, ...boxes.flatMap(({ fields }) => fields.map(({ id }) => id))])
}

function wordsOf({ says, class: is, checks }: LineageField): string {
  const rules = [...new Set((checks ?? []).map(({ rule }) => rule))].join(', ')
  return [is, says, checks && (rules || 'no rule')].filter(Boolean).join(' · ')
}

function drawnBy(graph: LineageGraph, isDrawn: (field: string) => boolean): DrawnGraph {
  const rowOf = new Map<string, string>()
  const boxes = graph.boxes.map((box): DrawnBox => {
    const own = box.fields.filter(({ id }) => isDrawn(id))
    const others = box.fields.length - own.length
    for (const { id } of box.fields) rowOf.set(id, isDrawn(id) ? id : `${box.id}/…`)
    const rows = own.map((field) => ({ id: field.id, name: field.name, says: wordsOf(field) }))
    const more = { id: `${box.id}/…`, name: moreWords(own.length, others), says: '' }
    return { box, rows: others === 0 ? rows : [...rows, more] }
  })
  const edges = new Map<string, DrawnEdge>()
  for (const edge of graph.edges) {
    const [from, to] = [rowOf.get(edge.from) ?? edge.from, rowOf.get(edge.to) ?? edge.to]
    const known = edges.get(`${from} ${to}`)
    edges.set(`${from} ${to}`, known ? joined(known, edge) : { from, to, says: edge.says, masking: edge.masking })
  }
  return { boxes, edges: [...edges.values()] }
}

function joined(one: DrawnEdge, { says, masking }: LineageEdge): DrawnEdge {
  return { ...one, says: one.says === says ? says : null, masking: one.masking && masking }
}

function moreWords(shown: number, others: number): string {
  const columns = others === 1 ? 'column' : 'columns'
  return shown === 0 ? `${others} ${columns}` : `and ${others} more ${columns}`
}
