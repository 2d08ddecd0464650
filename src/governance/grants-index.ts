import type { Instant } from '#kernel'
import type { Membership } from './registers.ts'
import { type GovernanceState, type Grant, holderKey, indexKey } from './state.ts'
import type { TeamRole } from './vocabulary.ts'

/** The state with one more grant, in every index. */
export function withGrant(state: GovernanceState, grant: Grant): GovernanceState {
  const holder = holderKey(grant.holder)
  const key = indexKey(holder, grant.object)
  return {
    ...state,
    grants: state.grants.set(grant.id, grant),
    grantsByHolderObject: state.grantsByHolderObject.set(key, [
      ...(state.grantsByHolderObject.get(key) ?? []),
      grant.id,
    ]),
    grantsByHolder: state.grantsByHolder.set(holder, [...(state.grantsByHolder.get(holder) ?? []), grant]),
    elevated: isElevated(state, grant) ? [...state.elevated, grant.id] : state.elevated,
  }
}

/** The state with a grant replaced; unchanged where there is none of that id. */
export function withGrantChanged(state: GovernanceState, id: string, make: (grant: Grant) => Grant): GovernanceState {
  const before = state.grants.get(id)
  if (!before) return state
  const after = make(before)
  const holder = holderKey(before.holder)
  const all = (state.grantsByHolder.get(holder) ?? []).map((each) => (each.id === id ? after : each))
  return {
    ...state,
    grants: state.grants.set(id, after),
    grantsByHolder: state.grantsByHolder.set(holder, all),
  }
}

/** Sight of identifiable rows by a processor's staff, whatever the grant is called. */
function isElevated(state: GovernanceState, { basis, holder, action, level }: Grant): boolean {
  if (basis !== 'approval' || action !== 'read' || level !== 'identifiable' || !('person' in holder)) return false
  return state.persons.get(holder.person)?.kind === 'processor-staff'
}

/** Who has a role in a team at a moment, in the post in which they joined. */
export function membersOf(state: GovernanceState, { team, role }: TeamRole, at: Instant): readonly Membership[] {
  const members = state.teams.get(team)?.members ?? []
  return members.filter((each) => each.role === role && isMember(state, each, at))
}

export function isMember(state: GovernanceState, membership: Membership, at: Instant): boolean {
  const { from, until, post, person } = membership
  return from <= at && (until === null || at < until) && state.persons.get(person)?.post === post
}

/** The keys under which a person's grants are found: their own, and those of the roles they have or ever had. */
export function holdersOf(state: GovernanceState, person: string): readonly Grant['holder'][] {
  const roles = (state.teamsOf.get(person) ?? []).flatMap((id) =>
    [...new Set(membershipsOf(state, id, person).map((each) => each.role))].map((role) => ({ team: id, role })),
  )
  return [{ person: person as never }, ...roles]
}

export function membershipsOf(state: GovernanceState, team: string, person: string): readonly Membership[] {
  return (state.teams.get(team)?.members ?? []).filter((each) => each.person === person)
}
