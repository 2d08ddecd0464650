import { objectType } from '#contracts'
import { type Instant, ident, joinSql, rawSql, type Sql, sql } from '#kernel'
import { shown } from '#privacy'
import { decideAll, decideQuietly, type Granted, rowLevels } from './decided.ts'
import type { EditKind, ExactText } from './edit-entries.ts'
import type { EditHost } from './edit-host.ts'
import { type Edit, openProperties } from './edit-overlay.ts'
import { mayEdit, writeAgain } from './edit-rights.ts'
import { propertyOf } from './relation-plan.ts'
import type { Question } from './session.ts'

/** One open edit as somebody who may see its row is told of it. */
export interface EditLine {
  /** `<entry>.<place>`: how `keep`, `withdraw` and `undo` name it. */
  readonly id: string
  readonly object: string
  readonly kind: EditKind
  readonly action: string
  /**
   * `pending` in its source system; `differs`: the source has a third value; `gone`: the source has no such row any more;
   * `kept`: a person decided that it stays.
   */
  readonly state: 'pending' | 'differs' | 'gone' | 'kept'
  readonly overdue: boolean
  readonly at: Instant
  readonly by: string
  /** The system that has to catch up, and until when. */
  readonly owner: string
  readonly due: Instant
  readonly counted: boolean
  readonly undo: boolean
  /** As this session shows it; null where the row is not there to be shown. */
  readonly primaryKey: string | null
  /** Of properties that this session shows as they are. */
  readonly values: Readonly<Record<string, { readonly before: ExactText; readonly after: ExactText }>>
}

/** Edits that one look may be about. */
const listedMax = 1_000

/**
 * Open edits of rows that the session may see, with key and values, decided and logged as a read of these rows; and of
 * its own subject's edits, and those that it may edit, the ones whose rows are not there any more. Nobody is told of
 * others.
 */
export async function listEdits(
  host: EditHost,
  only: (edit: Edit) => boolean = () => true,
): Promise<readonly EditLine[]> {
  const { deps } = host
  const open = (deps.edits?.open ?? []).filter((edit) => edit.row !== null && only(edit))
  const lines: EditLine[] = []
  for (const [object, edits] of Map.groupBy(open, (edit) => edit.object)) {
    const seen = await keysSeen(host, object, edits.slice(0, listedMax))
    for (const edit of edits.slice(0, listedMax)) {
      const key = seen?.keys.get(edit.row!.key) ?? null
      const mine = edit.by === host.subject || (edit.gone && mayEdit(deps, host, [writeAgain(deps, host, edit)]))
      if (key !== null || (seen && mine)) lines.push(lineOf(deps.clock.now(), edit, key, seen!))
    }
  }
  return lines
}

interface Seen {
  readonly keys: ReadonlyMap<bigint, string>
  /** What is shown as it is. */
  readonly exact: ReadonlySet<string>
}

async function keysSeen(host: EditHost, object: string, edits: readonly Edit[]): Promise<Seen | null> {
  const type = objectType(object)
  const pk = type.primaryKey
  const levels = rowLevels.toReversed()
  const quiet = decideQuietly(host.deps, host, { object, columns: 'all-permitted' }, levels)
  if (!quiet?.columns.includes(pk)) return null
  const { level } = quiet.decision
  const names = [...new Set(edits.flatMap((edit) => [...edit.properties]))].filter((name) =>
    quiet.columns.includes(name),
  )
  const relations = { rows: { object, columns: [...new Set([pk, ...names])], level } }
  const decided = await decideAll(host.deps, host.refusals, host, relations, [level])
  const keys = [...new Set(edits.map(({ row }) => row!.key))]
  const question: Question & { readonly person: string } = {
    about: { edits: 'listed', object },
    ...(host.justification === undefined ? {} : { justification: host.justification }),
    relations,
    person: 'rows',
    build: ({ rows }) => keyedSql(type.personLevel, pk, rows!, keys),
  }
  const identifiable = level === 'identifiable'
  if (identifiable) await host.holdIdentity()
  const read = await host.open(question, decided, type.personLevel)
  const result = await host.start(read, question, decided, identifiable, { rows: { exact: [], inLake: [] } })
  const at = (name: string) => result.columns.findIndex((column) => column.name === name)
  const found = new Map<bigint, string>()
  for await (const batch of read.wholeBatches()) {
    for (let i = 0; i < batch.rowCount; i++) {
      found.set(BigInt(batch.columns[at('_key')]![i] as bigint), String(batch.columns[at(pk)]![i]))
    }
  }
  const granted = decided.relations.rows as Granted
  const exact = granted.columns.filter((name) => {
    const how = shown(type, propertyOf(type, name), level)
    return how.kind === 'vault' || (how.kind === 'clear' && how.stored === null)
  })
  return { keys: found, exact: new Set(exact) }
}

function keyedSql(personLevel: boolean, pk: string, rows: Sql, keys: readonly bigint[]): Sql {
  const list = joinSql(
    keys.map((key) => rawSql(key.toString())),
    ', ',
  )
  const person = personLevel ? rawSql(', "_person"') : rawSql('')
  return sql`SELECT CAST(${ident(pk)} AS VARCHAR) AS ${ident(pk)}, "_key"${person} FROM ${rows} WHERE "_key" IN (${list})`
}

function lineOf(now: Instant, edit: Edit, primaryKey: string | null, { exact }: Seen): EditLine {
  const { id, object, kind, action, at, by, owner, due, counted, undo, row } = edit
  const state = edit.kept !== null ? 'kept' : edit.gone ? 'gone' : edit.differs.length > 0 ? 'differs' : 'pending'
  const named = primaryKey === null ? [] : openProperties(edit).filter((name) => exact.has(name))
  return {
    ...{ id, object, kind, action, state, overdue: now > due, at, by, owner, due, counted, undo, primaryKey },
    values: Object.fromEntries(
      named.map((name) => [name, { before: row!.before[name] ?? null, after: row!.after[name] ?? null }]),
    ),
  }
}
