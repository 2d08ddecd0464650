import { objectTypes } from '#contracts'
import { quarantine } from '#flows'
import type { Session } from '#gate'
import {
  type ContractRef,
  columnsAt,
  type DpiaRef,
  decide,
  dpiaInForce,
  type GovernanceState,
  generalColumnsAt,
  sign,
} from '#governance'
import { type Instant, ident, type JsonObject, type OdsCode, type PurposeId, type SubjectId, sql } from '#kernel'
import { nodeErrors } from './errors.ts'
import {
  checkedOpening,
  openingId,
  openingMinutesMax,
  openingReason,
  openingRefused,
  openingUntil,
  refuseOpening,
} from './opening-checks.ts'
import { reasonKeptApart } from './opening-review.ts'
import { findSubmission } from './quarantine-read.ts'
import { appendInTurn } from './signing.ts'
import type { Tenant } from './tenant.ts'

/** A published record by the id that a controller gave it, or a row that stayed out of a submission by its position. */
export type RecordAsked =
  | { readonly controller: OdsCode; readonly id: string }
  | { readonly submission: string; readonly row: number }

export interface OneRow {
  /** Who is to see it. */
  readonly engineer: SubjectId
  /** What they see it for. */
  readonly purpose: PurposeId
  readonly object: string
  readonly record: RecordAsked
  /** All that the contract shows at identifiable level, but legally restricted ones, if left out. */
  readonly columns?: readonly string[]
  /** Id of the DPIA that foresees it. */
  readonly dpia: string
  /** For a processor's staff. */
  readonly contract?: ContractRef | undefined
  readonly reason: string
  readonly minutes?: number
}

export interface RowOpened {
  readonly id: string
  readonly entry: number
  readonly until: Instant
}

/**
 * Opens one record to one engineer, for an hour at most, while the witness whose session it is looks on. The witness may
 * read all of it themselves, and a read of theirs finds it; which one it is stands in the erasable part of the entry alone. Refused by policy before anything is looked up: nobody is their own witness, the witness is on the
 * controller's staff, and the DPIA, the contract and the instruction contain it.
 * FDP_NODE_OPENING_REASON, FDP_NODE_OPENING_MINUTES, FDP_NODE_OPENING_REFUSED, FDP_NODE_NO_RECORD,
 * FDP_NODE_NO_SUBMISSION, FDP_GOVERNANCE_NOT_ENTITLED, FDP_GOVERNANCE_NOT_FOUND, and what the gate refuses the witness.
 */
export async function openRow(tenant: Tenant, witness: Session, asked: OneRow): Promise<RowOpened> {
  const { engineer, purpose, object } = asked
  const reason = openingReason(asked.reason)
  const until = openingUntil(tenant.flows.clock.now(), asked.minutes ?? openingMinutesMax)
  const id = openingId(tenant, 'row')
  const entry = (state: GovernanceState, at: Instant) =>
    sign(
      state,
      'governance.row-opened',
      {
        ...{ by: witness.subject, id, subject: engineer, purpose, until, object, columns: columnsOf(witness, asked) },
        ...{ dpia: dpiaOf(state, asked.dpia, at), reason: reasonKeptApart },
        ...(asked.contract ? { contract: asked.contract } : {}),
      },
      at,
    )
  const who = { subject: engineer, purpose }
  await checkedOpening(tenant, who, 'one-row', (state, at) => [{ entry: entry(state, at), id, objects: [object] }])
  if (!mayRead(tenant, witness, asked)) {
    const error = openingRefused(witness.subject, 'the witness may not read that themselves, in every column')
    await refuseOpening(tenant, who, 'one-row', { codes: ['witness-may-not-read'], error })
  }
  const { detail, person } = await findRecord(tenant, witness, object, asked.record)
  if (person !== null && (await tenant.staff.keysOf(tenant.ledger, engineer)).includes(person)) {
    const error = openingRefused(engineer, 'nobody opens their own record')
    await refuseOpening(tenant, who, 'one-row', { codes: ['own-record'], error })
  }
  const [receipt] = await appendInTurn(tenant, (state, at) => ({
    ...entry(state, at),
    detail: { ...detail, object, reason },
  }))
  return { id, entry: receipt!.index, until }
}

function columnsOf({ subject }: Session, { object, columns }: OneRow): string[] {
  const shown = columnsAt(object, 'identifiable')
  const named = columns ?? generalColumnsAt(object, 'identifiable')
  if (named.length === 0 || named.some((column) => !shown.has(column)))
    throw openingRefused(subject, 'that object type has no such columns at identifiable level')
  return [...named]
}

/** Nobody shows what they may not see, for the purpose of their session and by a grant that reaches more than one record. */
function mayRead({ governance, flows }: Tenant, witness: Session, asked: OneRow): boolean {
  const { subject, purpose } = witness
  const columns = columnsOf(witness, asked)
  const request = { subject, purpose, object: asked.object, columns, level: 'identifiable', action: 'read' } as const
  const decision = decide(governance.state(), { ...request, at: flows.clock.now() }, governance.policies)
  return decision.allowed && decision.rows.only === undefined
}

/** The version in force; where there is none, one that the policies refuse. */
function dpiaOf(state: GovernanceState, id: string, at: Instant): DpiaRef {
  const found = dpiaInForce(state, id, at)
  return { id, version: found?.version ?? 1, sha256: found?.sha256 ?? '0'.repeat(64) }
}

interface FoundRecord {
  readonly detail: JsonObject
  /** Whom it is about; null where it is about nobody, or nobody knows. */
  readonly person: string | null
}

async function findRecord(tenant: Tenant, witness: Session, object: string, asked: RecordAsked): Promise<FoundRecord> {
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
    relations: { records: { object, columns: [column], level: 'identifiable' } },
    person: 'records',
    build: ({ records }) => sql`SELECT r."_order"::VARCHAR AS "key", ${person} AS "about"${
      type.personLevel ? sql`, r."_person" AS "_person"` : sql``
    }
      FROM ${records} AS r WHERE r."_controller" = ${controller} AND CAST(r.${ident(column)} AS VARCHAR) = ${id}
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
