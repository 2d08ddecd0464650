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
import type { Instant, PurposeId, SubjectId } from '#kernel'
import { findRecord, type RecordAsked } from './find-record.ts'
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
import { appendInTurn } from './signing.ts'
import type { Tenant } from './tenant.ts'

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
 * read all of it themselves, and a read of theirs finds it; which one it is stands in the erasable part of the entry alone.
 * Refused by policy before anything is looked up: nobody is their own witness, the witness is on the controller's staff,
 * and the DPIA, the contract and the instruction contain it.
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
