import type { Instant } from '#kernel'
import { countsForBreadth, elevatedPeople, elevatedPeopleMax, grantsOf, isHeld, type Note } from './standing.ts'
import type { GovernanceState, Grant } from './state.ts'

/*
 * What other people's grants mean for a decision about one: the cap, and the breadth of an employer. Counting goes over
 * many people and is the same for all of them, so it is done once for each set of registers and stretch of time. What is
 * kept is a count over immutable values, never a decision; another register or moment, another count.
 */

/** Who takes up the cap. */
interface Elevated {
  /** By person, from 1. */
  readonly places: ReadonlyMap<string, number>
  readonly peopleMax: number
}

/** For each data set of which people of an employer see rows: the entry of the first grant that gave it. */
type DataSets = ReadonlyMap<string, number>

export function elevatedAt(state: GovernanceState, at: Instant, note: Note): Elevated {
  return counted(elevatedOf, state, 'elevated', at, note, (noteHere) => ({
    places: new Map(elevatedPeople(state, at, noteHere).map((person, i) => [person, i + 1])),
    peopleMax: elevatedPeopleMax(state, at, noteHere),
  }))
}

/** Data sets of which an employer's people see rows through grants approved no later than this one; this one's included. */
export function breadthOfEmployer(
  state: GovernanceState,
  employer: string,
  upTo: Grant,
  at: Instant,
  note: Note,
): number {
  const first = dataSetsOfEmployer(state, employer, at, note)
  let count = (first.get(upTo.object) ?? Number.MAX_SAFE_INTEGER) <= upTo.entry ? 0 : 1
  for (const entry of first.values()) if (entry <= upTo.entry) count++
  return count
}

/** Of each data set of which people of an employer see rows, the entry of the first grant that gave it. */
export function dataSetsOfEmployer(
  state: GovernanceState,
  employer: string,
  at: Instant,
  note: Note = () => {},
): DataSets {
  return counted(dataSetsOf, state, employer, at, note, (noteHere) => firstEntries(state, employer, at, noteHere))
}

function firstEntries(state: GovernanceState, employer: string, at: Instant, note: Note): DataSets {
  const first = new Map<string, number>()
  for (const person of state.persons.values()) {
    if (person.employer !== employer) continue
    for (const grant of grantsOf(state, person.id)) {
      if (!countsForBreadth(grant) || !isHeld(state, grant, person, at, note)) continue
      first.set(grant.object, Math.min(grant.entry, first.get(grant.object) ?? grant.entry))
    }
  }
  return first
}

interface Counted<T> {
  readonly state: GovernanceState
  readonly at: Instant
  readonly near: Near
  readonly value: T
}

type Counts<T> = WeakMap<GovernanceState['grants'], Map<string, Counted<T>>>
const elevatedOf: Counts<Elevated> = new WeakMap()
const dataSetsOf: Counts<DataSets> = new WeakMap()

function counted<T>(
  counts: Counts<T>,
  state: GovernanceState,
  what: string,
  at: Instant,
  note: Note,
  count: (note: Note) => T,
): T {
  const known = counts.get(state.grants) ?? new Map<string, Counted<T>>()
  counts.set(state.grants, known)
  const before = known.get(what)
  const now = before && isSame(before, state, at) ? before : countedAt(state, at, count)
  known.set(what, now)
  for (const moment of [now.near.last, now.near.next, now.near.after]) note(moment)
  return now.value
}

function countedAt<T>(state: GovernanceState, at: Instant, count: (note: Note) => T): Counted<T> {
  const near: Near = { last: null, next: null, after: null }
  const value = count((moment) => nearer(near, moment, at))
  return { state, at, near, value }
}

/** The moments that a count compares with, as far as they are next to the one that it was made for. */
interface Near {
  last: Instant | null
  /** `at` itself, or the first after it. */
  next: Instant | null
  after: Instant | null
}

function nearer(near: Near, moment: Instant | null, at: Instant): void {
  if (moment === null) return
  if (moment <= at && (near.last === null || moment > near.last)) near.last = moment
  if (moment >= at && (near.next === null || moment < near.next)) near.next = moment
  if (moment > at && (near.after === null || moment < near.after)) near.after = moment
}

function isSame({ state: then, at: counted, near }: Counted<unknown>, state: GovernanceState, at: Instant): boolean {
  const sameRegisters =
    then.persons === state.persons &&
    then.teams === state.teams &&
    then.dpias === state.dpias &&
    then.lastUsed === state.lastUsed
  if (!sameRegisters || at === counted) return sameRegisters
  return (near.last === null || near.last < at) && (near.next === null || at < near.next) && near.last !== near.next
}
