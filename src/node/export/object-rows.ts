import { createHash } from 'node:crypto'
import { objectType } from '#contracts'
import type { Question, Session } from '#gate'
import { generalColumnsAt } from '#governance'
import { type EntryIndex, ident, joinSql, type OdsCode, sql } from '#kernel'
import { csvLine } from '../csv-line.ts'

/** The rows of one object type and controller as they leave a tenant. */
export interface RowsAsked {
  readonly object: string
  readonly controller: OdsCode
  readonly columns: readonly string[]
  readonly asOf?: EntryIndex
  readonly justification?: string
}

/**
 * What of an object type somebody may read at identifiable level, if it is all of it: every property of the contract, but
 * for legally restricted ones that were not granted by name. null where it is less, or nothing.
 */
export function wholeColumns(session: Session, object: string): { columns: string[]; withheld: string[] } | null {
  const visible = session.visible(object, ['identifiable'])
  if (visible === null) return null
  const seen = new Set(visible.columns)
  if (!generalColumnsAt(object, 'identifiable').every((name) => seen.has(name))) return null
  const names = objectType(object).properties.map(({ name }) => name)
  return { columns: names.filter((name) => seen.has(name)), withheld: names.filter((name) => !seen.has(name)) }
}

/** Some whole lines of the file. */
export interface Lines {
  readonly text: string
  /** Rows in them; none in the header. */
  readonly rows: number
}

/**
 * The file of such rows, a batch at a time: header first, then in the order of the primary key, so that the same rows give
 * the same bytes at whichever tenant. A read through the gate like any other: decided, logged, and cut at a revocation.
 */
export async function* rowLines(session: Session, asked: RowsAsked): AsyncGenerator<Lines> {
  yield { text: csvLine(asked.columns), rows: 0 }
  await using result = await session.rows(rowsQuestion(asked))
  for await (const batch of result.batches()) {
    const lines: string[] = []
    for (let row = 0; row < batch.rowCount; row++) lines.push(csvLine(batch.columns.map((column) => column[row])))
    yield { text: lines.join(''), rows: batch.rowCount }
  }
}

/** SHA-256 of that file, hexadecimal, without writing it. */
export async function rowsDigest(session: Session, asked: RowsAsked): Promise<string> {
  const hash = createHash('sha256')
  for await (const { text } of rowLines(session, asked)) hash.update(text)
  return hash.digest('hex')
}

/** Rows of one controller, all of them, in the order of the primary key. */
export function rowsQuestion(asked: RowsAsked): Question<'objects'> & { readonly person: 'objects' } {
  const { object, controller, columns, asOf, justification } = asked
  const type = objectType(object)
  return {
    about: { kind: 'export', object, controller, select: [...columns] },
    relations: { objects: { object, columns, level: 'identifiable', controller } },
    person: 'objects',
    build: ({ objects }) => {
      const selected = [...columns, ...(type.personLevel ? ['_person'] : [])].map(ident)
      return sql`SELECT ${joinSql(selected, ', ')} FROM ${objects} AS objects ORDER BY ${ident(type.primaryKey)}, "_order"`
    },
    ...(asOf === undefined ? {} : { asOf }),
    ...(justification === undefined ? {} : { justification }),
  }
}
