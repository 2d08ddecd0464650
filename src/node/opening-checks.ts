import { type Decision, decide, fold, type GovernanceState, whoCanSee } from '#governance'
import {
  addMs,
  type FdpError,
  type Instant,
  isFdpError,
  type JsonObject,
  limits,
  type PurposeId,
  type SubjectId,
} from '#kernel'
import type { EntryInput } from '#ledger'
import { nodeErrors } from './errors.ts'
import type { Tenant } from './tenant.ts'

/*
 * What both openings, the emergency and the look at one row, have in common: a reason, a length, and policies that would
 * let the rows through. All of it is looked at before anybody is looked up.
 */

export const openingMinutesMax = 60
const minuteMs = 60_000

/** Who would read, for what. */
export interface OpeningFor {
  readonly subject: SubjectId
  readonly purpose: PurposeId
}

export interface OpeningDraft {
  /** What would be appended, without its detail. */
  readonly entry: EntryInput
  readonly id: string
  readonly objects: readonly string[]
}

/** FDP_NODE_OPENING_REASON. The reason is kept in the erasable part only. */
export function openingReason(text: string): string {
  const reason = text.trim().toWellFormed()
  const charactersMax = limits.justificationCharactersMax
  if (reason === '' || reason.length > charactersMax) throw nodeErrors('FDP_NODE_OPENING_REASON', { charactersMax })
  return reason
}

/** FDP_NODE_OPENING_MINUTES. */
export function openingUntil(now: Instant, minutes: number): Instant {
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > openingMinutesMax)
    throw nodeErrors('FDP_NODE_OPENING_MINUTES', { minutesMax: openingMinutesMax })
  return addMs(now, minutes * minuteMs)
}

export function openingId(tenant: Tenant, kind: 'glass' | 'row'): string {
  return `${kind}-${Buffer.from(tenant.flows.random.bytes(6)).toString('hex')}`
}

/**
 * Makes the entries of an opening and throws if one of them could not be signed, or would let nothing through: judged by
 * the policies that enforce, in the state as it would then be. A refusal is put on record first, with codes and no words.
 */
export async function checkedOpening(
  tenant: Tenant,
  who: OpeningFor,
  kind: 'break-glass' | 'one-row',
  make: (state: GovernanceState, at: Instant) => readonly OpeningDraft[],
): Promise<void> {
  const state = tenant.governance.state()
  const at = tenant.flows.clock.now()
  let refused: Refused | null = null
  try {
    for (const each of make(state, at)) refused ??= whyRefused(tenant, state, who, each, at)
  } catch (error) {
    if (!isFdpError(error)) throw error
    await refuseOpening(tenant, who, kind, { codes: [error.code], error })
  }
  if (refused) await refuseOpening(tenant, who, kind, refused)
}

interface Refused {
  readonly codes: readonly string[]
  readonly error: FdpError
}

/** Puts a refused opening on record, and throws. */
export async function refuseOpening(
  tenant: Tenant,
  { subject, purpose }: OpeningFor,
  kind: 'break-glass' | 'one-row',
  { codes, error }: Refused,
): Promise<never> {
  const state = tenant.governance.state()
  // Names that nobody registered are the caller's words: they stay out of what is never erased.
  const governance: JsonObject = {
    ...{ kind, reasons: [...codes] },
    subject: state.persons.has(subject) ? subject : 'unknown',
    purpose: state.purposes.has(purpose) ? purpose : 'unknown',
  }
  await tenant.ledger.append({ type: 'opening.refused', governance })
  throw error
}

export function openingRefused(by: SubjectId, why: string): FdpError {
  return nodeErrors('FDP_NODE_OPENING_REFUSED', { by, why })
}

function whyRefused(
  { governance }: Tenant,
  state: GovernanceState,
  { subject, purpose }: OpeningFor,
  { entry, id, objects }: OpeningDraft,
  at: Instant,
): Refused | null {
  const after = fold(state, { ...entry, index: state.upTo + 1, time: at })
  const filter = { person: subject, purpose, level: 'identifiable', action: 'read' } as const
  const works = new Set(whoCanSee(after, at, governance.policies, filter).map(({ grant }) => grant))
  const object = objects.find((each) => !works.has(`${id}.${each}`))
  if (object === undefined) return null
  const request = { ...filter, subject, object, columns: 'all-permitted', at } as const
  const reasons = reasonsFor(decide(after, request, governance.policies), `${id}.${object}`)
  const why = reasons.map(({ says }) => says).join('; ') || 'the policies refuse it'
  return { codes: reasons.map(({ code }) => code), error: openingRefused(subject, why) }
}

function reasonsFor(decision: Decision, grant: string) {
  return decision.allowed ? [] : decision.reasons.filter((reason) => reason.grant === grant)
}
