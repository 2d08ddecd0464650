import { Type } from '@sinclair/typebox'
import type { Instant } from '#kernel'
import { whyNotApprover, whyNotOfficer, whyNotOpen } from '../entitlement.ts'
import { fail } from '../errors.ts'
import type { SwitchedOn } from '../registers.ts'
import {
  GrantIdSchema,
  IdSchema,
  InstantSchema,
  NameSchema,
  OdsCodeSchema,
  SubjectIdSchema,
  TextSchema,
} from '../vocabulary.ts'
import { defineEvent, earliest } from './definition.ts'

/**
 * What has to be there before anything is switched on: the assessment and the notice to the public, the clinical safety
 * case and hazard log (DCB0129 and DCB0160, HSCA 2012 s250), the approval of the cyber group, the status in the Data
 * Security and Protection Toolkit.
 */
export const evidenceItems = [
  'dpia',
  'privacy-notice',
  'clinical-safety-case',
  'hazard-log',
  'cyber-approval',
  'dspt-status',
] as const

const EvidenceSchema = Type.Array(
  Type.Object(
    {
      item: Type.Unsafe<(typeof evidenceItems)[number]>(Type.Union(evidenceItems.map((item) => Type.Literal(item)))),
      reference: NameSchema,
      until: InstantSchema,
    },
    { additionalProperties: false },
  ),
  { minItems: evidenceItems.length, maxItems: evidenceItems.length },
)

/** `tenant`, or `product:<id>`. */
const ScopeSchema = Type.String({ pattern: '^(tenant|product:[a-z0-9][a-z0-9._-]{0,79})$' })

/** Switched on until the first of the papers behind it runs out; then off by itself. Again with newer papers. */
export const switchedOn = defineEvent(
  { scope: ScopeSchema, evidence: EvidenceSchema, clinicalSafetyOfficer: SubjectIdSchema },
  {
    what: 'switch it on',
    whyNotEntitled(state, { by, evidence, clinicalSafetyOfficer }, at) {
      const why = whyNotApprover(state, by, at)
      if (why !== null) return why
      if (new Set(evidence.map(({ item }) => item)).size < evidenceItems.length) return 'a paper is missing'
      const unsafe = whyNotOfficer(state, clinicalSafetyOfficer, ['clinical-safety-officer'], at)
      return unsafe === null ? null : `the clinical safety officer named may not: ${unsafe}`
    },
    check(_state, { evidence }, at) {
      const lapsed = evidence.find(({ until }) => until <= at)
      if (lapsed) throw fail('FDP_GOVERNANCE_NOT_NOW', { what: 'switch it on', why: `${lapsed.item} has run out` })
    },
    apply(state, { scope, evidence }, { time }) {
      const until = evidence.reduce((first, each) => earliest(first, each.until), evidence[0]!.until as Instant)
      const on: SwitchedOn = { scope, from: time, evidence, until }
      return { ...state, switchedOn: state.switchedOn.set(scope, on) }
    },
  },
)

export const switchedOff = defineEvent(
  { scope: ScopeSchema, at: InstantSchema, reason: TextSchema },
  {
    what: 'switch it off',
    whyNotEntitled: (state) => whyNotOpen(state),
    whyNotSign: (state, event, at) =>
      whyNotOfficer(
        state,
        event.by,
        ['information-asset-owner', 'caldicott-guardian', 'senior-information-risk-owner', 'clinical-safety-officer'],
        at,
      ),
    apply(state, { scope, at }) {
      const on = state.switchedOn.get(scope)
      if (!on) return state
      return { ...state, switchedOn: state.switchedOn.set(scope, { ...on, until: earliest(on.until, at) }) }
    },
  },
)

/** Data that the law compelled the controller to hand over: recorded, counted publicly, and no way to read. */
export const disclosureCompelled = defineEvent(
  {
    id: IdSchema,
    instrument: IdSchema,
    recipient: OdsCodeSchema,
    objects: Type.Array(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,119}$' }), { minItems: 1, maxItems: 100 }),
    persons: Type.Integer({ minimum: 0 }),
    at: InstantSchema,
    reason: TextSchema,
  },
  {
    what: 'record a disclosure that the law compelled',
    whyNotEntitled: (state, event, at) =>
      whyNotOfficer(
        state,
        event.by,
        ['information-asset-owner', 'caldicott-guardian', 'senior-information-risk-owner', 'data-protection-officer'],
        at,
      ),
    whyNotNew(state, { id, instrument }) {
      if (!state.instruments.has(instrument)) return 'it names no registered legal instrument'
      return state.disclosures.some((each) => each.id === id) ? 'the id was used before' : null
    },
    check(state, { instrument }) {
      if (!state.instruments.has(instrument))
        throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'legal instrument', id: instrument })
    },
    apply(state, { id, instrument, recipient, objects, persons, at }, { index }) {
      const made = { id, entry: index, at, instrument, recipient, objects, persons }
      return { ...state, disclosures: [...state.disclosures, made] }
    },
  },
)

/** That an approval was looked at again after its approver had joined the recipient. */
export const approvalReviewed = defineEvent(
  {
    grant: GrantIdSchema,
    outcome: Type.Union([Type.Literal('sound'), Type.Literal('not-sound')]),
    reason: TextSchema,
  },
  {
    what: 'review an approval',
    whyNotEntitled(state, { by, grant }, at) {
      if (state.grants.get(grant)?.approvedBy === by) return 'nobody reviews their own approval'
      return whyNotApprover(state, by, at)
    },
    check(state, { grant }) {
      if (!state.grants.has(grant)) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'grant', id: grant })
    },
    apply: (state, { grant, outcome }) => ({ ...state, approvalReviews: state.approvalReviews.set(grant, outcome) }),
  },
)
