import { ident, type OdsCode, type Random, type Sql, sql, toHex } from '#kernel'
import type { Engine } from '#ports'

/*
 * Which person a Patient row is about. The rule, in order; the first that fits decides and is recorded:
 *   nhs-number  a verified NHS number (Modulus 11, and traced status) → the person of this tenant with that number
 *   local-id    the controller has used this local id before → the person it had then
 *   own         neither → a person of their own
 * What the rule never does silently:
 *   a local id that comes with another verified number than before keeps its person and its number (number-changed)
 *   two local ids of one controller with one verified number are one person (number-shared)
 *   a newly verified number that belongs to another person moves the local id there (joined)
 *   a local id that was told to stay apart keeps its own person whatever its number says (apart)
 * Each is counted in the report and listed, by record key, in the erasable part of the ledger entry.
 */

/** What the engine must hold before: identity rows of the tenant, as the vault keeps them. */
export const identityColumns = [
  { name: 'person_key', type: 'int64' },
  { name: 'nhs_number', type: 'text' },
  { name: 'controller', type: 'text' },
  { name: 'local_id', type: 'text' },
  { name: 'patient_key', type: 'int64' },
  { name: 'rule', type: 'text' },
  { name: 'apart', type: 'int64' },
] as const

export type PersonConflict = 'number-changed' | 'number-shared' | 'joined'

export interface PersonOutcome {
  /** Rows by the rule that decided. */
  readonly byRule: Readonly<Record<string, number>>
  readonly newPersons: number
  readonly conflicts: Readonly<Record<PersonConflict, number>>
  /** Identity rows that were there and changed: the controller's identity segments have to be written anew. */
  readonly changed: number
  readonly added: number
  /** Local ids whose person is now another: `_person` has to change in the lake. */
  readonly moved: number
}

const freshKeysTries = 3

/**
 * Reads tables `identity` (see identityColumns) and `incoming` (_row, patient_key, local_id, nhs: verified or null).
 * Makes `persons` (_row, person_key, patient_key), `identity_after` (identity columns plus `fresh`: 1 = was not there before) for
 * this controller, `moved` (patient_key, person_key) and `person_conflicts` (patient_key, conflict).
 */
export async function decidePersons(engine: Engine, controller: OdsCode, random: Random): Promise<PersonOutcome> {
  for (const statement of matching(controller)) await engine.execute(statement)
  await freshKeys(engine, random)
  for (const statement of deciding(controller)) await engine.execute(statement)
  return await outcome(engine)
}

function matching(controller: OdsCode): Sql[] {
  return [
    sql`CREATE OR REPLACE TABLE mine AS
      SELECT person_key, nhs_number, local_id, rule, apart FROM identity
      WHERE controller = ${controller} AND local_id IS NOT NULL`,
    sql`CREATE OR REPLACE TABLE met AS
      SELECT i._row, i.patient_key, i.local_id, i.nhs, m.person_key AS before, m.nhs_number AS nhs_before,
        m.rule AS rule_before, coalesce(m.apart, 0) AS apart,
        coalesce(i.nhs <> m.nhs_number, false) AS number_changed
      FROM incoming i LEFT JOIN mine m ON m.local_id = i.local_id`,
    // A number belongs to the person who has it; a number seen for the first time, to whoever had that local id.
    sql`CREATE OR REPLACE TABLE claims AS
      SELECT nhs, min(person_key) AS person_key FROM (
        SELECT nhs_number AS nhs, person_key FROM identity WHERE nhs_number IS NOT NULL AND apart = 0
        UNION ALL
        SELECT nhs, before FROM met ANTI JOIN (
          SELECT nhs_number AS nhs FROM identity WHERE nhs_number IS NOT NULL AND apart = 0
        ) taken USING (nhs)
        WHERE nhs IS NOT NULL AND before IS NOT NULL AND apart = 0 AND NOT number_changed
      ) GROUP BY nhs`,
    sql`CREATE OR REPLACE TABLE found AS
      SELECT met.*, c.person_key AS claimed,
        CASE WHEN before IS NOT NULL AND (apart = 1 OR number_changed) THEN before
             ELSE coalesce(c.person_key, before) END AS person_key,
        CASE WHEN before IS NOT NULL AND (apart = 1 OR number_changed) THEN rule_before
             WHEN met.nhs IS NOT NULL THEN 'nhs-number'
             WHEN before IS NOT NULL THEN 'local-id'
             ELSE 'own' END AS rule,
        coalesce('n' || met.nhs, 'l' || local_id, 'r' || _row) AS reference
      FROM met LEFT JOIN claims c ON c.nhs = met.nhs`,
    ...drops('mine', 'met', 'claims'),
  ]
}

/** At millions of rows each of these is a few hundred megabytes that the next step needs. */
function drops(...tables: string[]): Sql[] {
  return tables.map((table) => sql`DROP TABLE ${ident(table)}`)
}

/**
 * Random keys for persons seen for the first time: a keyed stream under 16 fresh random bytes that are then forgotten,
 * so the whole column is made in the engine. 63 bits; never 0; tried again if one is taken.
 */
async function freshKeys(engine: Engine, random: Random): Promise<void> {
  for (let attempt = 0; attempt < freshKeysTries; attempt++) {
    const seed = toHex(random.bytes(16))
    await engine.execute(sql`CREATE OR REPLACE TABLE fresh AS
      SELECT reference, (('0x' || left(sha256(${seed} || reference), 16))::UBIGINT >> 1)::BIGINT AS person_key
      FROM (SELECT DISTINCT reference FROM found WHERE person_key IS NULL)`)
    const [row] = await engine.rows(sql`SELECT
      (SELECT count(*) - count(DISTINCT person_key) FROM fresh) +
      (SELECT count(*) FROM fresh WHERE person_key = 0) +
      (SELECT count(*) FROM fresh SEMI JOIN identity USING (person_key)) AS taken`)
    if (Number(row?.taken) === 0) return
  }
  throw new Error('random person keys repeat: the source of randomness is broken')
}

function deciding(controller: OdsCode): Sql[] {
  return [
    sql`CREATE OR REPLACE TABLE decided AS
      SELECT f.* EXCLUDE (person_key), coalesce(f.person_key, n.person_key) AS person_key
      FROM found f LEFT JOIN fresh n ON n.reference = f.reference`,
    ...drops('found'),
    sql`CREATE OR REPLACE TABLE persons AS SELECT _row, person_key, patient_key FROM decided`,
    sql`CREATE OR REPLACE TABLE moved AS
      SELECT patient_key, person_key FROM decided WHERE before IS NOT NULL AND before <> person_key`,
    sql`CREATE OR REPLACE TABLE person_conflicts AS
      SELECT patient_key, 'number-changed' AS conflict FROM decided WHERE number_changed AND apart = 0
      UNION ALL SELECT patient_key, 'joined' FROM moved
      UNION ALL SELECT patient_key, 'number-shared' FROM decided SEMI JOIN (
        SELECT nhs FROM decided WHERE nhs IS NOT NULL AND apart = 0 GROUP BY nhs HAVING count(*) > 1
      ) several USING (nhs) WHERE apart = 0`,
    sql`CREATE OR REPLACE TABLE identity_after AS
      SELECT d.person_key,
        CASE WHEN number_changed THEN nhs_before ELSE coalesce(nhs, nhs_before) END AS nhs_number,
        ${controller} AS controller, d.local_id, d.patient_key, d.rule, apart::BIGINT AS apart,
        CASE WHEN before IS NULL THEN 1 ELSE 0 END AS fresh,
        before IS NOT NULL AND (before <> d.person_key OR (nhs_before IS NULL AND nhs IS NOT NULL)) AS changed
      FROM decided d
      UNION ALL
      SELECT person_key, nhs_number, controller, local_id, patient_key, rule, apart, 0, false
      FROM identity ANTI JOIN decided USING (local_id) WHERE controller = ${controller}`,
  ]
}

async function outcome(engine: Engine): Promise<PersonOutcome> {
  const counted = async (statement: Sql) =>
    Object.fromEntries((await engine.rows(statement)).map((row) => [String(row.name), Number(row.rows)]))
  const byRule = await counted(sql`SELECT rule AS name, count(*) AS rows FROM decided GROUP BY 1 ORDER BY 1`)
  const conflicts = await counted(sql`SELECT conflict AS name, count(*) AS rows FROM person_conflicts GROUP BY 1`)
  const totals = await counted(sql`SELECT 'new' AS name, count(*) AS rows FROM fresh
    UNION ALL SELECT 'changed', count(*) FROM identity_after WHERE changed
    UNION ALL SELECT 'added', count(*) FROM identity_after WHERE fresh = 1
    UNION ALL SELECT 'moved', count(*) FROM moved`)
  return {
    byRule,
    newPersons: totals.new ?? 0,
    changed: totals.changed ?? 0,
    added: totals.added ?? 0,
    moved: totals.moved ?? 0,
    conflicts: {
      'number-changed': conflicts['number-changed'] ?? 0,
      'number-shared': conflicts['number-shared'] ?? 0,
      joined: conflicts.joined ?? 0,
    },
  }
}
