import type { GovernanceState, Membership } from '#governance'
import type { Instant, SubjectId } from '#kernel'
import { type Draft, draft, type Signing } from './draft.ts'

/** A role in a team, as a staff record has it. */
export interface Place {
  readonly team: string
  readonly role: string
  readonly from?: Instant
  readonly until: Instant | null
}

/** Roles in teams that somebody has or is about to have in the post they hold. */
export function placesOf(
  state: GovernanceState,
  person: SubjectId,
  at: Instant,
): readonly (Membership & { readonly team: string })[] {
  const post = state.persons.get(person)?.post
  return (state.teamsOf.get(person) ?? []).flatMap((team) =>
    (state.teams.get(team)?.members ?? [])
      .filter((each) => each.person === person && each.post === post && (each.until === null || at < each.until))
      .map((each) => ({ ...each, team })),
  )
}

/** What makes somebody's roles the ones wanted. In a new post they have none to begin with. */
export function placeDrafts(
  state: GovernanceState,
  person: SubjectId,
  wanted: readonly Place[],
  newPost: boolean,
  { by, at }: Signing,
): readonly Draft[] {
  const now = newPost ? [] : placesOf(state, person, at)
  const isSame = (a: Pick<Place, 'team' | 'role'>, b: Pick<Place, 'team' | 'role'>) =>
    a.team === b.team && a.role === b.role
  const leaves = now
    .filter((each) => !wanted.some((place) => isSame(place, each)))
    .map(({ team, role }) => leave(team, person, role, at))
  const joins = wanted.flatMap((place) => {
    const known = now.filter((each) => isSame(each, place))
    const { team, role, until } = place
    if (known.some((each) => each.until === until)) return []
    const isShorter = until !== null && known.some((each) => each.until === null || until < each.until)
    if (isShorter) return [leave(team, person, role, until)]
    return [
      draft(
        'governance.team-joined',
        { by, team, person, role, from: place.from ?? at, until },
        `joins ${team} as ${role}`,
        person,
      ),
    ]
  })
  function leave(team: string, who: SubjectId, role: string, when: Instant): Draft {
    const what = when > at ? `leaves ${team} on ${when.slice(0, 10)}` : `leaves ${team}`
    return draft('governance.team-left', { by, team, person: who, role, at: when }, what, who)
  }
  return [...leaves, ...joins]
}
