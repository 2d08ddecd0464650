import { Type } from '@sinclair/typebox'
import type { Instant } from '#kernel'
import { isBootstrap, registering, whyNotApprover, whyNotOfficer, whyNotOpen, whyNotRegistrar } from '../entitlement.ts'
import { fail } from '../errors.ts'
import type { GovernanceState, Person } from '../state.ts'
import {
  DutySchema,
  GradeSchema,
  InstantSchema,
  NameSchema,
  OdsCodeSchema,
  PersonKindSchema,
  SubjectIdSchema,
} from '../vocabulary.ts'
import { defineEvent, earliest, nullable } from './definition.ts'

/**
 * Registering a person again replaces employer, kind, role, grade, manager, duties and clearance. Whoever left, or
 * changes employer or kind, starts a new post: grants, memberships and duties of an earlier one never come back.
 */
export const personRegistered = defineEvent(
  {
    id: SubjectIdSchema,
    name: NameSchema,
    role: NameSchema,
    duties: Type.Array(DutySchema),
    kind: PersonKindSchema,
    employer: OdsCodeSchema,
    clearanceUntil: nullable(InstantSchema),
    from: InstantSchema,
    grade: Type.Optional(GradeSchema),
    manager: Type.Optional(nullable(SubjectIdSchema)),
    trainingUntil: Type.Optional(nullable(InstantSchema)),
  },
  {
    what: 'register this person',
    /** Who gives a duty, a grade or a clearance must hold one: else whoever sets a tenant up could approve through a friend. */
    whyNotEntitled(state, event, at) {
      if (event.by === event.id) return 'nobody changes their own registration'
      const before = state.persons.get(event.id)
      const powers = event.duties.length > 0 || (before?.duties ?? []).length > 0
      const directs = (event.grade ?? 'staff') !== (before?.grade ?? 'staff')
      const clears = event.clearanceUntil !== null && event.clearanceUntil !== before?.clearanceUntil
      if (powers || directs || clears) return whyNotApprover(state, event.by, at)
      return whyNotRegistrar(state, event.by, at)
    },
    check(state, { employer }) {
      if (!state.organisations.has(employer))
        throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'organisation', id: employer })
    },
    apply(state, event, { index, time }) {
      const { id, name, role, duties, kind, employer, clearanceUntil, from } = event
      const before = state.persons.get(id)
      const stays =
        before !== undefined && before.until === null && before.kind === kind && before.employer === employer
      const person: Person = {
        ...{ id, name, role, duties, kind, employer, clearanceUntil, from, until: null },
        grade: event.grade ?? 'staff',
        manager: event.manager ?? null,
        trainingUntil: event.trainingUntil === undefined ? (stays ? before.trainingUntil : null) : event.trainingUntil,
        post: stays ? before.post : index,
        posts: stays ? before.posts : [...(before?.posts ?? []), { employer, kind, since: time }],
      }
      return { ...state, persons: state.persons.set(id, person) }
    },
  },
)

export const personLeft = defineEvent(
  { person: SubjectIdSchema, at: InstantSchema },
  {
    what: 'record a leaving',
    whyNotEntitled: (state) => whyNotOpen(state),
    whyNotSign: (state, event, at) =>
      isBootstrap(state, event.by) ? null : whyNotOfficer(state, event.by, registering, at),
    check: (state, { person }) => mustKnow(state, person),
    apply: (state, event) =>
      changed(state, event.person, (person) => ({ ...person, until: earliest(person.until, event.at) })),
  },
)

export const clearanceRecorded = defineEvent(
  { person: SubjectIdSchema, until: InstantSchema, reference: NameSchema },
  {
    what: 'record a clearance',
    whyNotEntitled: (state, event, at) => whyNotOwnOrApprover(state, event, at),
    check: (state, { person }) => mustKnow(state, person),
    apply: (state, { person, until }) => changed(state, person, (each) => ({ ...each, clearanceUntil: until })),
  },
)

export const trainingRecorded = defineEvent(
  { person: SubjectIdSchema, until: InstantSchema, course: NameSchema },
  {
    what: 'record a training',
    whyNotEntitled: (state, event, at) =>
      event.by === event.person ? 'nobody records their own training' : whyNotRegistrar(state, event.by, at),
    check: (state, { person }) => mustKnow(state, person),
    apply: (state, { person, until }) => changed(state, person, (each) => ({ ...each, trainingUntil: until })),
  },
)

function whyNotOwnOrApprover(
  state: GovernanceState,
  event: { by: string; person: string },
  at: Instant,
): string | null {
  return event.by === event.person ? 'nobody records their own clearance' : whyNotApprover(state, event.by, at)
}

function mustKnow(state: GovernanceState, id: string): void {
  if (!state.persons.has(id)) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'person', id })
}

function changed(state: GovernanceState, id: string, change: (person: Person) => Person): GovernanceState {
  const person = state.persons.get(id)
  return person ? { ...state, persons: state.persons.set(id, change(person)) } : state
}
