import { whyNotOpen, whyNotRegistrar } from '../entitlement.ts'
import { fail } from '../errors.ts'
import type { Membership } from '../registers.ts'
import { IdSchema, InstantSchema, NameSchema, OdsCodeSchema, SubjectIdSchema } from '../vocabulary.ts'
import { defineEvent, earliest, latest, nullable } from './definition.ts'

export const teamRegistered = defineEvent(
  { id: IdSchema, name: NameSchema, organisation: OdsCodeSchema },
  {
    what: 'register a team',
    whyNotEntitled: (state, event, at) => whyNotRegistrar(state, event.by, at),
    check(state, { organisation }) {
      if (!state.organisations.has(organisation))
        throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'organisation', id: organisation })
    },
    apply(state, { id, name, organisation }) {
      const members = state.teams.get(id)?.members ?? []
      return { ...state, teams: state.teams.set(id, { id, name, organisation, members }) }
    },
  },
)

/** Nobody puts themselves into a team. A membership begins at its entry at the earliest. */
export const teamJoined = defineEvent(
  {
    team: IdSchema,
    person: SubjectIdSchema,
    role: IdSchema,
    from: InstantSchema,
    until: nullable(InstantSchema),
  },
  {
    what: 'put somebody into a team',
    whyNotEntitled: (state, event, at) =>
      event.by === event.person ? 'nobody puts themselves into a team' : whyNotRegistrar(state, event.by, at),
    whyNotNew: (state, event) =>
      state.teams.has(event.team) && state.persons.has(event.person) ? null : 'no such team, or no such person',
    check(state, { team, person }) {
      if (!state.teams.has(team)) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'team', id: team })
      if (!state.persons.has(person)) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'person', id: person })
    },
    apply(state, event, { time }) {
      const team = state.teams.get(event.team)!
      const { post } = state.persons.get(event.person)!
      const { person, role, until } = event
      const membership: Membership = { person, role, from: latest(event.from, time), until, post }
      const known = state.teamsOf.get(person) ?? []
      return {
        ...state,
        teams: state.teams.set(team.id, { ...team, members: [...team.members, membership] }),
        teamsOf: known.includes(team.id) ? state.teamsOf : state.teamsOf.set(person, [...known, team.id]),
      }
    },
  },
)

export const teamLeft = defineEvent(
  { team: IdSchema, person: SubjectIdSchema, role: nullable(IdSchema), at: InstantSchema },
  {
    what: 'take somebody out of a team',
    whyNotEntitled: (state) => whyNotOpen(state),
    whyNotSign: (state, event, at) => (event.by === event.person ? null : whyNotRegistrar(state, event.by, at)),
    check(state, { team }) {
      if (!state.teams.has(team)) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'team', id: team })
    },
    apply(state, { team: id, person, role, at }) {
      const team = state.teams.get(id)
      if (!team) return state
      const members = team.members.map((each) =>
        each.person === person && (role === null || each.role === role)
          ? { ...each, until: earliest(each.until, at) }
          : each,
      )
      return { ...state, teams: state.teams.set(id, { ...team, members }) }
    },
  },
)
