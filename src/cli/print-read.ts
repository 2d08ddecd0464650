import type { ReadResult } from '#gate'
import { type Cell, type Io, printJsonLines, printRows } from './io.ts'

/**
 * Prints a read: for people the whole as one table, for programs row by row as batches leave the gate, so that memory
 * stays small however long it is. Returns the number of rows.
 */
export async function printRead(io: Io, result: ReadResult): Promise<number> {
  const names = result.columns.map(({ name }) => name)
  const kept: Cell[][] = []
  let count = 0
  for await (const batch of result.batches()) {
    const rows = Array.from({ length: batch.rowCount }, (_, row) => batch.columns.map((column) => cellOf(column[row])))
    count += rows.length
    if (io.isTerminal) kept.push(...rows)
    else printJsonLines(io, names, rows)
    await io.drained()
  }
  if (io.isTerminal) printRows(io, names, kept)
  return count
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
