import type { Instant, JsonObject } from '#kernel'
import type { EntryInput } from '#ledger'
import { fail } from './errors.ts'
import {
  checkEvent,
  definitionOf,
  type EventBody,
  type EventOf,
  type EventType,
  type GovernanceEvent,
} from './events.ts'
import { whyNotNew } from './fold.ts'
import type { GovernanceState } from './state.ts'

/** What a surface gives: the event without its version, which this release sets. */
export type Input<T extends EventType> = Omit<EventBody<T>, 'version'>

/**
 * What to append to the ledger for an event that somebody signs now; every surface uses this, so all have the same
 * checks. Grants have further checks: `approveGrant`.
 * Throws FDP_GOVERNANCE_EVENT_INVALID, FDP_GOVERNANCE_NOT_ENTITLED, FDP_GOVERNANCE_NOT_NOW, and what the event's own
 * `check` throws: mostly FDP_GOVERNANCE_NOT_FOUND, FDP_GOVERNANCE_ALREADY_THERE.
 */
export function sign<T extends EventType>(state: GovernanceState, type: T, input: Input<T>, at: Instant): EntryInput {
  const event = draft(type, input) as unknown as GovernanceEvent
  checkEntitled(state, event, at)
  const definition = definitionOf(type)
  definition.check?.(state, event, at)
  const why = whyNotNew(state, event, at)
  if (why !== null) throw fail('FDP_GOVERNANCE_NOT_NOW', { what: definition.what, why })
  return toEntry(event)
}

/** The event as it would stand in the ledger; throws FDP_GOVERNANCE_EVENT_INVALID. */
export function draft<T extends EventType>(type: T, input: Input<T>): EventOf<T> {
  return checkEvent(type, { version: 1, ...input }) as unknown as EventOf<T>
}

/** Throws FDP_GOVERNANCE_NOT_ENTITLED with the reason if the fold would give the event no effect for its signer. */
export function checkEntitled(state: GovernanceState, event: GovernanceEvent, at: Instant): void {
  const why = whyNotSign(state, event, at)
  if (why !== null)
    throw fail('FDP_GOVERNANCE_NOT_ENTITLED', { by: event.by, what: definitionOf(event.type).what, why })
}

export function canSign(state: GovernanceState, event: GovernanceEvent, at: Instant): boolean {
  return whyNotSign(state, event, at) === null && whyNotNew(state, event, at) === null
}

/**
 * Stricter than the fold where an event takes access away: the fold lets it take effect whoever signed, so that nothing
 * stays open by a formality; here the signer has to be an officer, the approver, or the person giving up their own.
 */
function whyNotSign(state: GovernanceState, event: GovernanceEvent, at: Instant): string | null {
  const definition = definitionOf(event.type)
  return definition.whyNotEntitled(state, event, at) ?? definition.whyNotSign?.(state, event, at) ?? null
}

export function toEntry(event: GovernanceEvent): EntryInput {
  const { type, ...governance } = event
  return { type, governance: governance as unknown as JsonObject }
}
