import { Type } from '@sinclair/typebox'
import { addMs } from '#kernel'
import { whyNotApprover, whyNotOpen, whyNotRegistrar } from '../entitlement.ts'
import { fail } from '../errors.ts'
import type { GovernanceState } from '../state.ts'
import {
  CommonLawBasisSchema,
  IdSchema,
  InstantSchema,
  InstrumentKindSchema,
  JustificationSchema,
  NameSchema,
  ObjectsSchema,
  PurposeClassSchema,
  PurposeIdSchema,
  TextSchema,
} from '../vocabulary.ts'
import { defineEvent, earliest, nullable } from './definition.ts'

const dayMs = 86_400_000
/** Between the entry that re-classes a purpose and the moment it takes effect, so that it can be objected to. */
export const reclassNoticeDays = 30

/** Purpose ids are used once: tokens are bound to them. */
export const purposeRegistered = defineEvent(
  {
    id: PurposeIdSchema,
    name: NameSchema,
    class: PurposeClassSchema,
    article6: Type.String({ pattern: '^6\\(1\\)\\([a-f]\\)$' }),
    article9: nullable(Type.String({ pattern: '^9\\(2\\)\\([a-j]\\)$' })),
    commonLaw: CommonLawBasisSchema,
    justification: JustificationSchema,
    product: Type.Optional(nullable(IdSchema)),
    instruments: Type.Optional(Type.Array(IdSchema, { maxItems: 20 })),
    activity: Type.Optional(nullable(IdSchema)),
  },
  {
    what: 'register a purpose',
    whyNotEntitled: (state, event, at) => whyNotRegistrar(state, event.by, at),
    whyNotNew: (state, event) => (state.purposes.has(event.id) ? 'the purpose id was used before' : null),
    check(state, { id, instruments = [], activity = null }) {
      if (state.purposes.has(id)) throw fail('FDP_GOVERNANCE_ALREADY_THERE', { what: 'purpose', id })
      const unknown = instruments.find((each) => !state.instruments.has(each))
      if (unknown !== undefined) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'legal instrument', id: unknown })
      if (activity !== null && !state.activities.has(activity))
        throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'activity', id: activity })
    },
    apply(state, event) {
      const { id, name, article6, article9, commonLaw, justification } = event
      const purpose = {
        ...{ id, name, class: event.class, article6, article9, commonLaw, justification },
        ...{ product: event.product ?? null, instruments: event.instruments ?? [], reclassed: [], keeps: [] },
      }
      return { ...state, purposes: state.purposes.set(id, purpose) }
    },
  },
)

/** Another class means other rules (opt-outs among them): with notice, and resting on an assessment made for it. */
export const purposeReclassed = defineEvent(
  {
    id: PurposeIdSchema,
    class: PurposeClassSchema,
    commonLaw: CommonLawBasisSchema,
    from: InstantSchema,
    dpia: Type.Object({ id: IdSchema, version: Type.Integer({ minimum: 1 }) }, { additionalProperties: false }),
    reason: TextSchema,
  },
  {
    what: 're-class a purpose',
    whyNotEntitled: (state, event, at) => whyNotApprover(state, event.by, at),
    whyNotNew: (state, event, at) => whyNotReclass(state, event, at),
    check(state, event, at) {
      if (!state.purposes.has(event.id)) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'purpose', id: event.id })
      const why = whyNotReclass(state, event, at)
      if (why !== null) throw fail('FDP_GOVERNANCE_NOT_NOW', { what: 're-class the purpose', why })
    },
    apply(state, event) {
      const purpose = state.purposes.get(event.id)!
      const change = { class: event.class, commonLaw: event.commonLaw, from: event.from }
      return {
        ...state,
        purposes: state.purposes.set(purpose.id, { ...purpose, reclassed: [...purpose.reclassed, change] }),
      }
    },
  },
)

/** For how many days after another took its place a version may be kept and opened for a purpose; null: for good. */
export const retentionSet = defineEvent(
  { purpose: PurposeIdSchema, days: nullable(Type.Integer({ minimum: 2, maximum: 36_500 })), reason: TextSchema },
  {
    what: 'set how long data are kept for a purpose',
    whyNotEntitled: (state, event, at) => whyNotApprover(state, event.by, at),
    whyNotNew: (state, event) => (state.purposes.has(event.purpose) ? null : 'there is no such purpose'),
    check(state, { purpose: id }) {
      if (!state.purposes.has(id)) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'purpose', id })
    },
    apply(state, { purpose: id, days }, { time }) {
      const purpose = state.purposes.get(id)!
      return {
        ...state,
        purposes: state.purposes.set(id, { ...purpose, keeps: [...purpose.keeps, { days, at: time }] }),
      }
    },
  },
)

function whyNotReclass(
  state: GovernanceState,
  event: { id: string; from: string; dpia: { id: string; version: number } },
  at: string,
): string | null {
  const purpose = state.purposes.get(event.id)
  if (!purpose) return 'there is no such purpose'
  if (event.from < addMs(at as never, reclassNoticeDays * dayMs)) {
    return `it takes effect ${reclassNoticeDays} days after it is announced, at the earliest`
  }
  const before = purpose.reclassed.at(-1)
  if (before && event.from <= before.from) return 'it takes effect before the last change'
  const version = state.dpias.get(event.dpia.id)?.find((each) => each.version === event.dpia.version)
  if (!version?.claims.some((claim) => claim.purposes.includes(purpose.id)))
    return 'the DPIA version named does not speak of the purpose'
  if (version.effectiveFrom > event.from) return 'the DPIA version named takes effect later'
  if (version.effectiveFrom <= at) return 'the DPIA version named was not made for it: it is in force already'
  return null
}

/** A Direction, notice, s251 support, statute or order of a court. Registered again under the same id: rejected. */
export const instrumentRegistered = defineEvent(
  {
    id: IdSchema,
    kind: InstrumentKindSchema,
    title: NameSchema,
    /** As published: the number of the Direction, the CAG reference. */
    reference: NameSchema,
    issuedBy: NameSchema,
    conditions: Type.Array(TextSchema, { maxItems: 50 }),
    objects: Type.Optional(ObjectsSchema),
    from: InstantSchema,
    until: nullable(InstantSchema),
  },
  {
    what: 'register a legal instrument',
    whyNotEntitled: (state, event, at) => whyNotRegistrar(state, event.by, at),
    whyNotNew: (state, event) => (state.instruments.has(event.id) ? 'the id was used before' : null),
    check(state, { id }) {
      if (state.instruments.has(id)) throw fail('FDP_GOVERNANCE_ALREADY_THERE', { what: 'legal instrument', id })
    },
    apply(state, { id, kind, title, reference, conditions, from, until }) {
      return {
        ...state,
        instruments: state.instruments.set(id, { id, kind, title, reference, conditions, from, until }),
      }
    },
  },
)

export const instrumentEnded = defineEvent(
  { id: IdSchema, at: InstantSchema, reason: TextSchema },
  {
    what: 'record the end of a legal instrument',
    whyNotEntitled: (state) => whyNotOpen(state),
    whyNotSign: (state, event, at) => whyNotRegistrar(state, event.by, at),
    check(state, { id }) {
      if (!state.instruments.has(id)) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'legal instrument', id })
    },
    apply(state, { id, at }) {
      const before = state.instruments.get(id)
      if (!before) return state
      return { ...state, instruments: state.instruments.set(id, { ...before, until: earliest(before.until, at) }) }
    },
  },
)

/** An activity with the lawful bases published for it, so that a purpose can say which it is. */
export const activityRegistered = defineEvent(
  {
    id: IdSchema,
    function: NameSchema,
    name: NameSchema,
    conditions: TextSchema,
    dutyOfConfidence: TextSchema,
    source: NameSchema,
  },
  {
    what: 'register an activity',
    whyNotEntitled: (state, event, at) => whyNotRegistrar(state, event.by, at),
    apply(state, { id, function: of, name, conditions, dutyOfConfidence }) {
      return {
        ...state,
        activities: state.activities.set(id, { id, function: of, name, conditions, dutyOfConfidence }),
      }
    },
  },
)
