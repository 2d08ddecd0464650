import Table from 'cli-table3'

/** Where a command writes. Over the socket the far end is the terminal. */
export interface Io {
  /** Data. */
  out(text: string): void
  /** Everything else. */
  err(text: string): void
  /** Waits until what was written has gone on its way; between the parts of anything long. FDP_CLI_STOPPED if nobody reads any more. */
  drained(): Promise<void>
  /** How far a long piece of work is; `total` null where it is not known. Done when `done === total`. */
  progress(label: string, done: number, total: number | null): void
  readonly isTerminal: boolean
  /** Asks whoever sits at the terminal; absent where nobody does, or over the socket. */
  readonly ask?: (question: string) => Promise<string>
  readonly cwd: string
}

export type Cell = string | number | boolean | null

/** Rows for people as a table, for programs as JSON lines. Numbers stay numbers. */
export function printRows(io: Io, columns: readonly string[], rows: readonly (readonly Cell[])[]): void {
  if (!io.isTerminal) printJsonLines(io, columns, rows)
  else if (rows.length === 0) io.err('nothing to list\n')
  else io.out(`${tableOf(columns, rows)}\n`)
}

function tableOf(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const numeric = columns.map((_, i) => rows.some((row) => typeof row[i] === 'number'))
  const table = new Table({
    head: [...columns],
    colAligns: numeric.map((yes) => (yes ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  })
  for (const row of rows) table.push(row.map(shownCell))
  return table.toString()
}

/** One JSON object a row. */
export function printJsonLines(io: Io, columns: readonly string[], rows: readonly (readonly Cell[])[]): void {
  for (const row of rows) {
    io.out(`${JSON.stringify(Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null])))}\n`)
  }
}

/** Sentences for people; for programs the document that they were made from, on one line. */
export function printWords(io: Io, lines: readonly string[], document: unknown): void {
  io.out(io.isTerminal ? lines.map((line) => `${shownLine(line)}\n`).join('') : `${JSON.stringify(document)}\n`)
}

/** What comes from data must not move the cursor or colour the terminal of whoever reads it. */
function shownCell(cell: Cell | undefined): string {
  if (typeof cell === 'number') return cell.toLocaleString('en-GB')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return String(cell ?? '').replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd')
}

/** The same for sentences, which somebody may have written over several lines. */
export function shownLine(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return line.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd')
}
