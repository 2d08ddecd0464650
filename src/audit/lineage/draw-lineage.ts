import { drawingStyle } from './drawing-style.ts'
import { drawingTables, type Labels } from './drawing-table.ts'
import { type DrawnGraph, drawnGraph } from './drawn-graph.ts'
import { type LaidBox, type LaidEdge, type LaidLine, type LaidRow, type Layout, layOut } from './lay-out.ts'
import type { LineageGraph } from './lineage-graph.ts'
import { escaped } from './markup.ts'
import { traced } from './trace.ts'

/**
 * A graph as a page that stands alone: boxes with their columns as rows, lines between them, and the same in tables
 * below. No script; a row that is followed shows its whole way. `asked`: what it answers, in words; `every`: columns that
 * nothing used are drawn too.
 */
export async function drawLineage(graph: LineageGraph, asked: string, every: boolean): Promise<string> {
  const drawn = drawnGraph(graph, every)
  const laid = await layOut(drawn)
  const labels = labelsOf(graph, drawn)
  const title = `Where data come from and go: ${graph.tenant}`
  const asOf = graph.asOf
    ? `As of entry ${graph.asOf.entry} of the ledger, ${graph.asOf.time.slice(0, 16).replace('T', ' ')} UTC.`
    : 'The ledger has no entry.'
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${drawingStyle}${waysStyle(drawn, labels)}</style>
</head>
<body>
<a class="skip" href="#tables">Skip the drawing: the same in tables</a>
<header><h1>${escaped(title)}</h1><p>${escaped(asked)} ${escaped(asOf)}</p></header>
<main>
<p class="hint screen">Follow a row to see its whole way; follow a heading to find it in the tables.</p>
<figure>
<div class="scroll" role="region" aria-label="The drawing" tabindex="0">
${drawing(laid, labels, title, asked)}
</div>
${legend}${leftOut(graph.boxes.length - drawn.boxes.length)}
</figure>
<h2 class="table" id="tables">The same in tables</h2>
${drawingTables(graph, labels)}
</main>
<footer><p>Worked out from the ledger and from what was declared. Names only: no value of a row is in it.</p></footer>
</body>
</html>
`
}

function leftOut(boxes: number): string {
  return boxes === 0 ? '' : `<p class="hint">${boxes} boxes that nothing used are only in the tables.</p>`
}

/** Short names for anchors: what an id is made of may be anything. */
function labelsOf(graph: LineageGraph, drawn: DrawnGraph): Labels {
  const rows = new Set(drawn.boxes.flatMap(({ box, rows: own }) => [box.id, ...own.map(({ id }) => id)]))
  const all = new Set([...rows, ...graph.boxes.flatMap(({ id, fields }) => [id, ...fields.map((field) => field.id)])])
  const numbers = new Map([...all].map((id, i) => [id, i + 1]))
  return { numberOf: (id) => numbers.get(id) ?? 0, isDrawn: (id) => rows.has(id) }
}

/** For each row, the lines of its way: those shine when it is followed. */
function waysStyle({ boxes, edges }: DrawnGraph, { numberOf }: Labels): string {
  const graph: LineageGraph = {
    ...{ format: 'openfdp/lineage-graph', version: 1, tenant: '', asOf: null },
    boxes: boxes.map(({ box, rows }) => ({ ...box, fields: rows })),
    edges: edges.map((edge) => ({ ...edge, kind: 'maps' as const })),
  }
  const places = new Map(edges.map(({ from, to }, i) => [`${from} ${to}`, i]))
  const ids = boxes.flatMap(({ rows }) => rows.map(({ id }) => id))
  return ids
    .map((id) => {
      const way = traced(graph, [id], 'both').edges.map(({ from, to }) => `.e${places.get(`${from} ${to}`)}`)
      if (way.length === 0) return ''
      return `svg:has(#n${numberOf(id)}:target) :is(${way.join()}){stroke:#005eb8;stroke-width:3}\n`
    })
    .join('')
}

function drawing({ width, height, boxes, edges }: Layout, labels: Labels, title: string, asked: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="group" aria-labelledby="drawing-title drawing-says">
<title id="drawing-title">${escaped(title)}</title>
<desc id="drawing-says">${escaped(`${asked} ${boxes.length} boxes, from left to right as data go; the tables below say the same.`)}</desc>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto" markerUnits="userSpaceOnUse"><path d="M0 0 8 4 0 8Z" fill="#4c6272"/></marker></defs>
${edges.map(edgeSvg).join('\n')}
${boxes.map((box) => boxSvg(box, labels)).join('\n')}
</svg>`
}

function edgeSvg({ points, masking, from, to, says }: LaidEdge, i: number): string {
  if (points.length === 0) return ''
  const label = `${from} to ${to}${says === null ? '' : `: ${says}`}`
  const masked = masking ? ' masking' : ''
  return `<path class="edge${masked} e${i}" d="${pathOf(points)}" marker-end="url(#arrow)"><title>${escaped(label)}</title></path>`
}

const cornerMax = 8

/** Straight lines with round corners. */
function pathOf(points: LaidEdge['points']): string {
  const [first, ...rest] = points
  const middle = rest.slice(0, -1).map((at, i) => {
    const before = points[i]!
    const after = rest[i + 1]!
    return `L${near(at, before)}Q${round(at)} ${near(at, after)}`
  })
  return `M${round(first!)}${middle.join('')}L${round(rest.at(-1)!)}`
}

type Point = LaidEdge['points'][number]

/** On the way from one point to another, a corner's radius away or half of the way. */
function near(at: Point, other: Point): string {
  const length = Math.hypot(other.x - at.x, other.y - at.y) || 1
  const part = Math.min(cornerMax, length / 2) / length
  return round({ x: at.x + (other.x - at.x) * part, y: at.y + (other.y - at.y) * part })
}

function round({ x, y }: Point): string {
  return `${Math.round(x * 10) / 10},${Math.round(y * 10) / 10}`
}

function boxSvg(laid: LaidBox, labels: Labels): string {
  const { box, x, y, width, height, headHeight, head, laid: rows } = laid
  const number = labels.numberOf(box.id)
  return `<g class="${box.kind}">
<rect class="frame" x="${x}" y="${y}" width="${width}" height="${height}"/>
<a class="head" id="n${number}" href="#t${number}" aria-label="${escaped(`${box.title}, ${box.says}: in the tables`)}"><rect x="${x}" y="${y}" width="${width}" height="${headHeight}"/>${linesSvg(head, x)}</a>
${rows.map((row) => rowSvg(row, laid, labels)).join('\n')}
</g>`
}

function rowSvg({ row, y, height, lines }: LaidRow, { box, x, width }: LaidBox, { numberOf }: Labels): string {
  const number = numberOf(row.id)
  const isMore = row.id === `${box.id}/…`
  const href = isMore ? `#t${numberOf(box.id)}` : `#n${number}`
  const label = escaped(`${row.name}, ${row.says || box.says}`)
  return `<a class="row${isMore ? ' more' : ''}" id="n${number}" href="${href}" aria-label="${label}"><rect x="${x + 0.5}" y="${y}" width="${width - 1}" height="${height}"/><path class="rule" d="M${x} ${y}h${width}"/>${linesSvg(lines, x)}</a>`
}

function linesSvg(lines: readonly LaidLine[], x: number): string {
  return lines.map(({ text, as, y }) => `<text class="${as}" x="${x + 12}" y="${y}">${escaped(text)}</text>`).join('')
}

const line = (dashes: string) =>
  `<svg width="44" height="10" aria-hidden="true"><path class="edge${dashes}" d="M0 5H44"/></svg>`

const legend = `<ul class="legend">
<li>${line('')}as it came, or read, joined or translated</li>
<li>${line(' masking')}less comes out than went in: a key, a token, a coarser value, a figure</li>
</ul>`
