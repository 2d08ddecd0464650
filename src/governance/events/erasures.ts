import type { Instant } from '#kernel'
import { isObjectType } from '../columns.ts'
import { whyNotInPost, whyNotOfficer } from '../entitlement.ts'
import { fail } from '../errors.ts'
import type { OfficerThen } from '../registers.ts'
import { type GovernanceState, isInPost } from '../state.ts'
import { type Duty, IdSchema, literals, ObjectsSchema, TextSchema } from '../vocabulary.ts'
import { defineEvent, nullable } from './definition.ts'

/** UK GDPR Article 17(1)(a) to (d), an order of a court, and a record that was made by mistake. */
export const erasureGrounds = [
  'no-longer-needed',
  'consent-withdrawn',
  'objection',
  'unlawful-processing',
  'court-order',
  'made-by-mistake',
] as const

/** What happens to rows about the person that come later: they stay out and are counted, or come in as of somebody new. */
export const laterRules = ['keep-out', 'take-in'] as const

const holders: readonly Duty[] = [
  'information-asset-owner',
  'caldicott-guardian',
  'senior-information-risk-owner',
  'data-protection-officer',
]

/**
 * That one person is to be erased. Whom, and why in words, is in the erasable part of the entry. Nothing happens before
 * somebody else approves; who may do either is judged by policies/erasure.cedar whenever it would be carried out.
 */
export const erasureOrdered = defineEvent(
  { id: IdSchema, ground: literals(erasureGrounds), later: literals(laterRules) },
  {
    what: 'order that a person is erased',
    whyNotEntitled: (state, { by }, at) => whyNotInPost(state, by, at),
    whyNotNew: (state, { id }) => (state.erasures.has(id) ? 'the id was used before' : null),
    apply(state, { id, by, ground, later }, { index, time }) {
      const ordered = { entry: index, at: time, by, officer: officerThen(state, by, time) }
      return { ...state, erasures: state.erasures.set(id, { id, ground, later, ordered, approved: null }) }
    },
  },
)

export const erasureApproved = defineEvent(
  { erasure: IdSchema },
  {
    what: 'approve that a person is erased',
    whyNotEntitled: (state, { by }, at) => whyNotInPost(state, by, at),
    whyNotNew(state, { erasure: id }) {
      const erasure = state.erasures.get(id)
      if (!erasure) return 'nobody ordered it'
      return erasure.approved === null ? null : 'it is approved already'
    },
    apply(state, { erasure: id, by }, { index, time }) {
      const erasure = state.erasures.get(id)!
      const approved = { entry: index, at: time, by, officer: officerThen(state, by, time) }
      return { ...state, erasures: state.erasures.set(id, { ...erasure, approved }) }
    },
  },
)

/**
 * Data of some object types, or of the one person whom the erasable part of the entry names, are neither erased nor
 * expire until it is lifted.
 */
export const holdPlaced = defineEvent(
  { id: IdSchema, objects: nullable(ObjectsSchema), reason: TextSchema },
  {
    what: 'place a legal hold',
    whyNotEntitled: (state, { by }, at) => whyNotOfficer(state, by, holders, at),
    whyNotNew: (state, { id }) => (state.holds.has(id) ? 'the id was used before' : null),
    check(_state, { objects }) {
      const object = objects?.find((each) => !isObjectType(each))
      if (object !== undefined) throw fail('FDP_GOVERNANCE_OBJECT_UNKNOWN', { object })
    },
    apply(state, { id, by, objects }, { index, time }) {
      const hold = { id, objects, entry: index, at: time, by, liftedAt: null }
      return { ...state, holds: state.holds.set(id, hold) }
    },
  },
)

export const holdLifted = defineEvent(
  { hold: IdSchema, reason: TextSchema },
  {
    what: 'lift a legal hold',
    whyNotEntitled: (state, { by }, at) => whyNotOfficer(state, by, holders, at),
    check(state, { hold: id }) {
      if (!state.holds.has(id)) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'hold', id })
    },
    apply(state, { hold: id }, { time }) {
      const hold = state.holds.get(id)
      if (!hold || hold.liftedAt !== null) return state
      return { ...state, holds: state.holds.set(id, { ...hold, liftedAt: time }) }
    },
  },
)

/** What the register said of somebody at a moment; null: not in post. */
function officerThen(state: GovernanceState, id: string, at: Instant): OfficerThen | null {
  const person = state.persons.get(id)
  if (!person || !isInPost(person, at)) return null
  return { kind: person.kind, employer: person.employer, duties: person.duties }
}
