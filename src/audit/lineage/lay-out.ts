import type { ElkExtendedEdge, ElkNode, ElkPort } from 'elkjs/lib/elk-api.js'
import type { DrawnBox, DrawnEdge, DrawnGraph, DrawnRow } from './drawn-graph.ts'
import { type BoxKind, boxOf } from './lineage-graph.ts'
import { linesOf, textWidth } from './text-lines.ts'

/** Sizes of the font in pixels, as the style of the drawing has them; a title is bold, and wider for that. */
const sizes = { title: 17, says: 12, name: 14 } as const
const padding = 12
const lineHeight = 18
const widthMin = 190
const textWidthMax = 270

export interface LaidLine {
  readonly text: string
  readonly as: keyof typeof sizes
  /** Baseline, from the top of the drawing. */
  readonly y: number
}

export interface LaidRow {
  readonly row: DrawnRow
  readonly y: number
  readonly height: number
  readonly lines: readonly LaidLine[]
}

export interface LaidBox extends DrawnBox {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly headHeight: number
  readonly head: readonly LaidLine[]
  readonly laid: readonly LaidRow[]
}

export interface LaidEdge extends DrawnEdge {
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

export interface Layout {
  readonly width: number
  readonly height: number
  readonly boxes: readonly LaidBox[]
  readonly edges: readonly LaidEdge[]
}

/** From left to right as data go. */
const columns: Readonly<Record<BoxKind, number>> = {
  ...{ delivery: 0, source: 1, checked: 2, action: 2, model: 2, lake: 3, vault: 3 },
  ...{ rows: 4, metric: 4, release: 5, page: 6 },
}

/** What models make of others lies behind them, and what comes of any data behind all of these. */
function columnsOf({ boxes, edges }: DrawnGraph): (box: string) => number {
  const kinds = new Map(boxes.map(({ box }) => [box.id, box.kind]))
  const into = Map.groupBy(edges, ({ to }) => boxOf(to))
  const depths = new Map<string, number>()
  const depthOf = (id: string): number => {
    const known = depths.get(id)
    if (known !== undefined) return known
    // A model reads no data that are made of its own.
    depths.set(id, 0)
    const kind = kinds.get(id)
    const from = ['model', 'lake', 'vault'].includes(String(kind)) ? (into.get(id) ?? []) : []
    const before = from
      .map((edge) => boxOf(edge.from))
      .filter((each) => /^(model|lake|vault)$/.test(String(kinds.get(each))))
    const depth = Math.max(0, ...before.map(depthOf)) + (kind === 'model' ? 1 : 0)
    depths.set(id, depth)
    return depth
  }
  const deepest = Math.max(0, ...[...kinds.keys()].map(depthOf))
  return (id) => {
    const kind = kinds.get(id)!
    return columns[kind] + 2 * (columns[kind] > columns.lake ? deepest : depthOf(id))
  }
}

const layered = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.partitioning.activate': 'true',
  'elk.separateConnectedComponents': 'false',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.nodePlacement.favorStraightEdges': 'true',
  'elk.layered.spacing.nodeNodeBetweenLayers': '64',
  'elk.layered.spacing.edgeNodeBetweenLayers': '24',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '7',
  'elk.spacing.nodeNode': '28',
  'elk.spacing.edgeNode': '18',
  'elk.padding': '[top=8,left=8,bottom=8,right=8]',
}

/** Places boxes in columns and edges between their rows. The same graph is laid out the same. */
export async function layOut(graph: DrawnGraph): Promise<Layout> {
  const { boxes, edges } = graph
  const columnOf = columnsOf(graph)
  const measured = boxes.map(measure)
  const { default: Elk } = await import('elkjs/lib/elk.bundled.js')
  const root: ElkNode = {
    id: 'root',
    layoutOptions: layered,
    children: measured.map((box) => nodeOf(box, columnOf(box.box.id))),
    edges: edges.map(edgeOf),
  }
  const placed = await new Elk.default().layout(root)
  const nodes = new Map(placed.children?.map((node) => [node.id, node]))
  const routes = new Map((placed.edges as ElkExtendedEdge[]).map((edge) => [edge.id, edge.sections?.[0]]))
  return {
    width: Math.ceil(placed.width ?? 0),
    height: Math.ceil(placed.height ?? 0),
    boxes: measured.map((box) => moved(box, nodes.get(box.box.id)?.x ?? 0, nodes.get(box.box.id)?.y ?? 0)),
    edges: edges.map((edge, i) => {
      const route = routes.get(`e${i}`)
      const points = route ? [route.startPoint, ...(route.bendPoints ?? []), route.endPoint] : []
      return { ...edge, points }
    }),
  }
}

function measure({ box, rows }: DrawnBox): LaidBox {
  const head = [
    ...linesOf(box.title, sizes.title, textWidthMax).map((text) => ({ text, as: 'title' as const })),
    ...linesOf(box.says, sizes.says, textWidthMax).map((text) => ({ text, as: 'says' as const })),
  ]
  // Rows of one height lie opposite each other, so that the lines between them are straight.
  const isMore = ({ id }: DrawnRow) => id === `${box.id}/…`
  const texts = rows.map(({ name, says }) => [
    ...linesOf(name, sizes.name, textWidthMax).map((text) => ({ text, as: 'name' as const })),
    ...(says === '' ? [] : linesOf(says, sizes.says, textWidthMax).map((text) => ({ text, as: 'says' as const }))),
  ])
  const widest = Math.max(...[...head, ...texts.flat()].map(({ text, as }) => textWidth(text, sizes[as])))
  const headHeight = head.length * lineHeight + padding
  let y = headHeight
  const laid = texts.map((lines, i): LaidRow => {
    const text = lines.length * lineHeight + padding / 2
    const height = isMore(rows[i]!) ? text : Math.max(text, 2 * lineHeight + padding / 2)
    const row = { row: rows[i]!, y, height, lines: stacked(lines, y + (height - text) / 2) }
    y += height
    return row
  })
  const width = Math.max(widthMin, widest + 2 * padding)
  return { box, rows, x: 0, y: 0, width, height: y, headHeight, head: stacked(head, padding / 4), laid }
}

function stacked(lines: readonly Omit<LaidLine, 'y'>[], top: number): LaidLine[] {
  return lines.map((line, i) => ({ ...line, y: top + (i + 1) * lineHeight - 2 }))
}

function moved(box: LaidBox, x: number, y: number): LaidBox {
  const down = <T extends { readonly y: number }>(each: T): T => ({ ...each, y: each.y + y })
  const laid = box.laid.map((row) => ({ ...down(row), lines: row.lines.map(down) }))
  return { ...box, x, y, head: box.head.map(down), laid }
}

function nodeOf({ box, width, height, headHeight, laid }: LaidBox, column: number): ElkNode {
  const middles: [string, number][] = [
    [box.id, headHeight / 2],
    ...laid.map(({ row, y, height: own }): [string, number] => [row.id, y + own / 2]),
  ]
  const ports = middles.flatMap(([id, y]): ElkPort[] => [
    { id: `in ${id}`, x: 0, y, width: 0, height: 0, layoutOptions: { 'elk.port.side': 'WEST' } },
    { id: `out ${id}`, x: width, y, width: 0, height: 0, layoutOptions: { 'elk.port.side': 'EAST' } },
  ])
  const partition = { 'elk.partitioning.partition': String(column) }
  return {
    id: box.id,
    width,
    height,
    ports,
    layoutOptions: { 'elk.portConstraints': 'FIXED_POS', 'elk.alignment': 'LEFT', ...partition },
  }
}

function edgeOf({ from, to }: DrawnEdge, i: number): ElkExtendedEdge {
  return { id: `e${i}`, sources: [`out ${from}`], targets: [`in ${to}`] }
}
