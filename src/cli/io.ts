import Table from 'cli-table3'

/** Where a command writes. Over the socket the far end is the terminal. */
export interface Io {
  /** Data. */
  out(text: string): void
  /** Everything else. */
  err(text: string): void
  /** How far a long piece of work is; `total` null where it is not known. Done when `done === total`. */
  progress(label: string, done: number, total: number | null): void
  readonly isTerminal: boolean
  readonly cwd: string
}

export type Cell = string | number | boolean | null

/** Rows for people as a table, for programs as JSON lines. Numbers stay numbers. */
export function printRows(io: Io, columns: readonly string[], rows: readonly (readonly Cell[])[], json = false): void {
  if (json || !io.isTerminal) {
    for (const row of rows)
      io.out(`${JSON.stringify(Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null])))}\n`)
    return
  }
  const numeric = columns.map((_, i) => rows.some((row) => typeof row[i] === 'number'))
  const table = new Table({
    head: [...columns],
    colAligns: numeric.map((yes) => (yes ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  })
  for (const row of rows)
    table.push(row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en-GB') : String(cell ?? ''))))
  io.out(`${table.toString()}\n`)
}
