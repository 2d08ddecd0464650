import type { Instant } from '#kernel'
import { type AccessFilter, type AccessRow, accessRow, passes, withUse } from './access-row.ts'
import { dataSetsOfEmployer, elevatedAt } from './crowd.ts'
import { columnsJudged } from './decide.ts'
import { fail } from './errors.ts'
import { gatherFacts } from './facts.ts'
import { holdersOf } from './grants-index.ts'
import type { CedarRequest, PolicyEngine } from './policy-engine.ts'
import { cedarRequest } from './request.ts'
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

/** The answers about one person, and what they rested on. */
interface Remembered {
  readonly state: GovernanceState
  /** All grants that this person or their roles hold. */
  readonly held: Held
  /** Between these moments, both exclusive, time alone changes nothing. */
  readonly after: Instant
  readonly before: Instant
  /** What other people's grants meant for it. */
  readonly crowd: string
  /** By object type, purpose, grant. */
  readonly rows: readonly AccessRow[]
}

type Held = readonly (readonly Grant[] | undefined)[]

/**
 * A view for pages that ask after every event. It remembers rows of a report, never a leave to read: those of a person
 * are taken again only if every register behind them says the very same and no moment that the policies compare with now
 * has passed. `decide` has no part in it. A property test holds it against evaluation afresh.
 */
export function accessView(engine: PolicyEngine): AccessView {
  const remembered = new Map<string, Remembered>()
  return {
    at: (state, at, filter = {}) => {
      if (at < state.lastTime) throw fail('FDP_GOVERNANCE_TIME_BEHIND', { last: state.lastTime, at })
      const ask = askOnceAShape(engine)
      const crowdOf = crowdAt(state, at)
      const people = filter.person === undefined ? [...state.persons.keys()].sort() : [filter.person]
      return people.flatMap((id) => {
        const person = state.persons.get(id)
        if (!person) return []
        const held = heldBy(state, id)
        const before = remembered.get(id)
        const crowd = crowdOf(person, held)
        const now =
          before && stillHolds(before, state, person, held, crowd, at)
            ? before
            : { state, held, crowd, ...evaluated(state, id, held, at, ask) }
        if (now !== before) remembered.set(id, now)
        return now.rows.filter((row) => passes(row, filter)).map((row) => withUse(row, state))
      })
    },
  }
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

function stillHolds(
  known: Remembered,
  state: GovernanceState,
  person: Person,
  held: Held,
  crowd: string,
  at: Instant,
): boolean {
  if (!(known.after < at && at < known.before) || known.state.upTo > state.upTo) return false
  if (!sameRegisters(known.state, state) || known.state.persons.get(person.id) !== person) return false
  return crowd === known.crowd && held.length === known.held.length && held.every((each, i) => each === known.held[i])
}

/**
 * Other people are a part of the answer about a person only by the cap, by the breadth of their employer and, for roles
 * in a team, by who manages whom: what these come to at a moment, as a text to compare. Inside every limit it does not
 * matter how far.
 */
function crowdAt(state: GovernanceState, at: Instant): (person: Person, held: Held) => string {
  const employers = new Map<string, string>()
  const employerMax = lowestEmployerMax(state)
  const managers = [...state.persons.values()].flatMap(({ id, manager }) => (manager === null ? [] : [id, manager]))
  const lines = managers.length === 0 ? '' : managers.join(' ')
  const breadthOf = (employer: string) => {
    const dataSets = dataSetsOfEmployer(state, employer, at)
    return dataSets.size <= employerMax ? 'within' : JSON.stringify([...dataSets].sort())
  }
  return ({ employer, kind, id }, held) => {
    const team = held.length > 1 ? lines : ''
    if (employer === state.controller && kind !== 'processor-staff') return team
    const breadth = employers.get(employer) ?? breadthOf(employer)
    employers.set(employer, breadth)
    const { places, peopleMax } = elevatedAt(state, at, () => {})
    const acts = (places.get(id) ?? places.size + 1) <= peopleMax
    return `${acts} ${breadth} ${team}`
  }
}

/** No DPIA version allows an employer fewer data sets than this. */
function lowestEmployerMax(state: GovernanceState): number {
  const limits = [...state.dpias.values()].flatMap((versions) =>
    versions.flatMap(({ bounds }) => bounds.breadth?.employerMax ?? []),
  )
  return Math.min(...limits)
}

function heldBy(state: GovernanceState, person: string): Held {
  return holdersOf(state, person).map((holder) => state.grantsByHolder.get(holderKey(holder)))
}

/** Looks the facts of every grant of a person up, and asks. */
function evaluated(
  state: GovernanceState,
  person: string,
  held: Held,
  at: Instant,
  ask: Ask,
): Pick<Remembered, 'rows' | 'after' | 'before'> {
  let after = '' as Instant
  let before = '~' as Instant
  const listed: Listed[] = []
  for (const grant of held.flatMap((grants) => grants ?? [])) {
    const facts = gatherFacts(state, grant, person, grant.purpose, at)
    if (!facts) continue
    for (const moment of facts.moments) {
      if (moment <= at && moment > after) after = moment
      if (moment >= at && moment < before) before = moment
    }
    const { action, purpose, level, object, id } = grant
    const columns = columnsJudged(grant, 'all-permitted')
    if (!ask(cedarRequest(state, facts, { at, action, purpose, level, columns }))) continue
    // None of the parts holds a tab.
    listed.push({ order: [object, purpose, id].join('\t'), row: accessRow(facts) })
  }
  return { after, before, rows: listed.sort((a, b) => (a.order < b.order ? -1 : 1)).map(({ row }) => row) }
}

/** A row and the text that it is sorted by. */
interface Listed {
  readonly order: string
  readonly row: AccessRow
}
