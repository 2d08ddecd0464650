import { type Html, html } from './html.ts'

export type Cell = Html | string | number | null

export interface TableInput {
  readonly caption: string
  readonly head: readonly string[]
  /** The first `keys` cells of a row say what the row is about. */
  readonly keys?: number
  readonly rows: readonly (readonly Cell[])[]
}

/** A table that can be scrolled by keyboard; columns of numbers are aligned right, so that digits stand below digits. */
export function table({ caption, head, rows, keys = 1 }: TableInput): Html {
  const numeric = head.map(
    (_, i) => rows.some((row) => isFigure(row[i])) && rows.every((row) => isFigureOrNone(row[i])),
  )
  const align = (i: number) => (numeric[i] ? 'number' : '')
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr>${head.map((name, i) => html`<th scope="col" class="${align(i)}">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) => html`<tr>${row.map((cell, i) => {
      const shown = text(cell)
      return i < keys ? html`<th scope="row">${shown}</th>` : html`<td class="${align(i)}">${shown}</td>`
    })}</tr>
`,
  )}</tbody></table></div>`
}

/** Numbers, suppressed numbers, `104+` and weeks with a decimal. */
function isFigure(cell: Cell | undefined): boolean {
  return typeof cell === 'number' || (typeof cell === 'string' && /^(\*|\d+\+|\d+\.\d+)$/.test(cell))
}

function isFigureOrNone(cell: Cell | undefined): boolean {
  return cell === null || cell === undefined || cell === '–' || isFigure(cell)
}

/** With the decimals that disclosure control left, and no more: they say how exact the number may be. */
function text(cell: Cell): Html | string {
  if (typeof cell === 'number') return cell.toLocaleString('en-GB')
  return cell ?? '–'
}
