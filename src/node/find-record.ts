import { objectTypes } from '#contracts'
import { quarantine } from '#flows'
import type { Session } from '#gate'
import { ident, type JsonObject, type OdsCode, sql } from '#kernel'
import { nodeErrors } from './errors.ts'
import { findSubmission } from './quarantine-read.ts'
import type { Tenant } from './tenant.ts'

/** A published record by the id that a controller gave it, or a row that stayed out of a submission by its position. */
export type RecordAsked =
  | { readonly controller: OdsCode; readonly id: string }
  | { readonly submission: string; readonly row: number }

export interface FoundRecord {
  /** What the erasable part of the opening says of it (spec/openings.md). */
  readonly detail: JsonObject
  /** Whom it is about; null where it is about nobody, or nobody knows. */
  readonly person: string | null
}

/** The one record so named. FDP_NODE_NO_RECORD, FDP_NODE_NO_SUBMISSION, and what the gate refuses the witness. */
export async function findRecord(
  tenant: Tenant,
  witness: Session,
  object: string,
  asked: RecordAsked,
): Promise<FoundRecord> {
  return 'row' in asked ? findQuarantined(tenant, object, asked) : findPublished(witness, object, asked)
}

/** Positions hold no value, so nothing is read to find one. */
async function findQuarantined(
  tenant: Tenant,
  object: string,
  { submission: beginning, row }: Extract<RecordAsked, { row: number }>,
): Promise<FoundRecord> {
  const { submission } = await findSubmission(tenant, beginning)
  const { object: of, rows } = await quarantine(tenant.flows, submission)
  if (of !== object || !rows.some((each) => each.row === row)) throw nodeErrors('FDP_NODE_NO_RECORD')
  return { detail: { quarantine: submission, row }, person: null }
}

/** At identifiable level the gate sorts by local keys, so the order of a row is its key; it stays in this process. */
async function findPublished(
  witness: Session,
  object: string,
  { controller, id }: Extract<RecordAsked, { controller: OdsCode }>,
): Promise<FoundRecord> {
  const type = objectTypes().find(({ name }) => name === object)
  if (!type) throw nodeErrors('FDP_NODE_NO_RECORD')
  const column = type.primaryKey
  const person = type.personLevel ? sql`r."_person"::VARCHAR` : sql`NULL::VARCHAR`
  await using result = await witness.rows({
    about: { kind: 'record-lookup', object, by: column },
    detail: { named: { controller, id } },
    relations: { records: { object, columns: [column], level: 'identifiable', controller } },
    person: 'records',
    build: ({ records }) => sql`SELECT r."_order"::VARCHAR AS "key", ${person} AS "about"${
      type.personLevel ? sql`, r."_person" AS "_person"` : sql``
    }
      FROM ${records} AS r WHERE CAST(r.${ident(column)} AS VARCHAR) = ${id}
      QUALIFY count(*) OVER () = 1`,
  })
  const found: FoundRecord[] = []
  for await (const { columns, rowCount } of result.batches()) {
    const [keys = [], about = []] = columns
    for (let i = 0; i < rowCount; i++) {
      found.push({ detail: { key: String(keys[i]) }, person: about[i] === null ? null : String(about[i]) })
    }
  }
  const [only] = found
  if (!only) throw nodeErrors('FDP_NODE_NO_RECORD')
  return only
}
