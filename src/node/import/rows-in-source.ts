import type { Json } from '#kernel'
import type { Source } from '#ports'
import { csvLine } from '../csv-line.ts'
import { asInSource, type PendingEdit } from '../pending-edits.ts'

/**
 * A file of an export with the rows as their source has them: what pending edits changed goes back. Rows that none of
 * them is about pass as they are. For files in the form of an export alone (CR LF behind each record).
 */
export function rowsInSource(file: Source, primaryKey: string, edits: readonly PendingEdit[]): Source {
  if (edits.length === 0) return file
  const changes = Map.groupBy<Json, PendingEdit>(edits, (edit) => edit.primaryKey)
  return { name: file.name, bytes: null, open: () => rewritten(file, primaryKey, changes) }
}

/** What a column of such a file says, each once, in order. */
export async function saidIn(file: Source, column: string): Promise<readonly string[]> {
  const said = new Set<string>()
  let at = -1
  let names = true
  for await (const record of records(file)) {
    const fields = fieldsOf(record)
    if (names) at = fields.indexOf(column)
    else said.add(fields[at] ?? '')
    names = false
  }
  return [...said]
}

/** The rows of such a file in which a column says this. */
export function rowsThatSay(file: Source, column: string, text: string): Source {
  async function* open() {
    let names: readonly string[] | null = null
    for await (const record of records(file)) {
      const fields = fieldsOf(record)
      if (names === null || fields[names.indexOf(column)] === text) yield Buffer.from(record, 'utf8')
      names ??= fields
    }
  }
  return { name: file.name, bytes: null, open }
}

async function* rewritten(
  file: Source,
  primaryKey: string,
  changes: ReadonlyMap<Json, readonly PendingEdit[]>,
): AsyncGenerator<Uint8Array> {
  let names: readonly string[] | null = null
  for await (const record of records(file)) {
    const fields = fieldsOf(record)
    const key = names === null ? null : (fields[names.indexOf(primaryKey)] ?? null)
    if (names === null || !changes.has(key)) {
      names ??= fields
      yield Buffer.from(record, 'utf8')
      continue
    }
    const row = Object.fromEntries(names.map((name, i) => [name, fields[i] || null]))
    const source = asInSource({ ...row, __primaryKey: key }, changes)
    yield Buffer.from(csvLine(names.map((name) => source[name])), 'utf8')
  }
}

/** Whole records with their line ends: an end counts where as many quotes came before it as make pairs. */
async function* records(file: Source): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let text = ''
  let quoted = false
  let looked = 0
  for await (const bytes of file.open()) {
    text += decoder.decode(bytes, { stream: true })
    let from = 0
    for (; looked < text.length; looked++) {
      if (text[looked] === '"') quoted = !quoted
      if (text[looked] !== '\n' || quoted) continue
      yield text.slice(from, looked + 1)
      from = looked + 1
    }
    text = text.slice(from)
    looked -= from
  }
  if (text !== '') yield text
}

function fieldsOf(record: string): readonly string[] {
  const fields: string[] = []
  for (const [, quoted, plain] of `,${record.replace(/\r\n$/, '')}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    fields.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'))
  }
  return fields
}
