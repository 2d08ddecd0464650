import type { Instant } from '#kernel'
import type { Opening } from './registers.ts'
import { type GovernanceState, holderKey } from './state.ts'

export type OpeningKind = Opening['kind']

/** How often, and how well looked after: what the public is told of one kind of opening. Nobody is named. */
export interface OpeningCounts {
  readonly opened: number
  /** Reaching rows now. */
  readonly open: number
  /** Not reviewed yet. */
  readonly waiting: number
  /** Of these, past the day on which a review was due. */
  readonly overdue: number
  readonly justified: number
  readonly notJustified: number
  readonly unclear: number
}

/** Emergencies, and looks at one row, that still reach rows at a moment, oldest first. */
export function openingsNow(state: GovernanceState, at: Instant): readonly Opening[] {
  return inOrder(state).filter((opening) => opening.at <= at && at < opening.until && !isEnded(state, opening, at))
}

/** Those that nobody has reviewed, oldest first, due or not. */
export function unreviewedOpenings(state: GovernanceState): readonly Opening[] {
  return inOrder(state).filter(({ review }) => review === null)
}

/** Those whose review is late at a moment, oldest first. */
export function overdueOpenings(state: GovernanceState, at: Instant): readonly Opening[] {
  return unreviewedOpenings(state).filter(({ reviewDue }) => reviewDue <= at)
}

export function openingCounts(state: GovernanceState, at: Instant): Readonly<Record<OpeningKind, OpeningCounts>> {
  const counts = (kind: OpeningKind): OpeningCounts => {
    const all = inOrder(state).filter((opening) => opening.kind === kind)
    const ofKind = (some: readonly Opening[]) => some.filter((opening) => opening.kind === kind).length
    const reviewed = (outcome: string) => all.filter(({ review }) => review?.outcome === outcome).length
    return {
      ...{ opened: all.length, open: ofKind(openingsNow(state, at)) },
      ...{ waiting: ofKind(unreviewedOpenings(state)), overdue: ofKind(overdueOpenings(state, at)) },
      ...{ justified: reviewed('justified'), notJustified: reviewed('not-justified'), unclear: reviewed('unclear') },
    }
  }
  return { 'break-glass': counts('break-glass'), 'one-row': counts('one-row') }
}

/** Ended early: every grant that it made was revoked. */
function isEnded(state: GovernanceState, { person, entry }: Opening, at: Instant): boolean {
  const made = (state.grantsByHolder.get(holderKey({ person })) ?? []).filter((grant) => grant.entry === entry)
  return made.every(({ revokedAt }) => revokedAt !== null && revokedAt <= at)
}

function inOrder(state: GovernanceState): readonly Opening[] {
  return [...state.openings.values()].sort((a, b) => a.entry - b.entry || (a.id < b.id ? -1 : 1))
}
