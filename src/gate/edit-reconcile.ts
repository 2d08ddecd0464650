import { objectType, type Property } from '#contracts'
import { type EntryIndex, ident, isFdpError, joinSql, literal, sql } from '#kernel'
import { placement } from '#privacy'
import type { GateDeps } from './deps.ts'
import {
  type EditId,
  type EditProperties,
  type ExactText,
  editEntryTypes,
  type Settled,
  wholeRow,
} from './edit-entries.ts'
import { type Edit, openProperties } from './edit-overlay.ts'
import { followPersons } from './edit-persons.ts'
import { exactTextSql } from './edit-tables.ts'
import { propertyOf } from './relation-plan.ts'
import type { Rooms } from './run.ts'

/** Edits that one entry speaks of, so that it stays within its limit. */
const perEntryMax = 200

/** What the source says of one row: exact texts of the properties that open edits are about. */
type SourceRow = ReadonlyMap<string, ExactText>

/**
 * Holds every open edit of an object type against the version of its source that is in force, and writes down what came
 * of it: what the source has now is settled; what it has differently waits for a person; everything else stays pending.
 * Nothing is ever dropped here. An entry before it looks, as for any lease.
 */
export async function reconcile(deps: GateDeps, rooms: Rooms, object: string): Promise<void> {
  const edits = deps.edits?.openOf(object).filter(({ row }) => row !== null) ?? []
  if (edits.length === 0) return
  const catalogue = deps.governance.catalogue()
  const properties = propertiesOf(object, edits)
  const inVault = properties.filter((property) => placement(objectType(object), property).vault)
  const lake = catalogue.lakeManifest(object)
  const vault = inVault.length === 0 || lake === null ? null : catalogue.vaultManifest()
  const governance = { version: 1, object, lake, vault, edits: edits.length }
  const { index: of } = await deps.ledger.append({ type: editEntryTypes.compared, governance })
  const rows = new Map<bigint, Map<string, ExactText>>(
    lake === null ? [] : await lakeRows(deps, rooms, { object, lake, of, edits, properties }),
  )
  if (vault !== null) await addVaultTexts(deps, { object, vault, of, inVault }, rows)
  await write(deps, object, of, heldAgainst(edits, rows))
}

interface Outcome {
  readonly settled: readonly EditProperties[]
  readonly differs: readonly EditProperties[]
  readonly gone: readonly EditId[]
}

/** Pure. Of several edits of one property the last that the source agrees with settles those before it too. */
export function heldAgainst(edits: readonly Edit[], rows: ReadonlyMap<bigint, SourceRow>): Outcome {
  const settled = new Map<EditId, string[]>()
  const differs = new Map<EditId, string[]>()
  const gone: EditId[] = []
  const note = (into: Map<EditId, string[]>, { id }: Edit, property: string) =>
    into.set(id, [...(into.get(id) ?? []), property])
  for (const [key, some] of Map.groupBy(edits, ({ row }) => row!.key)) {
    const row = rows.get(key)
    for (const edit of some) {
      if (edit.kind === 'delete' && !row) note(settled, edit, wholeRow)
      if (edit.kind === 'modify' && !row && !some.some(({ kind }) => kind === 'create')) gone.push(edit.id)
    }
    if (!row) continue
    const written = some.filter(({ kind }) => kind !== 'delete')
    for (const property of new Set(written.flatMap((edit) => openProperties(edit)))) {
      const chain = written.filter((edit) => openProperties(edit).includes(property))
      const source = row.get(property) ?? null
      const agreed = chain.findLastIndex(({ row: known }) => (known!.after[property] ?? null) === source)
      for (const edit of chain.slice(0, agreed + 1)) note(settled, edit, property)
      const rest = chain.slice(agreed + 1)
      const asBefore = agreed >= 0 || (chain[0]!.row!.before[property] ?? null) === source
      if (!asBefore) for (const edit of rest) note(differs, edit, property)
    }
  }
  return { settled: listed(settled), differs: listed(differs), gone }
}

function listed(found: ReadonlyMap<EditId, readonly string[]>): EditProperties[] {
  return [...found].map(([edit, properties]) => ({ edit, properties }))
}

function propertiesOf(object: string, edits: readonly Edit[]): readonly Property[] {
  const names = new Set(edits.flatMap((edit) => (edit.kind === 'delete' ? [] : openProperties(edit))))
  return [...names].map((name) => propertyOf(objectType(object), name))
}

async function lakeRows(
  deps: GateDeps,
  rooms: Rooms,
  of: { object: string; lake: string; of: EntryIndex; edits: readonly Edit[]; properties: readonly Property[] },
): Promise<[bigint, Map<string, ExactText>][]> {
  const exact = of.properties.filter((property) => !placement(objectType(of.object), property).vault)
  await using lease = await deps.lake.lease(of.lake, of.of)
  if (lease.files.length === 0) return []
  const engine = await rooms.lakeEngine()
  const table = `edited_keys_${of.of}`
  const keys = [...new Set(of.edits.map(({ row }) => row!.key))]
  await engine.registerEphemeral(table, { columns: [{ name: '_key', type: 'BIGINT', values: keys }] })
  try {
    const texts = exact.map(
      (property) => sql`${exactTextSql(property, ident(property.name))} AS ${ident(property.name)}`,
    )
    const files = joinSql(lease.files.map(literal), ', ')
    const found = await engine.rows(
      sql`SELECT ${joinSql([sql`"_key"`, ...texts], ', ')} FROM read_parquet([${files}], hive_partitioning = false)
        WHERE "_key" IN (SELECT "_key" FROM ${ident(table)})`,
      { rowsMax: keys.length + 1 },
    )
    return found.map((row) => [
      BigInt(row._key as bigint),
      new Map(exact.map(({ name }) => [name, row[name] as ExactText])),
    ])
  } finally {
    await engine.execute(sql`DROP TABLE IF EXISTS ${ident(table)}`)
  }
}

/** One pass over the vault's columns in question; nothing of other rows is kept, and no engine sees it. */
async function addVaultTexts(
  deps: GateDeps,
  of: { object: string; vault: string; of: EntryIndex; inVault: readonly Property[] },
  rows: Map<bigint, Map<string, ExactText>>,
): Promise<void> {
  const names = of.inVault.map(({ name }) => name)
  await using lease = await deps.vault.lease(of.vault, of.of)
  const wanted = new Set([...rows.keys()].map(String))
  for await (const block of lease.blocks(of.object, ['_key', ...names])) {
    const [keys, ...columns] = block.columns.map((json) => JSON.parse(json) as (string | null)[])
    keys!.forEach((key, i) => {
      if (!wanted.has(String(key))) return
      const row = rows.get(BigInt(key!))!
      for (const [n, name] of names.entries()) row.set(name, columns[n]![i] ?? null)
    })
  }
}

/** In several entries where there is much; the last one says so. */
async function write(
  deps: GateDeps,
  object: string,
  of: EntryIndex,
  { settled, differs, gone }: Outcome,
): Promise<void> {
  const entries = Math.max(1, ...[settled, differs, gone].map(({ length }) => Math.ceil(length / perEntryMax)))
  for (let i = 0; i < entries; i++) {
    const part = <T>(all: readonly T[]) => all.slice(i * perEntryMax, (i + 1) * perEntryMax)
    const entry: Settled = {
      ...{ version: 1, of, object, last: i === entries - 1 },
      ...{ settled: part(settled), differs: part(differs), gone: part(gone) },
    }
    await deps.ledger.append({ type: editEntryTypes.settled, governance: { ...entry } as never })
  }
}

/** Compares again what was published; a ledger that takes nothing more leaves it for the next start. */
export async function reconcileAll(deps: GateDeps, rooms: Rooms): Promise<void> {
  if (deps.edits?.mayFollow) await unlessStopped(() => rooms.editing(() => followPersons(deps, rooms)))
  for (const object of deps.edits?.toCompare() ?? []) {
    await unlessStopped(() => rooms.editing(() => reconcile(deps, rooms, object)))
  }
}

async function unlessStopped(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isFdpError(error)) throw error
  }
}
