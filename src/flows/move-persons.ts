import { type ObjectType, objectTypes, personPath } from '#contracts'
import { type EntryIndex, ident, literal, type OdsCode, rawSql, sql } from '#kernel'
import type { Engine, LakeFile } from '#ports'
import { dayRows } from './day-files.ts'
import { storing } from './stores.ts'
import type { FlowDeps } from './submission.ts'

/** A lake version in which rows moved to another person, and the one it replaces. */
export interface MovedLake {
  readonly object: string
  readonly lake: string
  readonly replaces: string
}

/**
 * Writes `_person` anew in the lake files of one controller, for the rows of the patients in table `moved` (patient_key,
 * person_key). Objects that reach the patient through another record come after that record's type. Nothing is current
 * before a ledger entry names the manifests returned. Types in `except` are left alone.
 */
export async function movePersons(
  deps: FlowDeps,
  engine: Engine,
  at: { controller: OdsCode; entry: EntryIndex; except: readonly string[] },
): Promise<MovedLake[]> {
  const lakes: MovedLake[] = []
  await engine.execute(
    sql`CREATE OR REPLACE TABLE moved_rows AS SELECT 'Patient' AS object, patient_key AS _key, person_key FROM moved`,
  )
  for (const type of byDistance()) {
    const manifest = deps.governance.catalogue().lakeManifest(type.name)
    if (manifest === null || at.except.includes(type.name)) continue
    const lake = await moveInObject(deps, engine, type, manifest, at)
    if (lake) lakes.push({ object: type.name, lake, replaces: manifest })
  }
  return lakes
}

/** Types about people, those nearest to the patient first. */
function byDistance(): ObjectType[] {
  return objectTypes()
    .filter((type) => type.personLevel && personPath(type).length > 0)
    .map((type) => ({ type, distance: personPath(type).length }))
    .sort((a, b) => a.distance - b.distance)
    .map(({ type }) => type)
}

async function moveInObject(
  deps: FlowDeps,
  engine: Engine,
  type: ObjectType,
  manifest: string,
  at: { controller: OdsCode; entry: EntryIndex },
): Promise<string | null> {
  const version = await deps.lake.version(manifest)
  const isMine = ({ controller }: LakeFile) => controller === at.controller
  const mine = version.files.filter(isMine)
  if (mine.length === 0) return null
  await using lease = await deps.lake.lease(manifest, at.entry)
  const { rows: own, ...days } = dayRows(
    mine,
    lease.files.filter((_, i) => isMine(version.files[i]!)),
  )
  const link = personPath(type)[0]!.property
  const target = type.name === 'Patient' ? 'Patient' : link.references!.object
  const key = type.name === 'Patient' ? sql`_key` : ident(link.name)
  const rows = sql`(${own})`
  const moved = sql`(SELECT _key AS linked, person_key FROM moved_rows WHERE object = ${target})`
  await engine.execute(sql`CREATE OR REPLACE TABLE moved_here AS
    SELECT r._key, m.person_key FROM ${rows} r JOIN ${moved} m ON m.linked = r.${key}
    WHERE r._person IS DISTINCT FROM m.person_key`)
  const [count] = await engine.rows(
    sql`SELECT (SELECT count(*) FROM moved_here) AS moved, (SELECT count(*) FROM ${rows}) AS rows`,
  )
  if (Number(count?.moved) === 0) return null
  if (type.name !== 'Patient') {
    await engine.execute(sql`INSERT INTO moved_rows SELECT ${type.name}, _key, person_key FROM moved_here`)
  }
  await using staged = await storing('lake', 'split', () => deps.lake.stage(type.name, at.controller))
  await storing('lake', 'split', () =>
    engine.execute(sql`COPY (
        SELECT r.* REPLACE (coalesce(m.person_key, r._person) AS _person)
        FROM ${rows} r LEFT JOIN moved_here m ON m._key = r._key ORDER BY r._key
      ) TO ${literal(`${staged.folder}/care.parquet`)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rawSql('122880')})`),
  )
  const sealed = await storing('lake', 'seal', () =>
    deps.lake.seal({
      ...{ object: type.name, controller: at.controller, ...days, staged, rows: Number(count?.rows) },
      keep: version.files.filter((file) => !isMine(file)),
    }),
  )
  return sealed.manifestSha256
}
