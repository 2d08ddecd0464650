import { objectType, objectTypes } from '#contracts'
import type { Catalogue } from '#governance'
import { type EntryIndex, ident, joinSql, literal, type Sql, sql } from '#kernel'
import type { Engine, VaultLease } from '#ports'
import { isOptOutList } from '#privacy'
import { identityColumns } from '../person-rule.ts'
import type { ErasedPerson, FlowDeps } from '../submission.ts'
import { loadFromVault } from '../vault-blocks.ts'

/** One erasure being carried out. */
export interface Erasing {
  readonly deps: FlowDeps
  readonly id: string
  /** The order: what leases are taken under. */
  readonly entry: EntryIndex
  /** Their keys, as decimal text. */
  readonly persons: readonly string[]
  /** What was current before the rows were taken out. */
  readonly before: Catalogue
  readonly engine: Engine
}

/** By what a person is known in texts that no key points to: values and words that only their own record holds. */
export interface Traces {
  readonly texts: ReadonlySet<string>
  /** NHS numbers, ten digits. */
  readonly numbers: readonly string[]
  readonly localIds: ErasedPerson['localIds']
  /** Keys of their records, as decimal text. */
  readonly keys: ReadonlySet<string>
}

const wordCharactersMin = 4
/** Shorter ones count only as the whole of a text. */
const partCharactersMin = 6
const localIdCharactersMin = 2

/** Names of the types whose rows may be about a person, lists of people who said no among them. */
export function aboutPeople(): readonly string[] {
  return objectTypes().flatMap(({ name, personLevel }) => (personLevel || isOptOutList(name) ? [name] : []))
}

export function parquetOf(files: readonly string[]): Sql {
  return sql`read_parquet([${joinSql(files.map(literal), ', ')}], hive_partitioning = false, filename = true)`
}

/**
 * Makes `erased` (person_key), `identity`, and `erased_rows` (object, controller, _key): what there was of the persons in
 * the versions before. Returns by what they are known elsewhere.
 */
export async function findTraces({ deps, engine, entry, persons, before }: Erasing): Promise<Traces> {
  await engine.registerEphemeral('erased', {
    columns: [{ name: 'person_key', type: 'BIGINT', values: persons.map((key) => BigInt(key)) }],
  })
  await engine.execute(sql`CREATE OR REPLACE TABLE erased_rows (object VARCHAR, controller VARCHAR, _key BIGINT)`)
  for (const object of aboutPeople()) {
    const manifest = before.lakeManifest(object)
    if (manifest === null) continue
    await using lease = await deps.lake.lease(manifest, entry)
    if (lease.files.length === 0) continue
    await engine.execute(sql`INSERT INTO erased_rows SELECT ${object}, _controller, _key FROM ${parquetOf(lease.files)}
      WHERE _person IN (SELECT person_key FROM erased)`)
  }
  const manifest = before.vaultManifest()
  await using lease = manifest === null ? null : await deps.vault.lease(manifest, entry)
  await loadFromVault(engine, lease, { table: 'identity', columns: identityColumns }, 'identity')
  const mine =
    await engine.rows(sql`SELECT nhs_number, local_id, controller, patient_key::VARCHAR AS patient FROM identity
    WHERE person_key IN (SELECT person_key FROM erased)`)
  const rows = await engine.rows(sql`SELECT DISTINCT _key::VARCHAR AS key FROM erased_rows`)
  const localIds = mine.map((row) => String(row.local_id).toLowerCase())
  return {
    texts: new Set([
      ...localIds.filter((each) => each.length >= localIdCharactersMin),
      ...(lease ? await ownTexts(engine, lease) : []),
    ]),
    numbers: [...new Set(mine.flatMap((row) => (row.nhs_number === null ? [] : [String(row.nhs_number)])))],
    localIds: mine.map((row) => ({ controller: String(row.controller), localId: String(row.local_id) })),
    keys: new Set([...rows.map((row) => String(row.key)), ...mine.map((row) => String(row.patient))]),
  }
}

/** Values, and words of them, of direct identifiers and record ids that nobody else's rows have in that column. */
async function ownTexts(engine: Engine, lease: VaultLease): Promise<string[]> {
  const found: string[] = []
  for (const { object } of await engine.rows(sql`SELECT DISTINCT object FROM erased_rows`)) {
    const type = objectType(String(object))
    const there = new Set(
      lease.version.segments.filter(({ table }) => table === type.name).flatMap(({ columns }) => columns.map(nameOf)),
    )
    const names = type.properties
      .filter(({ name, sensitivity, role }) => there.has(name) && (sensitivity === 'direct' || role !== null))
      .map(nameOf)
    if (names.length === 0) continue
    const columns = [
      { name: '_key', type: 'int64' as const },
      ...names.map((name) => ({ name, type: 'text' as const })),
    ]
    await loadFromVault(engine, lease, { table: type.name, columns }, 'secret')
    for (const name of names) found.push(...(await ownWords(engine, type.name, name)))
    await engine.execute(sql`DROP TABLE secret`)
  }
  return found
}

async function ownWords(engine: Engine, object: string, column: string): Promise<string[]> {
  const value = sql`lower(${ident(column)})`
  const words = sql`unnest(list_prepend(${value}, string_split_regex(${value}, '[\\s,]+')))`
  const mine = sql`_key IN (SELECT _key FROM erased_rows WHERE object = ${object})`
  const rows = await engine.rows(sql`
    WITH own AS (SELECT DISTINCT word FROM (SELECT ${words} AS word FROM secret WHERE ${mine})
      WHERE length(word) >= ${wordCharactersMin})
    SELECT word FROM own ANTI JOIN (SELECT ${words} AS word FROM secret WHERE NOT ${mine}) AS others USING (word)`)
  return rows.map(({ word }) => String(word))
}

const nameOf = ({ name }: { readonly name: string }) => name

/**
 * Whether a text holds one of the traces: a number in any spacing, a text of theirs as whole words, or, where it is so short
 * that it could be part of a date or another number, as the whole.
 */
export function traceFinder({ texts, numbers }: Traces): (text: string) => boolean {
  const long = [...texts].filter((text) => text.length >= partCharactersMin).map(escaped)
  const pattern =
    long.length === 0 ? null : new RegExp(`(?<![\\p{L}\\p{N}])(?:${long.join('|')})(?![\\p{L}\\p{N}])`, 'u')
  return (text) => {
    const lower = text.toLowerCase()
    const digits = text.replace(/[\s-]/g, '')
    return (
      numbers.some((number) => digits.includes(number)) || texts.has(lower.trim()) || (pattern?.test(lower) ?? false)
    )
  }
}

function escaped(text: string): string {
  return text.replace(/[^\p{L}\p{N}]/gu, (each) => `\\u{${each.codePointAt(0)!.toString(16)}}`)
}
