import { type GovernanceState, isAgreed } from '#governance'
import type { FlowDeps } from './submission.ts'

/** What law 8 needs to know of governance, asked of the state at each submission. */
export function gpFacts(state: () => GovernanceState): Required<Pick<FlowDeps, 'gpAgreement' | 'isPractice'>> {
  return {
    isPractice: (organisation) => state().organisations.get(organisation)?.sector === 'general-practice',
    gpAgreement: ({ practice, object, at }) => {
      const now = state()
      if (now.controller === practice) return false
      return [...now.agreements.values()]
        .flat()
        .some(
          (each) =>
            each.gpData && each.objects.includes(object) && each.parties.includes(practice) && isAgreed(now, each, at),
        )
    },
  }
}
