import { objectType } from '#contracts'
import type { RowScope } from '#governance'
import { type EntryIndex, isFdpError, joinSql, literal, sql } from '#kernel'
import { isOptOutList } from '#privacy'
import type { GateDeps } from './deps.ts'
import { isOneKnown, onlySql } from './only.ts'
import { rowsSql } from './relation-sql.ts'
import type { Rooms } from './run.ts'

/** `unknown`: the version is not in the lake any more, or whom it was opened for was erased. */
export type Presence = 'yes' | 'no' | 'unknown'

export interface PresenceAsked {
  /** Of the `audit.person-asked` entry, durable, by which a person asked about their own record. */
  readonly entry: EntryIndex
  /** The person's key, as decimal text. */
  readonly person: string
  /** Versions that earlier reads named, lists of people who said no among them, with the rows that grants let them see. */
  readonly of: readonly { readonly object: string; readonly lakeManifest: string | null; readonly rows: RowScope }[]
}

/**
 * Whether a person has a row in versions that earlier reads saw. Answers a person's own question about reads whose
 * persons nobody listed; no row, column or other person leaves. Leases go under the entry of the question (law 2).
 */
export async function holdsPerson(
  deps: GateDeps,
  rooms: Pick<Rooms, 'lakeEngine'>,
  { entry, person, of }: PresenceAsked,
): Promise<readonly Presence[]> {
  const standstill = deps.standstill()
  if (standstill) throw standstill
  const { type } = await deps.ledger.entry(entry)
  if (type !== 'audit.person-asked') throw new Error('a person was looked for without an entry that says so')
  const answers: Presence[] = []
  for (const { object, lakeManifest, rows } of of) {
    answers.push(
      objectType(object).personLevel || isOptOutList(object) ? await inVersion(object, lakeManifest, rows) : 'no',
    )
  }
  return answers

  async function inVersion(object: string, lakeManifest: string | null, rows: RowScope): Promise<Presence> {
    // Records that actions made for this person may or may not have been there at the time of the read.
    const no = deps.edits?.hasCreatedFor(object, BigInt(person)) ? 'unknown' : 'no'
    if (lakeManifest === null) return no
    await using lease = await leased(lakeManifest)
    if (!lease || !(await isOneKnown(deps, rows))) return 'unknown'
    if (lease.files.length === 0) return no
    const only = (await onlySql(deps, objectType(object), rows)) ?? sql`TRUE`
    const engine = await rooms.lakeEngine()
    const files = joinSql(lease.files.map(literal), ', ')
    const found =
      await engine.rows(sql`SELECT 1 AS found FROM read_parquet([${files}], hive_partitioning = false) AS lake
      WHERE lake."_person" = ${BigInt(person)} AND ${rowsSql(rows)} AND ${only} LIMIT 1`)
    return found.length > 0 ? 'yes' : no
  }

  async function leased(lakeManifest: string) {
    try {
      return await deps.lake.lease(lakeManifest, entry)
    } catch (error) {
      if (isFdpError(error)) return null
      throw error
    }
  }
}
