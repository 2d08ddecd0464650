import { type ObjectType, objectType } from '#contracts'
import { ident, joinSql, limits, literal, rawSql, sql } from '#kernel'
import type { EditRequest } from './edit.ts'
import { type ExactText, editEntryTypes, type RowEdit, wholeRow } from './edit-entries.ts'
import type { EditHost } from './edit-host.ts'
import { type Edit, openProperties } from './edit-overlay.ts'
import type { EditedRows } from './edit-rows.ts'
import { exactTextSql, valueSql } from './edit-tables.ts'
import { gateErrors } from './errors.ts'
import { propertyOf } from './relation-plan.ts'

/**
 * Values as the engine writes them once it has read them, so that `1.5` and `1.50` are one value when the source has it.
 * Our own code has checked them: what the engine cannot read is a bug.
 */
export async function normalised(host: EditHost, rows: readonly RowEdit[]): Promise<readonly RowEdit[]> {
  const cells: { readonly row: number; readonly name: string; readonly text: string }[] = []
  rows.forEach(({ object, after }, row) => {
    for (const [name, text] of Object.entries(after)) {
      if (text !== null && propertyOf(objectType(object), name).type !== 'text') cells.push({ row, name, text })
    }
  })
  if (cells.length === 0) return rows
  const texts = cells.map(({ row, name, text }, i) => {
    const property = propertyOf(objectType(rows[row]!.object), name)
    return sql`${exactTextSql(property, valueSql(property, sql`CAST(${text} AS VARCHAR)`))} AS ${ident(`c${i}`)}`
  })
  const engine = await host.rooms.lakeEngine()
  const [found] = await engine.rows(sql`SELECT ${joinSql(texts, ', ')}`)
  const after = rows.map((row) => ({ ...row.after }) as Record<string, ExactText>)
  cells.forEach(({ row, name }, i) => {
    after[row]![name] = found?.[`c${i}`] as ExactText
  })
  return rows.map((row, i) => ({ ...row, after: after[i]! }))
}

/**
 * Refuses what somebody else's edit stands in the way of: FDP_GATE_CONFLICT, with the property where the actor may read
 * it and bare where not. And FDP_GATE_EDITS_FULL.
 */
export async function checkConflicts(
  host: EditHost,
  request: EditRequest,
  rows: readonly RowEdit[],
  made: ReadonlySet<RowEdit>,
  reads: readonly EditedRows[],
): Promise<void> {
  const edits = host.deps.edits!
  for (const object of new Set(rows.map((row) => row.object))) {
    const open = edits.openOf(object)
    const mine = rows.filter((row) => row.object === object)
    if (open.length + mine.length > limits.openEditsMax) throw gateErrors('FDP_GATE_EDITS_FULL', { object })
    const byKey = Map.groupBy(open, ({ row }) => row?.key.toString() ?? '')
    for (const row of mine) {
      for (const other of byKey.get(row.key) ?? []) {
        const property = inTheWay(request, row, other)
        if (property !== null) throw conflict(row.object, property, reads)
      }
    }
  }
  const chosen = rows.filter((row) => row.kind === 'create' && !made.has(row))
  for (const [object, some] of Map.groupBy(chosen, (row) => row.object)) {
    if (await anyExists(host, objectType(object), some)) throw conflict(object, wholeRow, reads)
  }
}

/** The property, or `*` for the whole row, by which another open edit is in the way of one; null if it is not. */
function inTheWay(request: EditRequest, { kind, after }: RowEdit, other: Edit): string | null {
  const open = openProperties(other)
  if (kind === 'create' || other.kind === 'delete') return wholeRow
  const expected = request.expected !== undefined && other.entry > request.expected
  const isOthers = other.kind === 'modify' && other.action !== request.about.action
  if (kind === 'delete') return expected || isOthers ? wholeRow : null
  const shared = Object.keys(after).find((name) => open.includes(name))
  if (shared === undefined) return null
  if (expected) return shared
  // A record that an action made is edited on; a change that the source does not have yet is first settled.
  return isOthers ? shared : null
}

function conflict(object: string, property: string, reads: readonly EditedRows[]): Error {
  const readable = reads.some(
    ({ request, decided }) =>
      request.object === object && Object.values(decided.relations).some(({ columns }) => columns.includes(property)),
  )
  const what = readable ? `\`${property}\` of this ${object}` : 'what it is about'
  return gateErrors('FDP_GATE_CONFLICT', { what })
}

/** Whether a record with a chosen key is there already, seen or not. An entry of its own, since the lake is looked into. */
async function anyExists(host: EditHost, { name: object }: ObjectType, rows: readonly RowEdit[]): Promise<boolean> {
  const { deps, rooms, id: session } = host
  const lake = deps.governance.catalogue().lakeManifest(object)
  if (lake === null) return false
  const governance = { version: 1, session, object, lake, keys: rows.length }
  const { index } = await deps.ledger.append({ type: editEntryTypes.keysChecked, governance })
  await using lease = await deps.lake.lease(lake, index)
  if (lease.files.length === 0) return false
  const files = joinSql(lease.files.map(literal), ', ')
  const keys = joinSql(
    rows.map(({ key }) => rawSql(BigInt(key).toString())),
    ', ',
  )
  const engine = await rooms.lakeEngine()
  const found = await engine.rows(sql`SELECT 1 AS found FROM read_parquet([${files}], hive_partitioning = false)
    WHERE "_key" IN (${keys}) LIMIT 1`)
  return found.length > 0
}
