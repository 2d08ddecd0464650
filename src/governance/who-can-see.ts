import type { Instant } from '#kernel'
import { type AccessFilter, type AccessRow, accessRow, passes, withUse } from './access-row.ts'
import { breadthOfEmployer, elevatedAt } from './crowd.ts'
import { columnsJudged } from './decide.ts'
import { fail } from './errors.ts'
import { holdersOf } from './grants-index.ts'
import type { CedarRequest, PolicyEngine } from './policy-engine.ts'
import { cedarRequest, type Facts, gatherFacts } from './request.ts'
import { requestShape } from './request-shape.ts'
import { type GovernanceState, type Grant, holderKey, type Person } from './state.ts'

/** Who can see what at a moment, and how to ask again cheaply. */
export interface AccessView {
  /** Complete, never cut short; by person, object type, purpose, grant. */
  at(state: GovernanceState, at: Instant, filter?: AccessFilter): readonly AccessRow[]
}

/**
 * Every grant evaluated at a moment by the policies that enforce: policies permit only through a grant, so nobody else
 * can see anything. For a past moment give the state of that moment (`foldUntil`).
 * Throws FDP_GOVERNANCE_TIME_BEHIND where the state knows of later entries.
 */
export function whoCanSee(
  state: GovernanceState,
  at: Instant,
  engine: PolicyEngine,
  filter: AccessFilter = {},
): readonly AccessRow[] {
  return accessView(engine).at(state, at, filter)
}

/** The answer for one person and grant, and what it rested on. */
interface Remembered {
  /** The state that it was last checked against: with the same registers, only time can change it. */
  readonly state: GovernanceState
  /** All grants that this person or their roles hold: what one of them counts towards the breadth of another. */
  readonly held: readonly (readonly Grant[] | undefined)[]
  /** Between these moments, both exclusive, time alone changes nothing. */
  readonly after: Instant
  readonly before: Instant
  /** What other people's grants meant for it. */
  readonly crowd: Crowd
  /** null: the policies refuse. */
  readonly listed: Listed | null
}

/** A row and the text that it is sorted by: person, object type, purpose, grant. */
interface Listed {
  readonly order: string
  readonly row: AccessRow
}

/**
 * A view for pages that ask after every event. It remembers rows of a report, never a leave to read: each is taken
 * again only if every register behind it is the very same value and no moment that the policies compare with now has
 * passed. `decide` has no part in it. A property test holds it against evaluation afresh.
 */
export function accessView(engine: PolicyEngine): AccessView {
  const remembered = new WeakMap<Grant, Map<string, Remembered>>()
  return {
    at: (state, at, filter = {}) => {
      if (at < state.lastTime) throw fail('FDP_GOVERNANCE_TIME_BEHIND', { last: state.lastTime, at })
      const ask = askOnceAShape(engine)
      const found: Listed[] = []
      for (const grant of state.grants.values()) {
        if (!passes(grant, filter)) continue
        const known = remembered.get(grant) ?? new Map<string, Remembered>()
        for (const person of holdersAt(state, grant, filter)) {
          const before = known.get(person)
          const now =
            before && stillHolds(before, state, grant, person, at) ? before : recall(state, grant, person, at, ask)
          if (now && now !== before) known.set(person, now)
          if (now?.listed) found.push(now.listed)
        }
        remembered.set(grant, known)
      }
      return found.sort(byOrder).map(({ row }) => withUse(row, state))
    },
  }
}

/** Everybody whom a grant could serve: its holder, or whoever ever had the role. Policy judges each. */
function holdersAt(state: GovernanceState, { holder }: Grant, { person }: AccessFilter): readonly string[] {
  const all =
    'person' in holder
      ? [holder.person]
      : [...new Set((state.teams.get(holder.team)?.members ?? []).map((each) => each.person))]
  return person === undefined ? all : all.filter((each) => each === person)
}

type Ask = (request: CedarRequest) => boolean

/** Asks the policies once for each shape of question, within one listing. */
function askOnceAShape(engine: PolicyEngine): Ask {
  const answers = new Map<string, boolean>()
  return (request) => {
    const shape = requestShape(request, engine.literals)
    const allowed = answers.get(shape) ?? engine.ask(request).allowed
    answers.set(shape, allowed)
    return allowed
  }
}

/** Registers that an answer about anybody may rest on. People are looked at one by one. */
function sameRegisters(a: GovernanceState, b: GovernanceState): boolean {
  return (
    a.controller === b.controller &&
    a.organisations === b.organisations &&
    a.teams === b.teams &&
    a.purposes === b.purposes &&
    a.instruments === b.instruments &&
    a.contracts === b.contracts &&
    a.agreements === b.agreements &&
    a.dpias === b.dpias &&
    a.switchedOn === b.switchedOn
  )
}

/** Of an answer about a person other people are a part only by the cap and by the breadth of their employer. */
function stillHolds(known: Remembered, state: GovernanceState, grant: Grant, id: string, at: Instant): boolean {
  if (!(known.after < at && at < known.before) || known.state.upTo > state.upTo) return false
  if (!sameRegisters(known.state, state)) return false
  const person = state.persons.get(id)
  if (person === undefined || person !== known.state.persons.get(id)) return false
  const now = heldBy(state, id)
  if (now.length !== known.held.length || now.some((each, i) => each !== known.held[i])) return false
  if (known.state.persons === state.persons && known.state.grants === state.grants) return true
  const { place, peopleMax, employer } = crowdOf(state, grant, person, at, known.crowd)
  return place === known.crowd.place && peopleMax === known.crowd.peopleMax && employer === known.crowd.employer
}

interface Crowd {
  readonly place: number
  readonly peopleMax: number
  readonly employer: number
}

/** The same as the facts say, where these were counted at all: 0 stands for what no policy looked at. */
function crowdOf(state: GovernanceState, grant: Grant, person: Person, at: Instant, before: Crowd): Crowd {
  const nothing = () => {}
  const { employer } = person
  const elevated = before.place === 0 ? null : elevatedAt(state, at, nothing)
  return {
    place: elevated === null ? 0 : (elevated.places.get(person.id) ?? elevated.places.size + 1),
    peopleMax: elevated?.peopleMax ?? 0,
    employer: before.employer === 0 ? 0 : breadthOfEmployer(state, employer, grant, at, nothing),
  }
}

function heldBy(state: GovernanceState, person: string): readonly (readonly Grant[] | undefined)[] {
  return holdersOf(state, person).map((holder) => state.grantsByHolder.get(holderKey(holder)))
}

/** Looks the facts up, and asks. */
function recall(state: GovernanceState, grant: Grant, subject: string, at: Instant, ask: Ask): Remembered | null {
  const facts = gatherFacts(state, grant, subject, grant.purpose, at)
  if (!facts) return null
  const columns = columnsJudged(grant, 'all-permitted')
  const asked = { at, action: grant.action, purpose: grant.purpose, level: grant.level, columns }
  const allowed = ask(cedarRequest(state, facts, asked))
  return {
    ...{ state, held: heldBy(state, subject) },
    crowd: { place: facts.elevated.place, peopleMax: facts.elevated.peopleMax, employer: facts.breadth.employer },
    ...holdsBetween(facts, at),
    listed: allowed ? listedOf(facts) : null,
  }
}

/** The open interval around `at` in which no moment lies; empty if one falls on `at` itself. */
function holdsBetween(facts: Facts, at: Instant): { after: Instant; before: Instant } {
  let after = '' as Instant
  let before = '~' as Instant
  for (const moment of facts.moments) {
    if (moment <= at && moment > after) after = moment
    if (moment >= at && moment < before) before = moment
  }
  return { after, before }
}

/** None of the parts holds a tab. */
function listedOf(facts: Facts): Listed {
  const { person, grant } = facts
  return { order: [person.id, grant.object, grant.purpose, grant.id].join('\t'), row: accessRow(facts) }
}

function byOrder(a: Listed, b: Listed): number {
  return a.order < b.order ? -1 : 1
}
