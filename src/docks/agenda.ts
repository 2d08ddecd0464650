import type { DateOnly, Instant } from '#kernel'
import type { Dock } from './declaration.ts'
import type { DayLog, DockLog } from './dock-log.ts'
import { daysUpTo, deadlineOf, opensOf } from './schedule.ts'

/**
 * `waiting`: the window is open; `overdue`: the deadline passed with nothing published; `published`, `late` (after the
 * deadline); `refused`: what came broke a rule, another file is waited for; `failing`: it will be tried again;
 * `superseded`: it came after a later snapshot was published.
 */
export type DayState = 'waiting' | 'overdue' | 'published' | 'late' | 'refused' | 'failing' | 'superseded'

export interface Day {
  readonly day: DateOnly
  readonly opens: Instant
  readonly deadline: Instant
  readonly state: DayState
  /** How often another file came for a day that was published already. */
  readonly corrections: number
  readonly log: DayLog
}

/** Every day that a dock looks at now, oldest first, and how it stands. */
export function agendaOf(dock: Dock, log: DockLog, now: Instant): readonly Day[] {
  return daysUpTo(dock, now).map((day) => {
    const of = log.day(dock.id, day)
    const deadline = deadlineOf(dock, day)
    const published = of.deliveries.filter(({ outcome }) => outcome === 'published')
    return {
      ...{ day, opens: opensOf(dock, day), deadline, log: of, state: stateOf(of, deadline, now) },
      ...{ corrections: Math.max(0, published.length - 1) },
    }
  })
}

function stateOf({ deliveries, failing, supersededAt }: DayLog, deadline: Instant, now: Instant): DayState {
  const first = deliveries.find(({ outcome }) => outcome === 'published')
  if (first) return first.at <= deadline ? 'published' : 'late'
  if (failing !== null) return 'failing'
  if (supersededAt !== null) return 'superseded'
  if (deliveries.length > 0) return 'refused'
  return now < deadline ? 'waiting' : 'overdue'
}
