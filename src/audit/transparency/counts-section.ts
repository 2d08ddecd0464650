import { approvalsByMovers, type PolicyEngine } from '#governance'
import { addMs, dateOf, type Instant } from '#kernel'
import type { PublicRecord } from './public-record.ts'
import { forbiddenPrefix } from './use-tally.ts'

const daysShown = 92
const dayMs = 86_400_000

/** Emergencies and looks at one row, by the month in which they were opened. */
export function openingsSection({ state }: PublicRecord, at: Instant) {
  const opened = [...state.openings.values()].filter((opening) => opening.at <= at)
  const months = Map.groupBy(opened, ({ kind, at: when }) => `${when.slice(0, 7)} ${kind}`)
  return [...months.keys()].sort().map((key) => {
    const all = months.get(key)!
    const reviewed = (outcome: string) => all.filter(({ review }) => review?.outcome === outcome).length
    return {
      ...{ month: key.slice(0, 7), kind: all[0]!.kind, used: all.length },
      reviewed: all.filter(({ review }) => review !== null).length,
      overdue: all.filter(({ review, reviewDue }) => review === null && reviewDue <= at).length,
      outcomes: {
        justified: reviewed('justified'),
        notJustified: reviewed('not-justified'),
        unclear: reviewed('unclear'),
      },
    }
  })
}

export function disclosuresSection({ state }: PublicRecord) {
  return state.disclosures.map(({ entry, at, instrument, recipient, objects, persons }) => ({
    ...{ entry, at, instrument, recipient: recipient as string, objects: [...objects], persons: shownPersons(persons) },
  }))
}

/** As published numbers say it: to the nearest 5, and nothing between 0 and 8. */
export function shownPersons(persons: number): number | '<8' {
  if (persons === 0) return 0
  return persons < 8 ? '<8' : Math.round(persons / 5) * 5
}

/** Approvals whose approver joined the recipient afterwards. */
export function moversSection({ state }: PublicRecord, at: Instant) {
  const all = approvalsByMovers(state, at)
  return {
    ...{ listed: all.length, reviewed: all.filter(({ review }) => review !== null).length },
    approvals: all
      .map(({ grant, approvedAt, joined, since, review }) => ({
        ...{ entry: state.grants.get(grant)?.entry ?? -1, approvedAt, joined: joined as string, since, review },
      }))
      .sort((a, b) => a.entry - b.entry),
  }
}

/** Uses and recipients that nothing can open, in the words of the policies, and how often somebody was refused by each. */
export function forbiddenSection({ uses }: PublicRecord, { policies }: Pick<PolicyEngine, 'policies'>) {
  return policies
    .filter(({ id }) => id.startsWith(forbiddenPrefix))
    .map(({ id, says }) => ({ id, says, refusals: uses.forbidden(id) }))
}

export function switchedOnSection({ state }: PublicRecord, at: Instant) {
  return [...state.switchedOn.values()]
    .sort((a, b) => (a.scope < b.scope ? -1 : 1))
    .map(({ scope, from, until, evidence }) => ({
      ...{ scope, from, until, on: from <= at && at < until },
      evidence: evidence.map(({ item, until: holds }) => ({ item, until: holds })),
    }))
}

/** Reads and refusals: each of the last 92 days, and every month. */
export function usesSection({ uses }: PublicRecord, at: Instant) {
  const all = uses.counts()
  const firstDay = dateOf(addMs(at, -daysShown * dayMs))
  const months = new Map<string, { month: string; purpose: string; kind: string; reads: number; refusals: number }>()
  for (const { day, purpose, kind, reads, refusals } of all) {
    const month = day.slice(0, 7)
    const key = `${month}\t${purpose}\t${kind}`
    const before = months.get(key) ?? { month, purpose, kind, reads: 0, refusals: 0 }
    months.set(key, { ...before, reads: before.reads + reads, refusals: before.refusals + refusals })
  }
  return {
    days: all.filter(({ day }) => day > firstDay),
    months: [...months].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count),
  }
}
