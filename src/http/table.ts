import { type Html, html } from './html.ts'

export type Cell = Html | string | number | null

export interface TableInput {
  readonly caption: string
  readonly head: readonly string[]
  /** The first `keys` cells of a row say what the row is about. */
  readonly keys?: number
  readonly rows: readonly (readonly Cell[])[]
  /** Columns shown with one decimal, by position. */
  readonly shares?: ReadonlySet<number>
}

/** A table that can be scrolled by keyboard; columns of numbers are aligned right, so that digits stand below digits. */
export function table({ caption, head, rows, keys = 1, shares = new Set() }: TableInput): Html {
  const numeric = head.map(
    (_, i) => rows.some((row) => isFigure(row[i])) && rows.every((row) => isFigureOrNone(row[i])),
  )
  const align = (i: number) => (numeric[i] ? 'number' : '')
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr>${head.map((name, i) => html`<th scope="col" class="${align(i)}">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) => html`<tr>${row.map((cell, i) => {
      const shown = text(cell, shares.has(i))
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

function text(cell: Cell, isShare: boolean): Html | string {
  if (typeof cell === 'number') return isShare ? cell.toFixed(1) : cell.toLocaleString('en-GB')
  return cell ?? '–'
}
