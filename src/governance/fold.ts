import type { Instant } from '#kernel'
import { whyNotEntitled } from './entitlement.ts'
import { fail } from './errors.ts'
import { type FoldableEntry, type GovernanceEvent, parseEvent } from './events.ts'
import { type ApprovalFacts, type GovernanceState, indexKey, isInPost } from './state.ts'

type EventOf<T extends GovernanceEvent['type']> = Extract<GovernanceEvent, { type: T }>

/**
 * The state after one more entry. Pure: the same state and entry give the same result, whatever the clock says.
 * Entries of other modules only move `upTo` and `lastTime`. An event whose signer was not entitled is kept in
 * `rejected` and has no effect.
 * Throws FDP_GOVERNANCE_ENTRY_ORDER, FDP_GOVERNANCE_EVENT_UNKNOWN, FDP_GOVERNANCE_EVENT_INVALID,
 * FDP_GOVERNANCE_OTHER_TENANT.
 */
export function fold(state: GovernanceState, entry: FoldableEntry): GovernanceState {
  if (entry.index !== state.upTo + 1 || entry.time < state.lastTime) {
    throw fail('FDP_GOVERNANCE_ENTRY_ORDER', { index: entry.index, upTo: state.upTo })
  }
  const moved = { ...state, upTo: entry.index, lastTime: entry.time }
  const event = parseEvent(entry)
  if (!event) return moved
  const changed = { ...moved, changedAt: entry.index }
  const why = whyNotEntitled(state, event, entry.time) ?? whyNotNew(state, event)
  if (why !== null) {
    return { ...changed, rejected: [...state.rejected, { entry: entry.index, type: event.type, by: event.by, why }] }
  }
  return apply(changed, event, entry)
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

/** Ids are used once, DPIA versions only go up: what was approved cannot be rewritten under the same name. */
export function whyNotNew(state: GovernanceState, event: GovernanceEvent): string | null {
  switch (event.type) {
    case 'governance.purpose-registered':
      return state.purposes.has(event.id) ? 'the purpose id was used before' : null
    case 'governance.grant-approved':
      return state.grants.has(event.id) ? 'the grant id was used before' : null
    case 'governance.dpia-approved': {
      const latest = state.dpias.get(event.id)?.at(-1)
      if (!latest) return null
      if (event.dpiaVersion <= latest.version) return 'the DPIA version does not follow the latest'
      return event.effectiveFrom < latest.effectiveFrom ? 'it takes effect before the version it follows' : null
    }
    default:
      return null
  }
}

function apply(state: GovernanceState, event: GovernanceEvent, entry: FoldableEntry): GovernanceState {
  switch (event.type) {
    case 'governance.tenant-opened':
      return openTenant(state, event, entry)
    case 'governance.organisation-registered':
      return { ...state, organisations: state.organisations.set(event.id, { id: event.id, name: event.name }) }
    case 'governance.person-registered':
      return registerPerson(state, event, entry)
    case 'governance.person-left': {
      const person = state.persons.get(event.person)
      if (!person) return state
      const until = earliest(person.until, event.at)
      return { ...state, persons: state.persons.set(person.id, { ...person, until }) }
    }
    case 'governance.purpose-registered': {
      const { type: _, version: __, by: ___, ...purpose } = event
      return { ...state, purposes: state.purposes.set(purpose.id, purpose) }
    }
    case 'governance.dpia-approved':
      return approveDpia(state, event, entry)
    case 'governance.grant-approved':
      return approveGrant(state, event, entry)
    case 'governance.grant-revoked': {
      const grant = state.grants.get(event.grant)
      if (!grant) return state
      const revokedAt = earliest(grant.revokedAt, event.at)
      return { ...state, grants: state.grants.set(grant.id, { ...grant, revokedAt }) }
    }
  }
}

function openTenant(
  state: GovernanceState,
  event: EventOf<'governance.tenant-opened'>,
  entry: FoldableEntry,
): GovernanceState {
  if (event.tenant !== state.tenant) {
    throw fail('FDP_GOVERNANCE_OTHER_TENANT', { index: entry.index, found: event.tenant, expected: state.tenant })
  }
  let persons = state.persons
  for (const officer of event.officers) {
    persons = persons.set(officer.id, {
      ...officer,
      kind: 'controller-staff',
      employer: event.controller.id,
      clearanceUntil: null,
      from: entry.time,
      until: null,
      post: entry.index,
    })
  }
  return {
    ...state,
    controller: event.controller.id,
    bootstrap: event.by,
    organisations: state.organisations.set(event.controller.id, event.controller),
    persons,
  }
}

/** Whoever left, or changes employer or kind, starts a new post: grants of an earlier one never come back. */
function registerPerson(
  state: GovernanceState,
  event: EventOf<'governance.person-registered'>,
  entry: FoldableEntry,
): GovernanceState {
  const { type: _, version: __, by: ___, ...person } = event
  const before = state.persons.get(person.id)
  const stays = before && before.until === null && before.kind === person.kind && before.employer === person.employer
  const post = stays ? before.post : entry.index
  return { ...state, persons: state.persons.set(person.id, { ...person, until: null, post }) }
}

function approveDpia(
  state: GovernanceState,
  event: EventOf<'governance.dpia-approved'>,
  entry: FoldableEntry,
): GovernanceState {
  const version = {
    id: event.id,
    version: event.dpiaVersion,
    title: event.title,
    sha256: event.sha256,
    effectiveFrom: latest(event.effectiveFrom, entry.time),
    claims: event.claims,
  }
  return { ...state, dpias: state.dpias.set(event.id, [...(state.dpias.get(event.id) ?? []), version]) }
}

function approveGrant(
  state: GovernanceState,
  event: EventOf<'governance.grant-approved'>,
  entry: FoldableEntry,
): GovernanceState {
  const { type: _, version: __, by: approvedBy, ...body } = event
  const grant = {
    ...body,
    from: latest(body.from, entry.time),
    revokedAt: null,
    approvedBy,
    approvedAt: entry.time,
    approval: approvalFacts(state, approvedBy, body.subject, entry.time),
    entry: entry.index,
  }
  const key = indexKey(grant.subject, grant.object)
  return {
    ...state,
    grants: state.grants.set(grant.id, grant),
    grantsBySubjectObject: state.grantsBySubjectObject.set(key, [
      ...(state.grantsBySubjectObject.get(key) ?? []),
      grant.id,
    ]),
  }
}

/** The approver and the holder as the register had them at a moment. */
export function approvalFacts(state: GovernanceState, approver: string, holder: string, at: Instant): ApprovalFacts {
  const by = state.persons.get(approver)
  const to = state.persons.get(holder)
  return {
    approver: by && isInPost(by, at) ? { kind: by.kind, employer: by.employer, duties: by.duties } : null,
    holderPost: to?.post ?? null,
  }
}

function earliest(a: Instant | null, b: Instant): Instant {
  return a !== null && a < b ? a : b
}

function latest(a: Instant, b: Instant): Instant {
  if (a < b) return b
  return a
}
