import type { Instant, SubjectId } from '#kernel'
import type { AccessRow } from './access-row.ts'
import type { PolicyEngine } from './policy-engine.ts'
import type { GovernanceState } from './state.ts'
import { whoCanSee } from './who-can-see.ts'

/** What somebody may do, and why they may. */
export interface MyAccess {
  readonly row: AccessRow
  /** The purpose in words. */
  readonly purposeName: string
  /** What was written on the form that it answers; null where there was none. */
  readonly reason: string | null
}

/** Everything that one person may do now, with the reason that was given and when it stops for want of use. */
export function myAccess(
  state: GovernanceState,
  subject: SubjectId,
  at: Instant,
  engine: PolicyEngine,
): readonly MyAccess[] {
  return whoCanSee(state, at, engine, { person: subject }).map((row) => {
    const request = state.grants.get(row.grant)?.request
    return {
      row,
      purposeName: state.purposes.get(row.purpose)?.name ?? row.purpose,
      reason: (request && state.requests.get(request)?.reason) ?? null,
    }
  })
}
