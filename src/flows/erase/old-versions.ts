import { sql } from '#kernel'
import type { LakeVersion, VaultSegment, VaultVersion } from '#ports'
import { aboutPeople, type Erasing, parquetOf } from './traces.ts'

const filesAtOnce = 500

/** Of the versions that were current before the rows were taken out, and of all others. */
export interface OldVersions {
  readonly others: { readonly lake: readonly string[]; readonly vault: readonly string[] }
  readonly before: { readonly lake: readonly string[]; readonly vault: readonly string[] }
}

/**
 * Versions that are not current and hold rows of the persons, under whatever key they had then. Reads `erased` and
 * `identity`. Somebody who was once taken for the same person makes a version count as well: too many rather than too few.
 */
export async function oldVersionsOf(erasing: Erasing): Promise<OldVersions> {
  const { deps, before } = erasing
  const named = deps.governance.catalogue().namedManifests()
  const current = deps.governance.catalogue()
  const old = async <T>(
    manifests: readonly string[],
    open: (manifest: string) => Promise<T>,
    now: readonly unknown[],
  ) => await Promise.all(manifests.filter((each) => !now.includes(each)).map(open))
  const lakes = await old(named.lake, (each) => deps.lake.version(each), current.currentLakes())
  const lake = await lakesWith(erasing, lakes)
  const vaults = await old(named.vault, (each) => deps.vault.version(each), [current.vaultManifest()])
  const vault = await vaultsWith(erasing, vaults)
  const wasCurrent = new Set([...before.currentLakes(), before.vaultManifest()])
  const those = (isBefore: boolean) => ({
    lake: lake.filter((each) => wasCurrent.has(each) === isBefore),
    vault: vault.filter((each) => wasCurrent.has(each) === isBefore),
  })
  return { others: those(false), before: those(true) }
}

/** Makes `once` (object, _key): keys of rows that were theirs in any version; Patient first, which tells their keys then. */
async function lakesWith(erasing: Erasing, old: readonly LakeVersion[]): Promise<string[]> {
  const { engine } = erasing
  await engine.execute(sql`CREATE OR REPLACE TABLE once AS SELECT object, _key FROM erased_rows`)
  await engine.execute(sql`CREATE OR REPLACE TABLE keys_then AS SELECT person_key FROM erased`)
  const patients = sql`SELECT patient_key FROM identity WHERE person_key IN (SELECT person_key FROM erased)`
  const found: string[] = []
  for (const object of ['Patient', ...aboutPeople().filter((each) => each !== 'Patient')]) {
    const versions = old.filter((version) => version.object === object)
    const isTheirs =
      object === 'Patient'
        ? sql`(_key IN (${patients}) OR _person IN (SELECT person_key FROM erased))`
        : sql`_person IN (SELECT person_key FROM keys_then)`
    for (const version of versions) {
      await using lease = await erasing.deps.lake.lease(version.manifestSha256, erasing.entry)
      let some = false
      for (let from = 0; from < lease.files.length; from += filesAtOnce) {
        await engine.execute(sql`CREATE OR REPLACE TABLE theirs AS SELECT _key, _person
          FROM ${parquetOf(lease.files.slice(from, from + filesAtOnce))} WHERE ${isTheirs}`)
        const [count] = await engine.rows(sql`SELECT count(*) AS rows FROM theirs`)
        some ||= Number(count?.rows) > 0
        await engine.execute(sql`INSERT INTO once SELECT ${object}, _key FROM theirs`)
        if (object === 'Patient') await engine.execute(sql`INSERT INTO keys_then SELECT _person FROM theirs`)
      }
      if (some) found.push(version.manifestSha256)
    }
  }
  return found
}

async function vaultsWith(erasing: Erasing, old: readonly VaultVersion[]): Promise<string[]> {
  const { deps, engine, entry } = erasing
  const keysOf = async (object: string) =>
    new Set(
      (await engine.rows(sql`SELECT DISTINCT _key::VARCHAR AS key FROM once WHERE object = ${object}`)).map(({ key }) =>
        String(key),
      ),
    )
  const tables = new Map<string, ReadonlySet<string>>()
  const known = new Map<string, boolean>()
  const found: string[] = []
  for (const version of old) {
    await using lease = await deps.vault.lease(version.manifestSha256, entry)
    for (const table of new Set(version.segments.filter(({ id }) => !known.has(id)).map((segment) => segment.table))) {
      const keys = tables.get(table) ?? (await keysOf(table === 'identity' ? 'Patient' : table))
      tables.set(table, keys)
      const column = table === 'identity' ? 'patient_key' : '_key'
      for (const { id } of version.segments.filter((each) => each.table === table))
        known.set(id, known.get(id) ?? false)
      for await (const block of lease.blocks(table, [column])) {
        const values = JSON.parse(block.columns[0]!) as (string | null)[]
        if (values.some((value) => value !== null && keys.has(value))) known.set(block.segment, true)
      }
    }
    if (version.segments.some((segment: VaultSegment) => known.get(segment.id))) found.push(version.manifestSha256)
  }
  return found
}
