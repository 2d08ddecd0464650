import { type ObjectType, objectTypes } from '#contracts'
import { type EntryIndex, joinSql, literal, type OdsCode, rawSql, type Sql, sql } from '#kernel'
import type { Engine, LakeFile, StagedFolder } from '#ports'
import { clearOf, clearOfKey, listedByKey, type OptOutScheme, optOutLists, saidNoSql } from '#privacy'
import { dayRows } from './day-files.ts'
import type { MovedLake } from './move-persons.ts'
import { storing } from './stores.ts'
import type { FlowDeps } from './submission.ts'

/*
 * Rows of people on an opt-out list lie in a file of their own, so that a read which leaves them out need not look for
 * them among the others: one file has no row of anybody on the lists in force and says so, the other has the rest.
 */

const rowGroupRows = 122_880

/** The manifests of the lists that will be in force once what is being published is. */
export type ManifestOf = (object: string) => string | null

/** The lists as they stand, but for those that the same entry makes current. */
export function listsWith(
  deps: FlowDeps,
  written: readonly { readonly object: string; readonly lake: string }[],
): ManifestOf {
  const catalogue = deps.governance.catalogue()
  return (object) => written.find((each) => each.object === object)?.lake ?? catalogue.lakeManifest(object)
}

/** Makes `said_no` (_person): everybody on a list. False where there is no list. */
export async function loadSaidNo(
  deps: FlowDeps,
  engine: Engine,
  lists: ManifestOf,
  entry: EntryIndex,
): Promise<boolean> {
  await using held = new AsyncDisposableStack()
  const files: Partial<Record<OptOutScheme, readonly string[]>> = {}
  for (const [scheme, object] of Object.entries(optOutLists) as [OptOutScheme, string][]) {
    const manifest = lists(object)
    if (manifest !== null) files[scheme] = held.use(await deps.lake.lease(manifest, entry)).files
  }
  const persons = saidNoSql(files, careFiles)
  if (!persons) return false
  await engine.execute(sql`CREATE OR REPLACE TABLE said_no AS SELECT DISTINCT "_person" FROM (${persons})`)
  return true
}

export function careFiles(files: readonly string[]): Sql {
  return sql`read_parquet([${joinSql(files.map(literal), ', ')}], hive_partitioning = false)`
}

/** Writes a query of care rows into a staging folder, apart by `said_no` if there is a list. */
export async function copyCare(
  engine: Engine,
  staged: StagedFolder,
  rows: Sql,
  lists: ManifestOf | null,
): Promise<void> {
  if (lists === null) return await copyTo(engine, staged, 'care', rows)
  const on = sql`EXISTS (SELECT 1 FROM said_no s WHERE s."_person" = care."_person")`
  const says = (key: string) => sql`, KV_METADATA {${rawSql(key)}: ${literal(clearOf(lists))}}`
  await copyTo(engine, staged, 'clear', sql`SELECT * FROM (${rows}) care WHERE NOT ${on}`, says(clearOfKey))
  const listed = sql`SELECT * FROM (${rows}) care WHERE ${on}`
  const [any] = await engine.rows(sql`SELECT EXISTS (${listed}) AS some`)
  if (any?.some) await copyTo(engine, staged, 'listed', listed, says(listedByKey))
}

async function copyTo(engine: Engine, staged: StagedFolder, name: string, rows: Sql, says: Sql = rawSql('')) {
  await storing('lake', 'split', () =>
    engine.execute(sql`COPY (SELECT * FROM (${rows}) ORDER BY _key) TO ${literal(`${staged.folder}/${name}.parquet`)}
      (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rawSql(String(rowGroupRows))}${says})`),
  )
}

/**
 * Lays the current rows of every type about people apart again, for a list that changes. Reads that come before the
 * entry go on with the files they have; nothing is current before it names the manifests returned.
 */
export async function clearAgain(
  deps: FlowDeps,
  engine: Engine,
  entry: EntryIndex,
  lists: ManifestOf,
): Promise<MovedLake[]> {
  if (!(await loadSaidNo(deps, engine, lists, entry))) return []
  const written: MovedLake[] = []
  for (const type of objectTypes().filter(({ personLevel }) => personLevel)) {
    const replaces = deps.governance.catalogue().lakeManifest(type.name)
    if (replaces === null) continue
    const lake = await clearObject(deps, engine, type, { replaces, entry, lists })
    if (lake !== replaces) written.push({ object: type.name, lake, replaces })
  }
  return written
}

async function clearObject(
  deps: FlowDeps,
  engine: Engine,
  type: ObjectType,
  of: { replaces: string; entry: EntryIndex; lists: ManifestOf },
): Promise<string> {
  let lake = of.replaces
  const { files } = await deps.lake.version(of.replaces)
  for (const controller of new Set(files.map((file) => file.controller))) {
    const isMine = (file: LakeFile) => file.controller === controller
    const { files: now } = await deps.lake.version(lake)
    await using lease = await storing('lake', 'split', () => deps.lake.lease(lake, of.entry))
    const mine = now.filter(isMine)
    const { rows, ...days } = dayRows(
      mine,
      lease.files.filter((_, i) => isMine(now[i]!)),
    )
    await using staged = await storing('lake', 'split', () => deps.lake.stage(type.name, controller))
    await copyCare(engine, staged, rows, of.lists)
    const sealed = await storing('lake', 'seal', () =>
      deps.lake.seal({
        ...{ object: type.name, controller: controller as OdsCode, ...days, staged },
        rows: mine.reduce((sum, file) => sum + file.rows, 0),
        keep: now.filter((file) => !isMine(file)),
      }),
    )
    lake = sealed.manifestSha256
  }
  return lake
}
