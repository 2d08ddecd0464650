import { Type } from '@sinclair/typebox'
import { addMs, type Instant } from '#kernel'
import { whyNotApprover, whyNotInPost } from '../entitlement.ts'
import { fail } from '../errors.ts'
import { withGrant } from '../grants-index.ts'
import type { Opening } from '../registers.ts'
import type { GovernanceState, Grant } from '../state.ts'
import {
  ContractRefSchema,
  DpiaRefSchema,
  type GrantBasis,
  IdSchema,
  InstantSchema,
  PurposeIdSchema,
  SubjectIdSchema,
  TermSchema,
  TextSchema,
} from '../vocabulary.ts'
import { defineEvent, latest, type Place } from './definition.ts'
import { approvalFacts } from './grants.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** How long an opening may last. The policies compare with it. */
export const openingMsMax: Readonly<Record<GrantBasis, number>> = {
  approval: Number.MAX_SAFE_INTEGER,
  'break-glass': hourMs,
  'one-row': hourMs,
}

const Opened = Type.Object(
  { object: TermSchema, columns: Type.Array(TermSchema, { minItems: 1, maxItems: 300 }) },
  { additionalProperties: false },
)

/**
 * An emergency: somebody who cares for one patient opens that patient's record themselves, at once. Whose record and
 * why are in the erasable detail of the entry; the grants made of it reach that one person's rows.
 */
export const breakGlassOpened = defineEvent(
  {
    id: IdSchema,
    purpose: PurposeIdSchema,
    until: InstantSchema,
    objects: Type.Array(Opened, { minItems: 1, maxItems: 30 }),
  },
  {
    what: 'break the glass',
    whyNotEntitled: (state, event, at) => whyNotInPost(state, event.by, at),
    whyNotNew: (state, { id, objects }) => whyNotNewId(state, id, objects),
    check: (state, { id }) => mustBeNew(state, id),
    apply(state, event, place) {
      const { id, by, purpose, until, objects } = event
      let after = state
      for (const { object, columns } of objects) {
        after = withGrant(after, {
          ...openedGrant(state, { by, person: by, purpose, until, object, columns }, place),
          ...{ id: `${id}.${object}`, basis: 'break-glass', dpia: null, contract: null },
        })
      }
      const opening = { id, kind: 'break-glass' as const, person: by, witness: null, until }
      return withOpening(after, opening, place)
    },
  },
)

/** One row, for an hour at most, for somebody who mends a defect, while the signer looks on. Which row is in the detail. */
export const rowOpened = defineEvent(
  {
    id: IdSchema,
    subject: SubjectIdSchema,
    purpose: PurposeIdSchema,
    until: InstantSchema,
    object: TermSchema,
    columns: Type.Array(TermSchema, { minItems: 1, maxItems: 300 }),
    dpia: DpiaRefSchema,
    contract: Type.Optional(ContractRefSchema),
    reason: TextSchema,
  },
  {
    what: 'open one row and look on',
    whyNotEntitled: (state, event, at) =>
      event.by === event.subject ? 'nobody is their own witness' : whyNotInPost(state, event.by, at),
    whyNotNew: (state, event) => whyNotNewId(state, event.id, [event]),
    check(state, { id, subject }) {
      mustBeNew(state, id)
      if (!state.persons.has(subject)) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'person', id: subject })
    },
    apply(state, event, place) {
      const { id, by, subject: person, purpose, until, object, columns, dpia } = event
      const grant: Grant = {
        ...openedGrant(state, { by, person, purpose, until, object, columns }, place),
        ...{ id: `${id}.${object}`, basis: 'one-row', dpia, contract: event.contract ?? null },
      }
      return withOpening(withGrant(state, grant), { id, kind: 'one-row', person, witness: by, until }, place)
    },
  },
)

/** Somebody else looked at it: an officer who approves, not the person who used it. */
export const openingReviewed = defineEvent(
  {
    opening: IdSchema,
    outcome: Type.Union([Type.Literal('justified'), Type.Literal('not-justified'), Type.Literal('unclear')]),
    reason: TextSchema,
  },
  {
    what: 'review an opening',
    whyNotEntitled(state, { by, opening: id }, at) {
      const opening = state.openings.get(id)
      if (opening?.person === by || opening?.witness === by) return 'nobody reviews what they took part in'
      return whyNotApprover(state, by, at)
    },
    check(state, { opening: id }) {
      if (!state.openings.has(id)) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'opening', id })
    },
    apply(state, { opening: id, by, outcome }, { time }) {
      const opening = state.openings.get(id)
      if (!opening) return state
      return { ...state, openings: state.openings.set(id, { ...opening, review: { by, at: time, outcome } }) }
    },
  },
)

interface Asked {
  readonly by: string
  readonly person: Opening['person']
  readonly purpose: Grant['purpose']
  readonly until: Instant
  readonly object: string
  readonly columns: readonly string[]
}

function openedGrant(
  state: GovernanceState,
  { by, person, purpose, until, object, columns }: Asked,
  { index, time }: Place,
): Omit<Grant, 'id' | 'basis' | 'dpia' | 'contract'> {
  const holder = { person }
  return {
    ...{ holder, action: 'read', object, columns, level: 'identifiable', purpose, from: time, until },
    rows: { controllers: 'all', where: [], only: { entry: index } },
    ...{ revokedAt: null, reviewedAt: null, agreement: null, request: null, disclosurePolicy: null },
    ...{ approvedBy: by as Grant['approvedBy'], approvedAt: time, entry: index },
    approval: approvalFacts(state, by, holder, time),
  }
}

function withOpening(
  state: GovernanceState,
  opening: Pick<Opening, 'id' | 'kind' | 'person' | 'witness' | 'until'>,
  { index, time }: Place,
): GovernanceState {
  const until = latest(opening.until, time)
  const made: Opening = { ...opening, until, at: time, entry: index, reviewDue: addMs(time, dayMs), review: null }
  return { ...state, openings: state.openings.set(opening.id, made) }
}

/** The grants that it makes must not take the place of others. */
function whyNotNewId(
  state: GovernanceState,
  id: string,
  opened: readonly { readonly object: string }[],
): string | null {
  const objects = new Set(opened.map(({ object }) => object))
  if (objects.size < opened.length) return 'it names a data set twice'
  const isTaken = state.openings.has(id) || [...objects].some((object) => state.grants.has(`${id}.${object}`))
  return isTaken ? 'the id was used before' : null
}

function mustBeNew(state: GovernanceState, id: string): void {
  if (state.openings.has(id)) throw fail('FDP_GOVERNANCE_ALREADY_THERE', { what: 'opening', id })
}
