import { addMs, type Instant, msBetween, type SubjectId } from '#kernel'
import type { AccessRow } from './access-row.ts'
import { judgeGrant, reasonsOf } from './decide.ts'
import type { PolicyEngine } from './policy-engine.ts'
import type { GovernanceState } from './state.ts'
import { whoCanSee } from './who-can-see.ts'

const dayMs = 86_400_000
/** Holder and approver hear of an end so many days before it. */
export const noticeDays = [30, 7, 1] as const
/** An end that everybody knew from the start, or that any use puts off, is worth a word only when it is near. */
const expected = new Set(['grant-ended', 'grant-lapsed'])

/** Access that will stop by itself, as things stand. */
export interface Notice {
  readonly grant: string
  readonly person: SubjectId
  readonly approver: SubjectId
  readonly object: string
  readonly purpose: string
  readonly stopsAt: Instant
  /** The smallest of `noticeDays` that the time left fits into. */
  readonly within: (typeof noticeDays)[number]
  /** Policies that will refuse then, and what can be done about it. */
  readonly because: readonly { readonly code: string; readonly says: string; readonly help: string }[]
}

/**
 * Every access that stops within thirty days without anybody doing anything: a DPIA version that takes effect, a contract
 * or agreement that ends, papers that run out, a review that falls due, an end, a lapse. Found by asking the policies at
 * each moment that they compare with, so nothing that would stop a read is left out.
 */
export function noticesAt(state: GovernanceState, at: Instant, engine: PolicyEngine): readonly Notice[] {
  const horizon = addMs(at, noticeDays[0] * dayMs)
  return whoCanSee(state, at, engine).flatMap((row) => {
    const notice = noticeFor(state, row, at, horizon, engine)
    return notice ? [notice] : []
  })
}

function noticeFor(
  state: GovernanceState,
  row: AccessRow,
  at: Instant,
  horizon: Instant,
  engine: PolicyEngine,
): Notice | null {
  const grant = state.grants.get(row.grant)
  if (grant?.basis !== 'approval') return null
  const { person: subject, object, purpose, level, columns, action } = row
  const judged = (moment: Instant) =>
    judgeGrant(state, grant, { subject, object, purpose, level, columns, action, at: moment }, engine)
  const { facts } = judged(at)
  const all = [...facts.moments, ...facts.crowdMoments]
  const moments = new Set(all.filter((moment) => moment > at && moment <= horizon))
  for (const stopsAt of [...moments].sort()) {
    const { answer } = judged(stopsAt)
    if (answer.allowed) continue
    const because = reasonsOf(answer, grant).map(({ code, says, help }) => ({ code, says, help }))
    const daysLeft = msBetween(at, stopsAt) / dayMs
    if (daysLeft > noticeDays[1] && because.every(({ code }) => expected.has(code))) return null
    const within = noticeDays.findLast((days) => daysLeft <= days) ?? noticeDays[0]
    return { grant: grant.id, person: subject, approver: grant.approvedBy, object, purpose, stopsAt, within, because }
  }
  return null
}
