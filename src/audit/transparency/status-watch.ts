import {
  type Contradiction,
  contradictions,
  emptyState,
  type GovernanceEvent,
  type GovernanceState,
  type Grant,
  holderKey,
} from '#governance'
import { addMs, type Instant } from '#kernel'

/** Events that can make a sentence true again, or change nothing about it, but never make one untrue. */
const endsOnly: ReadonlySet<GovernanceEvent['type']> = new Set([
  ...(['governance.organisation-registered', 'governance.organisation-closed', 'governance.person-left'] as const),
  ...(['governance.clearance-recorded', 'governance.training-recorded', 'governance.team-registered'] as const),
  ...(['governance.team-left', 'governance.activity-registered', 'governance.instrument-registered'] as const),
  ...(['governance.instrument-ended', 'governance.agreement-proposed', 'governance.agreement-signed'] as const),
  ...(['governance.agreement-ended', 'governance.family-registered', 'governance.access-requested'] as const),
  ...(['governance.access-declined', 'governance.grant-revoked', 'governance.grant-reviewed'] as const),
  ...(['governance.outsiders-ended', 'governance.break-glass-opened', 'governance.row-opened'] as const),
  ...(['governance.opening-reviewed', 'governance.switched-on', 'governance.switched-off'] as const),
  ...(['governance.disclosure-compelled', 'governance.approval-reviewed', 'governance.opt-outs-set'] as const),
  ...(['governance.erasure-ordered', 'governance.erasure-approved'] as const),
  ...(['governance.hold-placed', 'governance.hold-lifted', 'governance.retention-set'] as const),
  ...(['governance.model-proposed', 'governance.model-approved'] as const),
])

const minuteMs = 60_000

export interface StatusChange {
  readonly untrue: readonly Contradiction[]
  readonly trueAgain: readonly Contradiction[]
}

/**
 * Follows, entry by entry, which sentences of the assessments are untrue. The same as asking `contradictions` after every
 * entry (a test holds it to that), without going through all grants each time: while nothing is untrue, an event that
 * gives one grant is held against that grant, and one that only ends something against nothing.
 */
export class StatusWatch {
  #untrue = new Map<string, Contradiction>()
  /** Moments still to come at which time alone can make a sentence untrue. */
  #moments: Instant[] = []
  #lookedAt = '' as Instant

  /** What changed with an entry; null where nothing did. `event` is null for entries of other modules. */
  after(state: GovernanceState, event: GovernanceEvent | null, time: Instant): StatusChange | null {
    const isDue = this.#isDue(time)
    if (event) this.#moments.push(...momentsOf(state, event).filter((moment) => moment > time))
    if (!isDue && !this.#mayMatter(state, event, time)) return null
    this.#lookedAt = time
    const now = new Map(contradictions(state, time).map((each) => [keyOf(each), each]))
    const untrue = [...now].filter(([key]) => !this.#untrue.has(key)).map(([, each]) => each)
    const trueAgain = [...this.#untrue].filter(([key]) => !now.has(key)).map(([, each]) => each)
    this.#untrue = now
    return untrue.length + trueAgain.length > 0 ? { untrue, trueAgain } : null
  }

  #isDue(time: Instant): boolean {
    const before = this.#moments.length
    this.#moments = this.#moments.filter((moment) => moment > time)
    return this.#moments.length < before
  }

  #mayMatter(state: GovernanceState, event: GovernanceEvent | null, time: Instant): boolean {
    // While something is untrue, time alone can end it: looked at with every event, and with other entries once a minute.
    if (this.#untrue.size > 0) return event !== null || time >= addMs(this.#lookedAt, minuteMs)
    if (event === null || endsOnly.has(event.type)) return false
    if (event.type === 'governance.grant-approved')
      return contradictions(withGrantsOf(state, event.id), time).length > 0
    if (event.type === 'governance.person-registered')
      return state.grantsByHolder.has(event.id) || state.teamsOf.has(event.id)
    return true
  }
}

/** The state with one grant, and those that a cap counts: of named engineers, and of roles that engineers may have. */
function withGrantsOf(state: GovernanceState, id: string): GovernanceState {
  const named = [...state.elevated, id].flatMap((each) => state.grants.get(each) ?? [])
  let few = emptyState(state.tenant).grants
  for (const grant of [...named, ...grantsOfRoles(state)]) few = few.set(grant.id, grant)
  return { ...state, grants: few }
}

function grantsOfRoles({ teams, grantsByHolder }: GovernanceState): readonly Grant[] {
  return [...teams.values()].flatMap(({ id: team, members }) =>
    [...new Set(members.map(({ role }) => role))].flatMap(
      (role) => grantsByHolder.get(holderKey({ team, role })) ?? [],
    ),
  )
}

function momentsOf(state: GovernanceState, event: GovernanceEvent): readonly Instant[] {
  switch (event.type) {
    case 'governance.grant-approved':
      return [event.from]
    case 'governance.person-registered':
      return [event.from]
    case 'governance.team-joined':
      return state.teams.get(event.team)?.members.map(({ from }) => from) ?? []
    case 'governance.purpose-reclassed':
      return [event.from]
    case 'governance.dpia-approved': {
      const version = state.dpias.get(event.id)?.at(-1)
      const review = version?.document?.nextReview
      return version ? [version.effectiveFrom, version.effectiveForCareFrom, ...(review ? [review] : [])] : []
    }
    default:
      return []
  }
}

function keyOf({ dpia, version, sentence }: Contradiction): string {
  return `${dpia}\t${version}\t${sentence}`
}
