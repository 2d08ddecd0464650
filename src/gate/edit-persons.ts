import { type EntryIndex, joinSql, literal, rawSql, sql } from '#kernel'
import type { GateDeps } from './deps.ts'
import { type EditId, editEntryTypes } from './edit-entries.ts'
import type { Edit } from './edit-overlay.ts'
import type { Rooms } from './run.ts'

/**
 * Records that actions made are about the person whom the record is about that they belong to. Where flows have found
 * since that this is somebody else (two patients are one person, or one is two), they follow: people who said no, and
 * whoever looks at a patient, must find them by the right one. An entry before it looks, and one with what changed.
 */
export async function followPersons(deps: GateDeps, rooms: Rooms): Promise<void> {
  const edits = [...(deps.edits?.belonging() ?? [])].sort((a, b) => a.entry - b.entry)
  const persons = new Map<string, bigint>()
  let last: EntryIndex | null = null
  for (const [object, some] of Map.groupBy(edits, ({ row }) => row!.of!.object)) {
    const lake = deps.governance.catalogue().lakeManifest(object)
    if (lake === null) continue
    const governance = { version: 1, object, lake, edits: some.length }
    const { index } = await deps.ledger.append({ type: editEntryTypes.personsChecked, governance })
    last = index
    for (const [key, person] of await personsOf(deps, rooms, { lake, entry: index }, some)) {
      persons.set(`${object} ${key}`, person)
    }
  }
  const changed: [EditId, string][] = []
  // In order, since a record may belong to one that an action made before it.
  for (const { id, object, row } of edits) {
    const { of, key, person: before } = row!
    const person = persons.get(`${of!.object} ${of!.key}`) ?? before!
    persons.set(`${object} ${key}`, person)
    if (person !== before) changed.push([id, person.toString()])
  }
  if (changed.length === 0) return
  deps.edits!.expectPersons(changed)
  await deps.ledger.append({
    type: editEntryTypes.personsFollowed,
    governance: { version: 1, of: last, edits: changed.length },
    detail: { persons: changed },
  })
}

async function personsOf(
  deps: GateDeps,
  rooms: Rooms,
  { lake, entry }: { readonly lake: string; readonly entry: EntryIndex },
  edits: readonly Edit[],
): Promise<ReadonlyMap<string, bigint>> {
  await using lease = await deps.lake.lease(lake, entry)
  if (lease.files.length === 0) return new Map()
  const keys = [...new Set(edits.map(({ row }) => row!.of!.key))]
  const files = joinSql(lease.files.map(literal), ', ')
  const wanted = joinSql(
    keys.map((key) => rawSql(BigInt(key).toString())),
    ', ',
  )
  const engine = await rooms.lakeEngine()
  const found = await engine.rows(
    sql`SELECT "_key", "_person" FROM read_parquet([${files}], hive_partitioning = false)
      WHERE "_person" IS NOT NULL AND "_key" IN (${wanted})`,
    { rowsMax: keys.length + 1 },
  )
  return new Map(found.map((row) => [String(row._key), BigInt(row._person as bigint)]))
}
