import { type CompiledChecks, property, sqlType } from '#contracts'
import { ident, joinSql, sql } from '#kernel'
import type { LakeFile, LakeVersion, StagedFolder, VaultSegment, VaultVersion } from '#ports'
import { keySpace, recordKey } from '#privacy'
import { copyCare, type ManifestOf } from './clear-care.ts'
import { fail } from './errors.ts'
import { currentVault } from './identify.ts'
import { identityColumns, type PersonOutcome } from './person-rule.ts'
import type { SplitPlan, VaultSplitColumn } from './split-plan.ts'
import { storing } from './stores.ts'
import { blocksOf } from './vault-blocks.ts'
import type { Texts, Work } from './work.ts'

/** Identity segments of one controller before they are written as one again. */
export const identitySegmentsMax = 16

/** Makes `typed`: the rows to publish, with `_key`, `_person` and `_patient`. Returns how many. FDP_FLOWS_KEY_COLLISION. */
export async function makeTyped(work: Work, texts: Texts, compiled: CompiledChecks): Promise<number> {
  const { engine, type, received, secrets } = work
  const primary = sql`${ident(type.primaryKey)}::${sqlType('text')}`
  const space = keySpace(type, property(type, type.primaryKey), received.controller)
  const key = type.name === 'Patient' ? sql`p.patient_key` : recordKey(space, primary, secrets)
  await engine.execute(sql`CREATE OR REPLACE TABLE typed AS
    SELECT t.*, ${key} AS _key, p.person_key AS _person, p.patient_key AS _patient
    FROM (SELECT ${compiled.typed} FROM ${texts.table}) t JOIN persons p USING (_row)`)
  const [counts] = await engine.rows(sql`SELECT count(*) AS rows, count(DISTINCT _key) AS keys FROM typed`)
  if (Number(counts?.rows) !== Number(counts?.keys)) throw fail('FDP_FLOWS_KEY_COLLISION', { object: type.name })
  return Number(counts?.rows)
}

/** Care columns into Parquet, in the order of `_key`; apart by the lists of people who said no, if there are any. */
export async function writeCare(
  work: Work,
  plan: SplitPlan,
  from: 'typed' | 'listed_care',
  lists: ManifestOf | null,
): Promise<StagedFolder> {
  const { deps, received, engine } = work
  const staged = await storing('lake', 'split', () => deps.lake.stage(received.object, received.controller))
  const columns = plan.lake.map(({ name, expression }) => sql`${expression} AS ${ident(name)}`)
  try {
    await copyCare(engine, staged, sql`SELECT ${joinSql(columns, ', ')} FROM ${ident(from)}`, lists)
  } catch (error) {
    await staged[Symbol.asyncDispose]()
    throw error
  }
  return staged
}

/**
 * Identity columns and, for Patient, the identity table into new vault segments. Returns all segments of the next
 * version, or null where nothing of this submission goes to the vault.
 */
export async function writeIdentity(
  work: Work,
  plan: SplitPlan,
  rows: number,
  persons: PersonOutcome | null,
): Promise<readonly VaultSegment[] | null> {
  const { received, type } = work
  const before = await currentVault(work)
  const of = (table: string) => (segment: VaultSegment) =>
    segment.table === table && segment.controller === received.controller
  const kept = (before?.segments ?? []).filter((segment) => !of(type.name)(segment))
  const fresh: VaultSegment[] = []
  if (plan.vault.length > 0 && rows > 0) fresh.push(await writeSegment(work, type.name, 'typed', plan.vault))
  // A file without any identity column still takes away what an earlier one had.
  const isSame = fresh.length === 0 && kept.length === (before?.segments.length ?? 0)
  if (!persons) return isSame ? null : [...kept, ...fresh]
  const mine = kept.filter(of('identity'))
  const others = kept.filter((segment) => !of('identity')(segment))
  const whole = persons.changed > 0 || mine.length >= identitySegmentsMax
  if (!whole && persons.added === 0) return [...kept, ...fresh]
  await work.engine.execute(
    sql`CREATE OR REPLACE TABLE identity_rows AS SELECT * FROM identity_after ${whole ? sql`` : sql`WHERE fresh = 1`}`,
  )
  const segment = await writeSegment(work, 'identity', 'identity_rows', identitySplit)
  return [...others, ...(whole ? [] : mine), ...fresh, segment]
}

export const identitySplit: readonly VaultSplitColumn[] = identityColumns.map(({ name, type }) => ({
  name,
  type,
  expression: ident(name),
}))

export async function writeSegment(
  { deps, engine, received }: Pick<Work, 'deps' | 'engine'> & { received: { controller: string } },
  table: string,
  from: string,
  columns: readonly VaultSplitColumn[],
): Promise<VaultSegment> {
  return await storing('vault', 'split', () =>
    deps.vault.write({
      table,
      controller: received.controller,
      columns: columns.map(({ name, type }) => ({ name, type })),
      blocks: blocksOf(engine, from, columns),
    }),
  )
}

/**
 * The lake version with this controller's rows replaced: all of them, those of the same day, or of one data
 * set, as the contract says.
 */
export async function sealCare(work: Work, staged: StagedFolder, rows: number): Promise<LakeVersion> {
  const { deps, received } = work
  const dataSet = await dataSetOf(work)
  const current = deps.governance.catalogue().lakeManifest(received.object)
  const before = current === null ? [] : (await deps.lake.version(current)).files
  return await storing('lake', 'seal', () =>
    deps.lake.seal({
      object: received.object,
      controller: received.controller,
      asAt: received.asAt,
      ...(dataSet === null ? {} : { dataSet }),
      staged,
      rows,
      keep: before.filter((file) => !isReplaced(file, dataSet, work)),
    }),
  )
}

function isReplaced({ controller, asAt, dataSet }: LakeFile, given: string | null, { type, received }: Work): boolean {
  if (controller !== received.controller || (dataSet ?? null) !== given) return false
  return type.snapshot === 'all' || asAt === received.asAt
}

/** What the rows to publish name; the check before made sure that it is one. Null: no row, or a type that has none. */
async function dataSetOf({ engine, type }: Work): Promise<string | null> {
  if (type.snapshotOf === undefined) return null
  const [row] = await engine.rows(sql`SELECT min(${ident(type.snapshotOf)}) AS name FROM typed`)
  return row?.name ? String(row.name) : null
}

export async function sealIdentity(work: Work, segments: readonly VaultSegment[]): Promise<VaultVersion> {
  return await storing('vault', 'seal', () => work.deps.vault.seal(segments))
}
