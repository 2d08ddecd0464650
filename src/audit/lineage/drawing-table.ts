import {
  type BoxKind,
  boxOf,
  type LineageBox,
  type LineageEdge,
  type LineageField,
  type LineageGraph,
} from './lineage-graph.ts'
import { escaped } from './markup.ts'

/** Anchors: `n` and a number in the drawing, `t` and the same in the tables. */
export interface Labels {
  numberOf(id: string): number
  isDrawn(id: string): boolean
}

const kinds: Readonly<Record<BoxKind, string>> = {
  delivery: 'Delivery',
  source: 'File',
  checked: 'Checks',
  model: 'Model',
  lake: 'Lake',
  vault: 'Vault',
  action: 'Action',
  rows: 'Readers',
  metric: 'Statistic',
  release: 'Figures',
  page: 'Page',
}

/** Every box of the graph with all its fields, where each comes from and where it goes. */
export function drawingTables(graph: LineageGraph, labels: Labels): string {
  const into = Map.groupBy(graph.edges, ({ to }) => to)
  const outOf = Map.groupBy(graph.edges, ({ from }) => from)
  const titles = new Map(graph.boxes.map((box) => [box.id, `${kinds[box.kind]}: ${box.title}`]))
  const link = (id: string) => {
    const box = boxOf(id)
    const name = id === box ? '' : `, ${id.slice(box.length + 1)}`
    return `<a href="#t${labels.numberOf(id)}">${escaped(`${titles.get(box) ?? box}${name}`)}</a>`
  }
  const list = (edges: readonly LineageEdge[] | undefined, end: 'from' | 'to') => {
    if (!edges) return '–'
    const items = edges.map(
      (edge) => `<li>${link(edge[end])}${edge.says === null ? '' : ` (${escaped(edge.says)})`}</li>`,
    )
    return `<ul>${items.join('')}</ul>`
  }
  const cells = (id: string) => `<td>${list(into.get(id), 'from')}</td><td>${list(outOf.get(id), 'to')}</td>`
  return graph.boxes.map((box) => boxTable(box, into.has(box.id) || outOf.has(box.id), cells, labels)).join('\n')
}

function boxTable(box: LineageBox, isLinked: boolean, cells: (id: string) => string, labels: Labels): string {
  const number = labels.numberOf(box.id)
  const name = (id: string, text: string) =>
    labels.isDrawn(id) ? `<a href="#n${labels.numberOf(id)}">${escaped(text)}</a>` : escaped(text)
  const entry = box.entry === null ? '' : `, by entry ${box.entry}`
  const rows = box.fields.map(
    (field) =>
      `<tr id="t${labels.numberOf(field.id)}"><th scope="row">${name(field.id, field.name)}</th><td>${whatOf(field)}</td>${cells(field.id)}</tr>`,
  )
  const whole =
    isLinked || rows.length === 0
      ? [`<tr><th scope="row">${name(box.id, 'The whole')}</th><td>–</td>${cells(box.id)}</tr>`]
      : []
  return `<h3 id="t${number}">${escaped(`${kinds[box.kind]}: ${box.title}`)}</h3>
<table><caption>${escaped(`${box.says}${entry}`)}</caption>
<thead><tr><th scope="col">Column</th><th scope="col">What it is</th><th scope="col">Comes from</th><th scope="col">Goes to</th></tr></thead>
<tbody>${[...whole, ...rows].join('\n')}</tbody></table>`
}

function whatOf({ says, class: is, treatments, checks, broken }: LineageField): string {
  const rules = (checks ?? []).map(({ rule, severity }) => `${rule} (${severity})`)
  const told = [
    [is, says].filter(Boolean).join(' · '),
    ...(treatments
      ? [
          `for readers: ${Object.entries(treatments)
            .map(([level, what]) => `${level} ${what}`)
            .join('; ')}`,
        ]
      : []),
    ...(rules.length > 0 ? [`checked: ${rules.join(', ')}`] : []),
    ...(broken ? [`rows broke: ${broken.join(', ')}`] : []),
  ].filter((text) => text !== '')
  return told.length === 0 ? '–' : told.map((text) => `<p>${escaped(text)}</p>`).join('')
}
