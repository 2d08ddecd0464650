import type { ObjectType } from '#contracts'
import { type DateOnly, ident, joinSql, literal, type Sql, sql } from '#kernel'
import type { LakeFile, LakeVersion, VaultColumn, VaultSegment } from '#ports'
import { isOptOutList } from '#privacy'
import { copyCare, type ManifestOf } from './clear-care.ts'
import { dayColumn, withDays } from './day-files.ts'
import { fail } from './errors.ts'
import { currentVault } from './identify.ts'
import type { EventCounts } from './report.ts'
import { identitySegmentsMax, writeSegment } from './split.ts'
import type { SplitPlan } from './split-plan.ts'
import { storing } from './stores.ts'
import { loadFromVault } from './vault-blocks.ts'
import type { Work } from './work.ts'

/*
 * A delivery of events is added to those that are there. It takes the place of what came for its day before; of an event that
 * came for several days the one of the latest day stands, in whatever order they come. Only files that hold what goes are
 * written anew, and small ones together once there are many; all of it is current by the one entry of the submission.
 */

/** Files of one controller before the small ones are written as one again. */
const filesMax = 8
/** Above so many rows a file is left as it is, however many there are. */
const smallRowsMax = 2_000_000

/** What a delivery of events does to the events that are there. */
export interface LaidEvents {
  readonly counts: EventCounts
  /** Files that stay as they are, of every controller. */
  readonly keep: readonly LakeFile[]
  /** What stays of the files that are written anew, with `_asAt`; null: none is. */
  readonly anew: { readonly rows: Sql; readonly count: number; readonly from: DateOnly; readonly asAt: DateOnly } | null
  /** Everything of this controller that stays, as the lake has it; null: nothing. */
  readonly stays: Sql | null
  /** Whether an event that was there is there no more, or is another one now. */
  readonly isAnyGone: boolean
}

/** FDP_FLOWS_EVENTS for types that others are found by, and those whose submissions stand for something else than a day. */
export function checkEvents(type: ObjectType): void {
  const isOther = type.name === 'Patient' || isOptOutList(type.name)
  if (isOther || type.snapshot !== 'all' || type.snapshotOf !== undefined)
    throw fail('FDP_FLOWS_EVENTS', { object: type.name })
}

/**
 * Takes from `typed` the events that stand for a later day already, and makes `events_gone` (_key, file): those that this
 * delivery takes the place of. `paths` are those of `files`, the current version.
 */
export async function layEvents(work: Work, files: readonly LakeFile[], paths: readonly string[]): Promise<LaidEvents> {
  const { engine, received } = work
  const mine = files.flatMap((file, i) => (file.controller === received.controller ? [{ file, path: paths[i]! }] : []))
  await engine.execute(sql`CREATE OR REPLACE TABLE events_before (_key BIGINT, day DATE, file INTEGER)`)
  for (const [i, { file, path }] of mine.entries()) {
    await engine.execute(sql`INSERT INTO events_before
      SELECT _key, ${ident(dayColumn)}, ${i} FROM (${withDays([file], [path])})`)
  }
  const day = sql`${literal(received.asAt)}::DATE`
  const later = sql`SELECT _key FROM events_before WHERE day > ${day}`
  const [before] = await engine.rows(sql`SELECT count(*) AS rows FROM typed WHERE _key IN (${later})`)
  await engine.execute(sql`DELETE FROM typed WHERE _key IN (${later})`)
  await engine.execute(sql`CREATE OR REPLACE TABLE events_gone AS SELECT _key, file FROM events_before
    WHERE day = ${day} OR (day < ${day} AND _key IN (SELECT _key FROM typed))`)
  const [counts] = await engine.rows(sql`SELECT
    (SELECT count(*) FROM events_before WHERE day = ${day}) AS of_day,
    (SELECT count(*) FROM events_gone SEMI JOIN typed USING (_key)) AS replaced,
    (SELECT count(*) FROM events_before ANTI JOIN events_gone USING (_key)) + (SELECT count(*) FROM typed) AS total`)
  const anew = await filesAnew(
    work,
    mine.map(({ file }) => file),
  )
  const some = mine.filter((_, i) => anew.has(i))
  const goneWhole = (i: number) => anew.get(i) === mine[i]!.file.rows
  return {
    counts: {
      earlierOfDay: Number(counts?.of_day),
      replaced: Number(counts?.replaced),
      outdated: Number(before?.rows),
      total: Number(counts?.total),
    },
    keep: files.filter((file) => !some.some((each) => each.file === file)),
    anew: await staysOf(
      work,
      mine.filter((_, i) => anew.has(i) && !goneWhole(i)),
    ),
    stays: mine.length === 0 ? null : withoutGone(mine),
    isAnyGone: [...anew.values()].some((gone) => gone > 0),
  }
}

/** Which files are written anew, or left out: how many of their rows go, by position. */
async function filesAnew({ engine }: Work, files: readonly LakeFile[]): Promise<ReadonlyMap<number, number>> {
  const gone = await engine.rows(sql`SELECT file, count(*) AS rows FROM events_gone GROUP BY file`)
  const anew = new Map(gone.map((row) => [Number(row.file), Number(row.rows)]))
  const whole = [...anew].filter(([i, rows]) => rows === files[i]!.rows).length
  if (files.length - whole < filesMax) return anew
  for (const [i, { rows }] of files.entries()) if (rows <= smallRowsMax && !anew.has(i)) anew.set(i, 0)
  return anew
}

type Placed = { readonly file: LakeFile; readonly path: string }

function withoutGone(some: readonly Placed[]): Sql {
  const rows = withDays(
    some.map(({ file }) => file),
    some.map(({ path }) => path),
  )
  return sql`SELECT * FROM (${rows}) WHERE _key NOT IN (SELECT _key FROM events_gone)`
}

async function staysOf({ engine }: Work, some: readonly Placed[]): Promise<LaidEvents['anew']> {
  if (some.length === 0) return null
  const rows = withoutGone(some)
  const [span] =
    await engine.rows(sql`SELECT count(*) AS count, strftime(min(${ident(dayColumn)}), '%Y-%m-%d') AS "from",
    strftime(max(${ident(dayColumn)}), '%Y-%m-%d') AS "asAt" FROM (${rows})`)
  const count = Number(span?.count)
  return count === 0 ? null : { rows, count, from: span?.from as DateOnly, asAt: span?.asAt as DateOnly }
}

/** The lake version with the events of `staged` beside those that stay. */
export async function sealEvents(
  work: Work,
  laid: LaidEvents,
  staged: { readonly folder: string },
  rows: number,
  lists: ManifestOf | null,
): Promise<LakeVersion> {
  const { deps, engine, received } = work
  const { object, controller, asAt } = received
  let keep = laid.keep
  if (laid.anew) {
    const { rows: stays, count, from, asAt: last } = laid.anew
    await using written = await storing('lake', 'split', () => deps.lake.stage(object, controller))
    await copyCare(engine, written, stays, lists)
    const version = await storing('lake', 'seal', () =>
      deps.lake.seal({ object, controller, asAt: last, from, staged: written, rows: count, keep }),
    )
    keep = version.files
  }
  return await storing('lake', 'seal', () => deps.lake.seal({ object, controller, asAt, staged, rows, keep }))
}

/**
 * Identity columns of the delivery into a segment beside those that are there; all of this controller's are written as one
 * where an event goes, or there are many. All segments of the next version, or null where nothing changes.
 */
export async function writeEventIdentity(
  work: Work,
  plan: SplitPlan,
  laid: LaidEvents,
  rows: number,
): Promise<readonly VaultSegment[] | null> {
  const { deps, engine, received, type } = work
  const before = await currentVault(work)
  const isMine = ({ table, controller }: VaultSegment) => table === type.name && controller === received.controller
  const mine = (before?.segments ?? []).filter(isMine)
  const isAdding = plan.vault.length > 0 && rows > 0
  const isAnew = mine.length > 0 && (laid.isAnyGone || mine.length >= identitySegmentsMax)
  if (!isAnew) {
    if (!isAdding) return null
    return [...(before?.segments ?? []), await writeSegment(work, type.name, 'typed', plan.vault)]
  }
  const columns = new Map<string, VaultColumn>(
    mine.flatMap((segment) => segment.columns.map((each) => [each.name, each])),
  )
  await using lease = await storing('vault', 'split', () => deps.vault.lease(before!.manifestSha256, received.entry))
  const source = { table: type.name, columns: [...columns.values()], controller: received.controller }
  await loadFromVault(engine, lease, source, 'vault_before')
  const added = plan.vault.map(({ name, expression }) => sql`${expression} AS ${ident(name)}`)
  const adding = isAdding ? sql`UNION ALL BY NAME SELECT ${joinSql(added, ', ')} FROM typed` : sql``
  await engine.execute(sql`CREATE OR REPLACE TABLE vault_after AS
    SELECT * FROM vault_before WHERE _key NOT IN (SELECT _key FROM events_gone) ${adding}`)
  await engine.execute(sql`DROP TABLE vault_before`)
  const others = before!.segments.filter((segment) => !isMine(segment))
  const [count] = await engine.rows(sql`SELECT count(*) AS rows FROM vault_after`)
  if (Number(count?.rows) === 0) return others
  for (const { name, type: kind } of isAdding ? plan.vault : []) columns.set(name, { name, type: kind })
  const split = [...columns.values()].map((column) => ({ ...column, expression: ident(column.name) }))
  const segment = await writeSegment(work, type.name, 'vault_after', split)
  await engine.execute(sql`DROP TABLE vault_after`)
  return [...others, segment]
}

/** Makes `vault_stays` (_key and the named properties, as texts) of the events that stay; what the vault has not is null. */
export async function loadStaying(work: Work, names: readonly string[]): Promise<void> {
  const { deps, engine, received, type } = work
  const columns = [{ name: '_key', type: 'int64' as const }, ...names.map((name) => ({ name, type: 'text' as const }))]
  const source = { table: type.name, columns, controller: received.controller }
  const manifest = names.length === 0 ? null : deps.governance.catalogue().vaultManifest()
  if (manifest === null) return await loadFromVault(engine, null, source, 'vault_stays')
  await using lease = await storing('vault', 'split', () => deps.vault.lease(manifest, received.entry))
  await loadFromVault(engine, lease, source, 'vault_stays')
}
