import { cellText, personPath, usableNhsNumberSql } from '#contracts'
import { ident, type Sql, sql } from '#kernel'
import type { VaultVersion } from '#ports'
import { isOptOutList, recordKey } from '#privacy'
import { loadKeys } from './known-links.ts'
import { matchList, matchListsAgain } from './opt-out-persons.ts'
import { decidePersons, identityColumns, type PersonOutcome } from './person-rule.ts'
import { storing } from './stores.ts'
import { loadFromVault } from './vault-blocks.ts'
import type { Texts, Work } from './work.ts'

/** Rows that are not kept out so far. */
const goodRows = sql`_row NOT IN (SELECT _row FROM findings WHERE severity = 'ROW')`

/** The vault as it stands, or null before the first publication with identity. */
export async function currentVault(work: Pick<Work, 'deps'>): Promise<VaultVersion | null> {
  const manifest = work.deps.governance.catalogue().vaultManifest()
  return manifest === null ? null : await work.deps.vault.version(manifest)
}

/**
 * Makes `persons` (_row, person_key, patient_key: of the Patient row, where the type names it): who each good row is about. Patient rows go by the person rule; rows of other
 * types find their patient, directly or through the record they belong to, and go to quarantine where there is none.
 * Null where the object type is not about people.
 */
export async function identify(work: Work, texts: Texts): Promise<PersonOutcome | null> {
  if (work.type.name === 'Patient') return await identifyPatients(work, texts)
  if (isOptOutList(work.type.name)) {
    await loadIdentity(work, identityColumns)
    await matchList(work.engine, texts)
  }
  const [first, ...further] = personPath(work.type)
  if (!work.type.personLevel || !first) {
    await work.engine.execute(sql`CREATE OR REPLACE TABLE persons AS
      SELECT _row, NULL::BIGINT AS person_key, NULL::BIGINT AS patient_key FROM ${texts.table} WHERE ${goodRows}`)
    return null
  }
  const column = texts.columns.get(first.property.name)
  if (column === undefined) throw new Error('a file without its link to the patient passed the file checks')
  const target = first.property.references?.object ?? 'Patient'
  if (further.length === 0) await linkToPatients(work, texts, column)
  else await linkThrough(work, texts, column, target)
  await work.engine.execute(sql`INSERT INTO findings
    SELECT _row, 'link.missing', 'ROW', ${first.property.name} FROM persons WHERE person_key IS NULL`)
  await work.engine.execute(sql`DELETE FROM persons WHERE person_key IS NULL`)
  return null
}

async function identifyPatients(work: Work, texts: Texts): Promise<PersonOutcome> {
  const { deps, engine, received, secrets, type } = work
  await loadIdentity(work, identityColumns)
  const text = (property: string): Sql => {
    const column = texts.columns.get(property)
    return column === undefined ? sql`NULL::VARCHAR` : cellText(ident(column))
  }
  const { numberWithoutStatus, testNumbersAllowed } = deps.controllerPolicy
  const usable = usableNhsNumberSql(text('nhsNumber'), { testNumbersAllowed })
  const absent = numberWithoutStatus === 'verified'
  const status = text('nhsNumberStatusIndicatorCode')
  const key = recordKey({ object: 'Patient', controller: received.controller }, sql`local_id`, secrets)
  await engine.execute(sql`CREATE OR REPLACE TABLE incoming AS
    SELECT _row, ${key} AS patient_key, local_id, nhs FROM (
      SELECT _row, ${text(type.primaryKey)} AS local_id,
        CASE WHEN ${status} = '01' OR (${absent} AND ${status} IS NULL) THEN ${usable} END AS nhs
      FROM ${texts.table} WHERE ${goodRows})`)
  const outcome = await decidePersons(engine, received.controller, deps.random)
  const numbers = sql`(SELECT person_key, nhs_number FROM identity WHERE controller <> ${received.controller}
    UNION ALL SELECT person_key, nhs_number FROM identity_after)`
  await matchListsAgain(deps, engine, received.entry, numbers)
  return outcome
}

async function linkToPatients(work: Work, texts: Texts, column: string): Promise<void> {
  const columns = identityColumns.filter(({ name }) => ['person_key', 'local_id', 'patient_key'].includes(name))
  await loadIdentity(work, columns, work.received.controller)
  await work.engine.execute(sql`CREATE OR REPLACE TABLE persons AS
    SELECT t._row, i.person_key, i.patient_key FROM (
      SELECT _row, ${cellText(ident(column))} AS local_id FROM ${texts.table} WHERE ${goodRows}
    ) t LEFT JOIN identity i ON i.local_id = t.local_id`)
}

async function linkThrough(work: Work, texts: Texts, column: string, object: string): Promise<void> {
  const { engine, received, secrets } = work
  const known = await loadKeys(work, object)
  if (!known)
    await engine.execute(sql`CREATE OR REPLACE TABLE ${ident(`known_${object}`)} (_key BIGINT, _person BIGINT)`)
  const key = recordKey({ object, controller: received.controller }, cellText(ident(column)), secrets)
  await engine.execute(sql`CREATE OR REPLACE TABLE persons AS
    SELECT t._row, k._person AS person_key, NULL::BIGINT AS patient_key FROM (
      SELECT _row, ${key} AS linked FROM ${texts.table} WHERE ${goodRows}
    ) t LEFT JOIN ${ident(`known_${object}`)} k ON k._key = t.linked`)
}

async function loadIdentity(
  { deps, engine, received }: Work,
  columns: readonly (typeof identityColumns)[number][],
  controller?: string,
): Promise<void> {
  const manifest = deps.governance.catalogue().vaultManifest()
  const source = { table: 'identity', columns, ...(controller ? { controller } : {}) }
  if (manifest === null) return await loadFromVault(engine, null, source, 'identity')
  await using lease = await storing('vault', 'identify', () => deps.vault.lease(manifest, received.entry))
  await loadFromVault(engine, lease, source, 'identity')
}
