/**
 * Where a submission comes from: a stream of bytes and what is known about them. Guarantees: `open` may be called more
 * than once and gives the same bytes, or fails with FDP_SOURCE_CHANGED.
 */
export interface Source {
  /** A name for people: a file name without its folders. Never a patient value. */
  readonly name: string
  /** Bytes expected, if known, for the progress bar. */
  readonly bytes: number | null
  open(): AsyncIterable<Uint8Array>
}

/** How the bytes of a delimited file are to be read; `null` fields are found out and reported. */
export interface CsvDialect {
  readonly encoding: 'utf-8' | 'utf-16le' | 'windows-1252' | null
  readonly delimiter: ',' | ';' | '\t' | '|' | null
}

/**
 * Where a table begins in what a reader finds. `first`: the first line that is not blank names the columns; `none`: no
 * line does, and they are called `column 1`, `column 2`, …; `has`: the first of the first hundred lines with all these
 * names does, and what stands above it is no data. With a layout a column without a name is called by its position
 * too, and a name that comes again gets ` (2)`; without one both are refused.
 */
export interface TableLayout {
  readonly header: 'first' | 'none' | { readonly has: readonly string[] }
}

/**
 * Reads the bytes of one format into an engine table of texts.
 *
 * Guarantees: nothing plain is written to disk; the table has `_row BIGINT` (1-based data row, in file order) and one
 * VARCHAR column a header name; empty fields are null, padding around values is kept for the checks to judge; rows the
 * reader cannot take apart are in `rejects` with row, column position and reason, without their values. Every data row is
 * in the table or counted in `rejectedRows`; blank lines are no rows. When it throws there is no table. What is wrong
 * with the bytes has status 422 and no value; memory is bounded whatever they hold. Once rows are being loaded neither side
 * waits for ever: not for a source that fell silent after the engine stopped, nor for an engine after the source failed.
 */
export interface TabularReader {
  /** Whether a file of this format may hold several tables; a reader of others is never given a `part`. */
  readonly hasParts?: true
  read(input: {
    /**
     * A function is called a second time when the encoding is to be found out and is not UTF-8; without one such bytes
     * are refused with FDP_CSV_ENCODING.
     */
    bytes: AsyncIterable<Uint8Array> | (() => AsyncIterable<Uint8Array>)
    dialect: CsvDialect
    /** Of a format that holds several tables, which: the reader takes the one whose name this knows. Null: the only one. */
    part?: ((name: string) => boolean) | null
    /** Of a format with lines of fields; others have one place for a table and pass over it. */
    layout?: TableLayout | null
    engine: import('./engine.ts').Engine
    /** Name of the table to make in the engine. */
    table: string
  }): Promise<TabularResult>
}

/** A reader for each format by name. Delimited text is always there: other readers may hand theirs to it. */
export interface Readers {
  readonly csv: TabularReader
  readonly [format: string]: TabularReader
}

export interface TabularResult {
  readonly header: readonly string[]
  readonly rows: number
  readonly dialect: { readonly encoding: string; readonly delimiter: string; readonly bom: boolean }
  /** At most 10,000 are listed; `rejectedRows` counts all. */
  readonly rejects: readonly { row: number; column: number | null; reason: string }[]
  readonly rejectedRows: number
}

/** A row as its cells, null where there is no value; or why it has to be set aside, in fixed words. */
export type CellRow =
  | { readonly cells: readonly (string | null)[] }
  | { readonly fault: string; readonly column: number | null }

/** Makes the table of rows that are taken apart already; what a TabularReader promises holds for it. */
export type ReadCells = (input: {
  header: readonly string[]
  rows: AsyncIterable<readonly CellRow[]>
  engine: import('./engine.ts').Engine
  table: string
}) => Promise<TabularResult>
