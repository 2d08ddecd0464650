import { addMs, type Instant, type PurposeId } from '#kernel'
import { type GovernanceState, inForce, type Purpose } from './state.ts'

const dayMs = 86_400_000
/** What is set shorter destroys nothing before, so that it can be objected to; reads it ends at once. */
export const keptNoticeDays = 30

/** For how many days after another took its place a version is open for a purpose, as last set; null: for good. */
export function daysOpen(purpose: Pick<Purpose, 'keeps'> | undefined): number | null {
  return purpose?.keeps.at(-1)?.days ?? null
}

/** Whether a version whose place another one took at `since` is open for a purpose no longer. */
export function isTimeOver(purpose: Pick<Purpose, 'keeps'> | undefined, since: Instant, at: Instant): boolean {
  const days = daysOpen(purpose)
  return days !== null && addMs(since, days * dayMs) <= at
}

/**
 * Which of the purposes for which an assessment in force lets an object type be used needs its older versions for longest,
 * and for how many days. Null: one of them for good, or none is known.
 */
export function neededLongest(
  state: GovernanceState,
  object: string,
  at: Instant,
): { readonly purpose: PurposeId; readonly days: number } | null {
  const purposes = new Set<PurposeId>()
  for (const versions of state.dpias.values()) {
    // For care another version of it may be in force still.
    const claims = [false, true].flatMap((forCare) => inForce(versions, at, forCare)?.claims ?? [])
    for (const { objects, purposes: named } of claims) {
      if (objects.includes(object)) for (const each of named) purposes.add(each as PurposeId)
    }
  }
  let longest: { purpose: PurposeId; days: number } | null = null
  for (const purpose of [...purposes].sort()) {
    const days = daysNeeded(state.purposes.get(purpose), at)
    if (days === null) return null
    if (longest === null || days > longest.days) longest = { purpose, days }
  }
  return longest
}

/** The most of what was set within the days of notice; null: for good at any time of them. */
function daysNeeded(purpose: Purpose | undefined, at: Instant): number | null {
  const notice = addMs(at, -keptNoticeDays * dayMs)
  const sets = purpose?.keeps ?? []
  const first = sets.findLastIndex((set) => set.at <= notice)
  if (first < 0) return null
  const days = sets.slice(first).map((set) => set.days)
  return days.some((each) => each === null) ? null : Math.max(...(days as number[]))
}
