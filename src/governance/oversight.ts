import type { Instant, SubjectId } from '#kernel'
import { whyNotInPost, whyNotOfficer } from './entitlement.ts'
import { fail } from './errors.ts'
import type { GovernanceState } from './state.ts'
import { approvingDuties, type Duty } from './vocabulary.ts'

/** Duties that see every list of governance; anybody else in post sees what concerns them. */
export const overseeing: readonly Duty[] = [
  ...approvingDuties,
  'senior-information-risk-owner',
  'data-protection-officer',
  'registrar',
]

/** What one person may be shown of who asked, who holds, who looks. Says nothing about data: that is for grants. */
export interface Sight {
  readonly subject: SubjectId
  /** Whether they oversee the tenant. */
  readonly all: boolean
  /** Whether they are one of those whom something is about, or oversee the tenant. */
  concerns(...people: readonly (string | null)[]): boolean
  /** FDP_GOVERNANCE_NOT_ENTITLED for whoever does not oversee; `what` follows "may not". */
  checkAll(what: string): void
}

/** FDP_GOVERNANCE_NOT_ENTITLED for whoever is not in post at this tenant at that moment. */
export function sightOf(state: GovernanceState, subject: SubjectId, at: Instant): Sight {
  const refuse = (what: string, why: string) => fail('FDP_GOVERNANCE_NOT_ENTITLED', { by: subject, what, why })
  const outside = whyNotInPost(state, subject, at)
  if (outside !== null) throw refuse('look at what governs here', outside)
  const why = whyNotOfficer(state, subject, overseeing, at)
  return {
    subject,
    all: why === null,
    concerns: (...people) => why === null || people.includes(subject),
    checkAll(what) {
      if (why !== null) throw refuse(what, why)
    },
  }
}
