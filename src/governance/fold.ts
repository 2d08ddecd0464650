import type { Instant } from '#kernel'
import { fail } from './errors.ts'
import { definitionOf, type FoldableEntry, type GovernanceEvent, parseEvent } from './events.ts'
import { lapsesAt } from './standing.ts'
import type { GovernanceState } from './state.ts'

/**
 * The state after one more entry. Pure: the same state and entry give the same result, whatever the clock says.
 * Entries of other modules only move `upTo` and `lastTime`, but for two facts that rules speak of: that a grant was used
 * and that a data set was published. An event whose signer was not entitled is kept in `rejected` and has no effect.
 * Throws FDP_GOVERNANCE_ENTRY_ORDER, FDP_GOVERNANCE_EVENT_UNKNOWN, FDP_GOVERNANCE_EVENT_INVALID,
 * FDP_GOVERNANCE_OTHER_TENANT.
 */
export function fold(state: GovernanceState, entry: FoldableEntry): GovernanceState {
  if (entry.index !== state.upTo + 1 || entry.time < state.lastTime) {
    throw fail('FDP_GOVERNANCE_ENTRY_ORDER', { index: entry.index, upTo: state.upTo })
  }
  const moved = { ...state, upTo: entry.index, lastTime: entry.time }
  const event = parseEvent(entry)
  if (!event) return noticed(moved, entry)
  const changed = { ...moved, changedAt: entry.index }
  const why = whyNoEffect(state, event, entry.time)
  if (why !== null) {
    return { ...changed, rejected: [...state.rejected, { entry: entry.index, type: event.type, by: event.by, why }] }
  }
  return definitionOf(event.type).apply(changed, event, entry)
}

/** The state as it was at a moment: every entry up to and including it. Entries are in order. */
export function foldUntil(state: GovernanceState, entries: Iterable<FoldableEntry>, at: Instant): GovernanceState {
  let current = state
  for (const entry of entries) {
    if (entry.time > at) break
    current = fold(current, entry)
  }
  return current
}

/** Why the fold gives an event no effect at a moment, or null. */
export function whyNoEffect(state: GovernanceState, event: GovernanceEvent, at: Instant): string | null {
  const definition = definitionOf(event.type)
  return definition.whyNotEntitled(state, event, at) ?? whyNotNew(state, event, at)
}

/** Ids are used once, versions only go up: what was approved cannot be rewritten under the same name. */
export function whyNotNew(state: GovernanceState, event: GovernanceEvent, at: Instant): string | null {
  return definitionOf(event.type).whyNotNew?.(state, event, at) ?? null
}

function noticed(state: GovernanceState, entry: FoldableEntry): GovernanceState {
  if (entry.type === 'read.opened' || entry.type === 'action.applied') return used(state, entry)
  if (entry.type !== 'flow.published') return state
  const { object } = entry.governance
  if (typeof object !== 'string' || state.dataSets.has(object)) return state
  return { ...state, dataSets: new Set([...state.dataSets, object]) }
}

function used(state: GovernanceState, { governance, time }: FoldableEntry): GovernanceState {
  const { relations } = governance
  if (typeof relations !== 'object' || relations === null) return state
  let { lastUsed } = state
  for (const relation of Object.values(relations)) {
    const grant = (relation as { grant?: unknown } | null)?.grant
    if (typeof grant === 'string' && !hasLapsed(state, grant, time)) lastUsed = lastUsed.set(grant, time)
  }
  return { ...state, lastUsed }
}

/** A lapse is for good: nothing that is said to have been read afterwards wakes the grant up. */
function hasLapsed(state: GovernanceState, id: string, at: Instant): boolean {
  const grant = state.grants.get(id)
  const lapse = grant ? lapsesAt(state, grant) : null
  return lapse !== null && at >= lapse
}
