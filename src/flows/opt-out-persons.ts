import { bareNhsNumberSql, cellText } from '#contracts'
import { type EntryIndex, ident, joinSql, literal, type OdsCode, rawSql, type Sql, sql } from '#kernel'
import type { Engine, LakeFile } from '#ports'
import { optOutLists } from '#privacy'
import type { MovedLake } from './move-persons.ts'
import { storing } from './stores.ts'
import type { FlowDeps } from './submission.ts'
import type { Texts } from './work.ts'

/*
 * The exclusion set of an opt-out list is its own lake version: one row for each number and person, `_person` null where
 * nobody here has the number. Whatever changes who has which number writes the sets anew in the same ledger entry.
 */

const primaryKey = 'nhsNumber'

/** Makes `listed` (_row, person_key): persons of table `identity` with a number of the file; several where some stay apart. */
export async function matchList(engine: Engine, texts: Texts): Promise<void> {
  const column = texts.columns.get(primaryKey)
  const number = column === undefined ? sql`NULL::VARCHAR` : bareNhsNumberSql(cellText(ident(column)))
  await engine.execute(sql`CREATE OR REPLACE TABLE listed AS SELECT DISTINCT t._row, i.person_key
    FROM (SELECT _row, ${number} AS nhs FROM ${texts.table}) t JOIN identity i ON i.nhs_number = t.nhs`)
}

/** Makes `listed_care`: table `typed` of a list with its persons. Returns how many rows it has. */
export async function listedCare(engine: Engine): Promise<number> {
  await engine.execute(sql`CREATE OR REPLACE TABLE listed_care AS
    SELECT t.* REPLACE (l.person_key AS _person) FROM typed t LEFT JOIN listed l USING (_row)`)
  const [count] = await engine.rows(sql`SELECT count(*) AS rows FROM listed_care`)
  return Number(count?.rows)
}

/**
 * Makes `listed_now` (object, _key, person_key): whom the lists in force are about, given who has which number.
 * `numbers` is a query of (person_key, nhs_number). Does nothing where no list is in force.
 */
export async function matchListsAgain(deps: FlowDeps, engine: Engine, entry: EntryIndex, numbers: Sql): Promise<void> {
  const vault = deps.governance.catalogue().vaultManifest()
  const objects = listsInForce(deps)
  if (objects.length === 0) return
  await engine.execute(sql`CREATE OR REPLACE TABLE list_numbers (object VARCHAR, _key BIGINT, nhs VARCHAR)`)
  await using lease = vault === null ? null : await storing('vault', 'identify', () => deps.vault.lease(vault, entry))
  for (const object of lease === null ? [] : objects) {
    for await (const block of lease!.blocks(object, ['_key', primaryKey])) {
      const [keys, numbersOfBlock] = block.columns.map(
        (json) => sql`unnest(from_json(${json}::VARCHAR, '["VARCHAR"]'))`,
      )
      await engine.execute(sql`INSERT INTO list_numbers SELECT ${object}, ${keys!}::BIGINT, ${numbersOfBlock!}`)
    }
  }
  await engine.execute(sql`CREATE OR REPLACE TABLE listed_now AS SELECT DISTINCT l.object, l._key, n.person_key
    FROM list_numbers l JOIN ${numbers} n ON n.nhs_number = l.nhs`)
}

/** Writes the sets that `listed_now` changes; nothing is current before a ledger entry names the manifests returned. */
export async function writeLists(deps: FlowDeps, engine: Engine, entry: EntryIndex): Promise<MovedLake[]> {
  const written: MovedLake[] = []
  for (const object of listsInForce(deps)) {
    const replaces = deps.governance.catalogue().lakeManifest(object)!
    let lake = replaces
    const { files } = await deps.lake.version(replaces)
    for (const { controller } of files) {
      lake = (await writeList(deps, engine, { object, controller: controller as OdsCode, from: lake, entry })) ?? lake
    }
    if (lake !== replaces) written.push({ object, lake, replaces })
  }
  return written
}

function listsInForce(deps: FlowDeps): string[] {
  const catalogue = deps.governance.catalogue()
  return Object.values<string>(optOutLists).filter((object) => catalogue.lakeManifest(object) !== null)
}

async function writeList(
  deps: FlowDeps,
  engine: Engine,
  of: { object: string; controller: OdsCode; from: string; entry: EntryIndex },
): Promise<string | null> {
  const { object, controller, from, entry } = of
  const { files } = await deps.lake.version(from)
  const isMine = (file: LakeFile) => file.controller === controller
  await using lease = await storing('lake', 'split', () => deps.lake.lease(from, entry))
  const paths = joinSql(lease.files.map(literal), ', ')
  await engine.execute(sql`CREATE OR REPLACE TABLE list_before AS
    SELECT * FROM read_parquet([${paths}], hive_partitioning = false) WHERE _controller = ${controller}`)
  await engine.execute(sql`CREATE OR REPLACE TABLE list_after AS
    SELECT b.* REPLACE (n.person_key AS _person) FROM (SELECT DISTINCT ON (_key) * FROM list_before) b
    LEFT JOIN (SELECT * FROM listed_now WHERE object = ${object}) n USING (_key)`)
  const [count] = await engine.rows(sql`SELECT (SELECT count(*) FROM list_after) AS rows,
    (SELECT count(*) FROM (FROM list_after EXCEPT ALL FROM list_before)) +
    (SELECT count(*) FROM (FROM list_before EXCEPT ALL FROM list_after)) AS changed`)
  if (Number(count?.changed) === 0) return null
  await using staged = await storing('lake', 'split', () => deps.lake.stage(object, controller))
  await storing('lake', 'split', () =>
    engine.execute(sql`COPY (FROM list_after ORDER BY _key, _person) TO ${literal(`${staged.folder}/care.parquet`)}
      (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rawSql('122880')})`),
  )
  const sealed = await storing('lake', 'seal', () =>
    deps.lake.seal({
      ...{ object, controller, asAt: files.find(isMine)!.asAt, staged, rows: Number(count?.rows) },
      keep: files.filter((file) => !isMine(file)),
    }),
  )
  return sealed.manifestSha256
}
