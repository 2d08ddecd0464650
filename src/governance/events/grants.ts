import { Type } from '@sinclair/typebox'
import type { Instant, OdsCode } from '#kernel'
import { isInLine, whyNotApprover, whyNotOfficer, whyNotOpen } from '../entitlement.ts'
import { fail } from '../errors.ts'
import { membersOf, withGrant, withGrantChanged } from '../grants-index.ts'
import { type ApprovalFacts, type GovernanceState, type Grant, isInPost, type Person } from '../state.ts'
import {
  ActionSchema,
  AgreementRefSchema,
  ContractRefSchema,
  DpiaRefSchema,
  GrantIdSchema,
  IdSchema,
  InstantSchema,
  LevelSchema,
  NameSchema,
  OdsCodeSchema,
  PurposeIdSchema,
  RowScopeSchema,
  SubjectIdSchema,
  TeamRoleSchema,
  TermSchema,
  TextSchema,
} from '../vocabulary.ts'
import { defineEvent, earliest, latest, nullable } from './definition.ts'

/** Leave for a person, or for whoever has a role in a team. Either `subject` or `team` is there. */
export const grantApproved = defineEvent(
  {
    id: IdSchema,
    subject: Type.Optional(SubjectIdSchema),
    team: Type.Optional(TeamRoleSchema),
    action: ActionSchema,
    object: TermSchema,
    columns: Type.Array(TermSchema, { minItems: 1, maxItems: 1_000 }),
    level: LevelSchema,
    rows: RowScopeSchema,
    purpose: PurposeIdSchema,
    from: InstantSchema,
    until: InstantSchema,
    dpia: DpiaRefSchema,
    contract: Type.Optional(ContractRefSchema),
    agreement: Type.Optional(AgreementRefSchema),
    /** The request that it answers, and which item of it. */
    request: Type.Optional(
      Type.Object({ id: IdSchema, item: Type.Integer({ minimum: 0 }) }, { additionalProperties: false }),
    ),
    disclosurePolicy: nullable(Type.String({ minLength: 1, maxLength: 100 })),
  },
  {
    what: 'approve a grant',
    // Always recorded: policy judges the approver at every decision.
    whyNotEntitled: (state) => whyNotOpen(state),
    whyNotSign: (state, event, at) => whyNotApprover(state, event.by, at),
    whyNotNew(state, event) {
      if (state.grants.has(event.id)) return 'the grant id was used before'
      return (event.subject === undefined) === (event.team === undefined) ? 'it names no holder, or two' : null
    },
    apply(state, event, { index, time }) {
      const { id, action, object, columns, level, rows, purpose, until, dpia, disclosurePolicy } = event
      const holder = event.team ?? { person: event.subject! }
      const grant: Grant = {
        ...{ id, basis: 'approval', holder, action, object, columns, level, rows, purpose, until, dpia },
        ...{ contract: event.contract ?? null, agreement: event.agreement ?? null, request: event.request?.id ?? null },
        ...{ disclosurePolicy, from: latest(event.from, time), revokedAt: null, reviewedAt: null },
        ...{ approvedBy: event.by, approvedAt: time, entry: index },
        approval: approvalFacts(state, event.by, holder, time),
      }
      const answers = whyNotApprover(state, event.by, time) === null ? event.request : undefined
      return answered(withGrant(state, grant), answers, id)
    },
  },
)

function answered(
  state: GovernanceState,
  named: { readonly id: string; readonly item: number } | undefined,
  grant: string,
): GovernanceState {
  const request = named && state.requests.get(named.id)
  if (!request) return state
  const items = request.items.map((item, i) => (i === named.item ? { ...item, grant } : item))
  return { ...state, requests: state.requests.set(request.id, { ...request, items }) }
}

export const grantRevoked = defineEvent(
  { grant: GrantIdSchema, at: InstantSchema, reason: NameSchema },
  {
    what: 'revoke a grant',
    whyNotEntitled: (state) => whyNotOpen(state),
    whyNotSign(state, event, at) {
      const grant = state.grants.get(event.grant)
      const isOwn =
        grant && (event.by === grant.approvedBy || ('person' in grant.holder && grant.holder.person === event.by))
      return isOwn ? null : whyNotApprover(state, event.by, at)
    },
    check: (state, { grant }) => mustHave(state, grant),
    apply: (state, { grant, at }) =>
      withGrantChanged(state, grant, (each) => ({ ...each, revokedAt: earliest(each.revokedAt, at) })),
  },
)

/** A look at whether a grant is still needed. Until the next one is due, where its DPIA asks for reviews. */
export const grantReviewed = defineEvent(
  { grant: GrantIdSchema, outcome: Type.Union([Type.Literal('keep'), Type.Literal('end')]), reason: TextSchema },
  {
    what: 'review a grant',
    whyNotEntitled(state, { by, grant: id }, at) {
      const grant = state.grants.get(id)
      if (grant && 'person' in grant.holder && grant.holder.person === by) return 'nobody reviews what they hold'
      return whyNotApprover(state, by, at)
    },
    check: (state, { grant }) => mustHave(state, grant),
    apply: (state, { grant, outcome }, { time }) =>
      withGrantChanged(state, grant, (each) =>
        outcome === 'keep' ? { ...each, reviewedAt: time } : { ...each, revokedAt: earliest(each.revokedAt, time) },
      ),
  },
)

/** Ends the access of all outsiders, or of one organisation's people, in one step: everything they hold at that moment. */
export const outsidersEnded = defineEvent(
  { employer: nullable(OdsCodeSchema), at: InstantSchema, reason: TextSchema },
  {
    what: 'end the access of outsiders',
    whyNotEntitled: (state) => whyNotOpen(state),
    whyNotSign: (state, event, at) =>
      whyNotOfficer(
        state,
        event.by,
        ['information-asset-owner', 'caldicott-guardian', 'senior-information-risk-owner'],
        at,
      ),
    apply(state, { employer, at }) {
      let after = state
      for (const grant of state.grants.values()) {
        if (isOutsiders(state, grant, employer))
          after = withGrantChanged(after, grant.id, (each) => ({ ...each, revokedAt: earliest(each.revokedAt, at) }))
      }
      return { ...after, teams: withoutOutsiders(after, employer, at) }
    },
  },
)

/** Roles in this controller's own teams end too, else they would go on with what the role holds. */
function withoutOutsiders(state: GovernanceState, employer: OdsCode | null, at: Instant): GovernanceState['teams'] {
  let { teams } = state
  for (const team of state.teams.values()) {
    const members = team.members.map((each) =>
      isOutsider(state, state.persons.get(each.person), employer) ? { ...each, until: earliest(each.until, at) } : each,
    )
    teams = teams.set(team.id, { ...team, members })
  }
  return teams
}

function isOutsider(state: GovernanceState, person: Person | undefined, employer: OdsCode | null): boolean {
  if (employer !== null) return person?.employer === employer
  return person?.employer !== state.controller || person.kind === 'processor-staff' || person.kind === 'other'
}

function isOutsiders(state: GovernanceState, grant: Grant, employer: OdsCode | null): boolean {
  const { holder } = grant
  if ('person' in holder) return isOutsider(state, state.persons.get(holder.person), employer)
  const organisation = state.teams.get(holder.team)?.organisation
  return employer === null ? organisation !== state.controller : organisation === employer
}

/** The approver and the holder as the register had them at a moment. */
export function approvalFacts(
  state: GovernanceState,
  approver: string,
  holder: Grant['holder'],
  at: Instant,
): ApprovalFacts {
  const by = state.persons.get(approver)
  const to = 'person' in holder ? [holder.person] : membersOf(state, holder, at).map((each) => each.person)
  return {
    approver:
      by && isInPost(by, at) ? { kind: by.kind, employer: by.employer, duties: by.duties, grade: by.grade } : null,
    inLine: to.some((person) => isInLine(state, approver, person)),
    holderPost: 'person' in holder ? (state.persons.get(holder.person)?.post ?? null) : null,
  }
}

function mustHave(state: GovernanceState, id: string): void {
  if (!state.grants.has(id)) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'grant', id })
}
