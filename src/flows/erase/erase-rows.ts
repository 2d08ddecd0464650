import { ident, literal, type OdsCode, rawSql, type Sql, sql } from '#kernel'
import type { LakeFile, VaultColumn, VaultSegment } from '#ports'
import { isOptOutList } from '#privacy'
import { copyCare, listsWith, loadSaidNo } from '../clear-care.ts'
import type { MovedLake } from '../move-persons.ts'
import { writeSegment } from '../split.ts'
import { storing } from '../stores.ts'
import { loadFromVault } from '../vault-blocks.ts'
import { erasureEntries } from './erasure-log.ts'
import { aboutPeople, type Erasing, parquetOf } from './traces.ts'

/**
 * Writes every current version that has rows of the persons without them, lake and vault, and the one entry that makes
 * the new ones current. Reads `erased`, `erased_rows` and `identity`. Until the entry is durable nothing is changed.
 */
export async function eraseRows(erasing: Erasing): Promise<void> {
  const { deps, engine, id, before } = erasing
  const objects = new Set(
    (await engine.rows(sql`SELECT DISTINCT object FROM erased_rows`)).map(({ object }) => String(object)),
  )
  // Lists first: what the others say of the lists in force is of the lists as they will be.
  const ordered = aboutPeople()
    .filter((object) => objects.has(object))
    .sort((a, b) => Number(isOptOutList(b)) - Number(isOptOutList(a)))
  const lakes: MovedLake[] = []
  for (const object of ordered) lakes.push(await eraseInObject(erasing, object, lakes))
  const [count] = await engine.rows(sql`SELECT count(*) AS rows FROM erased_rows`)
  const vault = await eraseInVault(erasing, objects)
  const governance = {
    ...{ version: 1, erasure: id, rows: Number(count?.rows) },
    ...{ lakes: lakes.map((lake) => ({ ...lake })), vault, replaces: { vault: before.vaultManifest() } },
  }
  await storing('ledger', 'publish', () => deps.ledger.append({ type: erasureEntries.rowsErased, governance }))
}

async function eraseInObject(erasing: Erasing, object: string, written: readonly MovedLake[]): Promise<MovedLake> {
  const { deps, engine, entry, before } = erasing
  const replaces = before.lakeManifest(object)!
  const lists = listsWith(deps, written)
  const apart = !isOptOutList(object) && (await loadSaidNo(deps, engine, lists, entry))
  let lake = replaces
  for (const { controller, asAt, from } of groupsOf((await deps.lake.version(replaces)).files)) {
    const { files } = await deps.lake.version(lake)
    const isMine = (file: LakeFile) => file.controller === controller && file.asAt === asAt && file.from === from
    await using lease = await storing('lake', 'split', () => deps.lake.lease(lake, entry))
    const mine = lease.files.filter((_, i) => isMine(files[i]!))
    const isTheirs = sql`_person IN (SELECT person_key FROM erased)`
    const [count] = await engine.rows(sql`SELECT count(*) FILTER (WHERE ${isTheirs}) AS theirs, count(*) AS rows
      FROM ${parquetOf(mine)}`)
    if (Number(count?.theirs) === 0) continue
    await using staged = await storing('lake', 'split', () => deps.lake.stage(object, controller))
    const rows: Sql = sql`SELECT * EXCLUDE (filename) FROM ${parquetOf(mine)} WHERE NOT coalesce(${isTheirs}, false)`
    if (isOptOutList(object)) await copyList(erasing, rows, staged.folder)
    else await copyCare(engine, staged, rows, apart ? lists : null)
    const sealed = await storing('lake', 'seal', () =>
      deps.lake.seal({
        ...{
          object,
          controller,
          asAt,
          ...(from === undefined ? {} : { from }),
          staged,
          keep: files.filter((file) => !isMine(file)),
        },
        rows: Number(count?.rows) - Number(count?.theirs),
      }),
    )
    lake = sealed.manifestSha256
  }
  return { object, lake, replaces }
}

function groupsOf(files: readonly LakeFile[]): readonly { controller: OdsCode; asAt: string; from?: string }[] {
  const groups = new Map(files.map((file) => [`${file.controller} ${file.from ?? ''} ${file.asAt}`, file]))
  return [...groups.values()].map(({ controller, asAt, from }) => ({
    ...{ controller: controller as OdsCode, asAt },
    ...(from === undefined ? {} : { from }),
  }))
}

async function copyList({ engine }: Erasing, rows: Sql, folder: string): Promise<void> {
  await storing('lake', 'split', () =>
    engine.execute(sql`COPY (SELECT * FROM (${rows}) ORDER BY _key, _person) TO ${literal(`${folder}/care.parquet`)}
      (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rawSql('122880')})`),
  )
}

/** Segments with rows of the persons are written without them; null where there is no vault. */
async function eraseInVault(erasing: Erasing, objects: ReadonlySet<string>): Promise<string | null> {
  const { deps, engine, entry, before } = erasing
  const manifest = before.vaultManifest()
  if (manifest === null) return null
  await using lease = await storing('vault', 'split', () => deps.vault.lease(manifest, entry))
  let segments = lease.version.segments
  const theirs = await engine.rows(sql`SELECT DISTINCT object AS "table", controller FROM erased_rows
    UNION SELECT DISTINCT 'identity', controller FROM identity WHERE person_key IN (SELECT person_key FROM erased)`)
  for (const { table, controller } of theirs) {
    if (table !== 'identity' && !objects.has(String(table))) continue
    const isMine = (segment: VaultSegment) => segment.table === table && segment.controller === controller
    const mine = segments.filter(isMine)
    if (mine.length === 0) continue
    const fresh = await withoutThem(erasing, { lease, table: String(table), controller: String(controller), mine })
    segments = [...segments.filter((segment) => !isMine(segment)), ...(fresh ? [fresh] : [])]
  }
  const { manifestSha256 } = await storing('vault', 'seal', () => deps.vault.seal(segments))
  return manifestSha256
}

async function withoutThem(
  { deps, engine }: Erasing,
  of: {
    lease: Parameters<typeof loadFromVault>[1]
    table: string
    controller: string
    mine: readonly VaultSegment[]
  },
): Promise<VaultSegment | null> {
  const { lease, table, controller, mine } = of
  const columns = [
    ...new Map<string, VaultColumn>(
      mine.flatMap((segment) => segment.columns.map((each) => [each.name, each])),
    ).values(),
  ]
  await loadFromVault(engine, lease, { table, columns, controller }, 'vault_before')
  const isTheirs =
    table === 'identity'
      ? sql`person_key IN (SELECT person_key FROM erased)`
      : sql`_key IN (SELECT _key FROM erased_rows WHERE object = ${table})`
  await engine.execute(sql`CREATE OR REPLACE TABLE vault_after AS SELECT * FROM vault_before WHERE NOT (${isTheirs})`)
  await engine.execute(sql`DROP TABLE vault_before`)
  const [count] = await engine.rows(sql`SELECT count(*) AS rows FROM vault_after`)
  if (Number(count?.rows) === 0) return null
  const split = columns.map((column) => ({ ...column, expression: ident(column.name) }))
  return await writeSegment({ deps, engine, received: { controller } }, table, 'vault_after', split)
}
