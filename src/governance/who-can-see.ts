import type { Instant } from '#kernel'
import { type AccessFilter, type AccessRow, accessRow, passes } from './access-row.ts'
import { columnsJudged } from './decide.ts'
import { fail } from './errors.ts'
import type { CedarRequest, PolicyEngine } from './policy-engine.ts'
import { cedarRequest, type Facts, gatherFacts, momentsOf } from './request.ts'
import { requestShape } from './request-shape.ts'
import type { DpiaVersion, GovernanceState, Grant, Person } from './state.ts'

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

/** The answer for one grant, and what it rested on. */
interface Remembered {
  /** The state that it was last checked against: with the same registers, only time can change it. */
  readonly state: GovernanceState
  readonly facts: Facts
  /** Between these moments, both exclusive, time alone changes nothing. */
  readonly after: Instant
  readonly before: Instant
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
 * again only if every fact behind it is the very same value and no moment that the policies compare with now has
 * passed. `decide` has no part in it. A property test holds it against evaluation afresh.
 */
export function accessView(engine: PolicyEngine): AccessView {
  const remembered = new WeakMap<Grant, Remembered>()
  return {
    at: (state, at, filter = {}) => {
      if (at < state.lastTime) throw fail('FDP_GOVERNANCE_TIME_BEHIND', { last: state.lastTime, at })
      const ask = askOnceAShape(engine)
      const found: Listed[] = []
      for (const grant of state.grants.values()) {
        if (!passes(grant, filter)) continue
        const before = remembered.get(grant)
        const known = before && stillHolds(before, state, at) ? before : recall(state, grant, at, before, ask)
        if (known && known !== before) remembered.set(grant, known)
        if (known?.listed) found.push(known.listed)
      }
      return found.sort(byOrder).map((listed) => listed.row)
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

function stillHolds(known: Remembered, state: GovernanceState, at: Instant): boolean {
  const { persons, purposes, dpias, controller } = known.state
  const sameRegisters =
    persons === state.persons && purposes === state.purposes && dpias === state.dpias && controller === state.controller
  return sameRegisters && known.after < at && at < known.before
}

/** Looks the facts up again, and asks again unless every one of them, and the span of time, is what it was. */
function recall(
  state: GovernanceState,
  grant: Grant,
  at: Instant,
  known: Remembered | undefined,
  ask: Ask,
): Remembered | null {
  const facts = gatherFacts(state, grant, grant.purpose, at)
  if (!facts) return null
  const span = { state, facts, ...holdsBetween(state, facts, at) }
  if (known && sameFacts(known, state, facts) && known.after < at && at < known.before) {
    return { ...span, listed: known.listed }
  }
  const columns = columnsJudged(grant, 'all-permitted')
  const asked = { at, action: grant.action, purpose: grant.purpose, level: grant.level, columns }
  const allowed = ask(cedarRequest(state, facts, asked))
  return { ...span, listed: allowed && facts.dpia ? listedOf(grant, facts.person, facts.dpia) : null }
}

function sameFacts(known: Remembered, state: GovernanceState, facts: Facts): boolean {
  return (
    known.state.controller === state.controller &&
    known.facts.person === facts.person &&
    known.facts.purpose === facts.purpose &&
    known.facts.dpia === facts.dpia &&
    known.facts.dpiaNamed === facts.dpiaNamed
  )
}

/** The open interval around `at` in which no moment lies; empty if one falls on `at` itself. */
function holdsBetween(state: GovernanceState, facts: Facts, at: Instant): { after: Instant; before: Instant } {
  let after = '' as Instant
  let before = '~' as Instant
  for (const moment of momentsOf(state, facts)) {
    if (moment <= at && moment > after) after = moment
    if (moment >= at && moment < before) before = moment
  }
  return { after, before }
}

function listedOf(grant: Grant, person: Person, dpia: DpiaVersion): Listed {
  return { order: orderOf(grant), row: accessRow(grant, person, dpia) }
}

/** None of the parts holds a tab. */
function orderOf({ subject, object, purpose, id }: Grant): string {
  return [subject, object, purpose, id].join('\t')
}

function byOrder(a: Listed, b: Listed): number {
  return a.order < b.order ? -1 : 1
}
