import { Type } from '@sinclair/typebox'
import { whyNotApprover, whyNotInPost, whyNotRegistrar } from '../entitlement.ts'
import { fail } from '../errors.ts'
import type { AccessRequest } from '../registers.ts'
import {
  AgreementRefSchema,
  ContractRefSchema,
  DpiaRefSchema,
  IdSchema,
  InstantSchema,
  LevelSchema,
  NameSchema,
  ObjectsSchema,
  PurposeIdSchema,
  RowScopeSchema,
  SubjectIdSchema,
  TeamRoleSchema,
  TermSchema,
  TextSchema,
} from '../vocabulary.ts'
import { defineEvent, nullable } from './definition.ts'

/** Data sets that belong together, so that they are asked for on one form. */
export const familyRegistered = defineEvent(
  { id: IdSchema, title: NameSchema, objects: ObjectsSchema },
  {
    what: 'register a family of data sets',
    whyNotEntitled: (state, event, at) => whyNotRegistrar(state, event.by, at),
    apply: (state, { id, title, objects }) => ({ ...state, families: state.families.set(id, { id, title, objects }) }),
  },
)

const ItemSchema = Type.Object(
  {
    object: TermSchema,
    columns: Type.Array(TermSchema, { minItems: 1, maxItems: 1_000 }),
    level: LevelSchema,
    rows: RowScopeSchema,
    disclosurePolicy: nullable(Type.String({ minLength: 1, maxLength: 100 })),
  },
  { additionalProperties: false },
)

/** One form, by anybody in post here, for themselves, somebody else or a role. It opens nothing. */
export const accessRequested = defineEvent(
  {
    id: IdSchema,
    subject: Type.Optional(SubjectIdSchema),
    team: Type.Optional(TeamRoleSchema),
    purpose: PurposeIdSchema,
    from: InstantSchema,
    until: InstantSchema,
    dpia: DpiaRefSchema,
    contract: Type.Optional(ContractRefSchema),
    agreement: Type.Optional(AgreementRefSchema),
    reason: TextSchema,
    items: Type.Array(ItemSchema, { minItems: 1, maxItems: 100 }),
  },
  {
    what: 'ask for access',
    whyNotEntitled: (state, event, at) => whyNotInPost(state, event.by, at),
    whyNotNew(state, event) {
      if (state.requests.has(event.id)) return 'the request id was used before'
      return (event.subject === undefined) === (event.team === undefined) ? 'it names nobody, or two' : null
    },
    check(state, { id, subject, team, purpose }) {
      if (state.requests.has(id)) throw fail('FDP_GOVERNANCE_ALREADY_THERE', { what: 'request', id })
      const missing = (what: string, name: string) => fail('FDP_GOVERNANCE_NOT_FOUND', { what, id: name })
      if (subject !== undefined && !state.persons.has(subject)) throw missing('person', subject)
      if (team !== undefined && !state.teams.has(team.team)) throw missing('team', team.team)
      if (!state.purposes.has(purpose)) throw missing('purpose', purpose)
    },
    apply(state, event, { index, time }) {
      const { id, by, purpose, from, until, dpia, reason } = event
      const request: AccessRequest = {
        ...{ id, by, at: time, entry: index, purpose, from, until, dpia, reason },
        holder: event.team ?? { person: event.subject! },
        ...{ contract: event.contract ?? null, agreement: event.agreement ?? null },
        items: event.items.map((item) => ({ ...item, grant: null, declined: null })),
      }
      return { ...state, requests: state.requests.set(id, request) }
    },
  },
)

export const accessDeclined = defineEvent(
  { request: IdSchema, item: Type.Integer({ minimum: 0 }), reason: TextSchema },
  {
    what: 'decline a request',
    whyNotEntitled: (state, event, at) =>
      state.requests.get(event.request)?.by === event.by ? null : whyNotApprover(state, event.by, at),
    check(state, { request }) {
      if (!state.requests.has(request)) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'request', id: request })
    },
    apply(state, { request: id, item, reason }) {
      const request = state.requests.get(id)
      if (!request) return state
      const items = request.items.map((each, i) =>
        i === item && each.grant === null ? { ...each, declined: reason } : each,
      )
      return { ...state, requests: state.requests.set(id, { ...request, items }) }
    },
  },
)
