import { personPath, personProperty } from '#contracts'
import { ident, joinSql, literal, type Sql, sql } from '#kernel'
import { recordKey } from '#privacy'
import { storing } from './stores.ts'
import type { Texts, Work } from './work.ts'

/**
 * Loads the record keys of what the rows refer to, for the object types of which this controller has published rows,
 * and gives the predicate that a key is among them. The link to the person is judged by the person rule instead.
 */
export async function knownLinks(work: Work, texts: Texts): Promise<(object: string, key: Sql) => Sql | null> {
  const { type, received, secrets } = work
  const person = personProperty(type) ?? personPath(type)[0]?.property
  const objects = new Set<string>()
  for (const property of type.properties) {
    const object = property.references?.object
    if (object && object !== type.name && property.name !== person?.name && texts.columns.has(property.name)) {
      if (await loadKeys(work, object)) objects.add(object)
    }
  }
  return (object, key) => {
    if (!objects.has(object)) return null
    const space = { object, controller: received.controller }
    return sql`coalesce(${recordKey(space, key, secrets)} IN (SELECT _key FROM ${ident(`known_${object}`)}), false)`
  }
}

/** Table `known_<object>` with the `_key` and `_person` of this controller's rows; false where there is no version yet. */
export async function loadKeys(work: Work, object: string): Promise<boolean> {
  const { deps, received, engine } = work
  const manifest = deps.governance.catalogue().lakeManifest(object)
  if (manifest === null) return false
  const version = await deps.lake.version(manifest)
  if (!version.files.some(({ controller }) => controller === received.controller)) return false
  await using lease = await storing('lake', 'check', () => deps.lake.lease(manifest, received.entry))
  const files = joinSql(lease.files.map(literal), ', ')
  await engine.execute(sql`CREATE OR REPLACE TABLE ${ident(`known_${object}`)} AS
    SELECT _key, _person FROM read_parquet([${files}], hive_partitioning = false)
    WHERE _controller = ${received.controller}`)
  return true
}
