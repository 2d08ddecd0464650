import { Type } from '@sinclair/typebox'
import { whyNotApprover, whyNotInPost, whyNotOpen, whyNotRegistrar } from '../entitlement.ts'
import { fail } from '../errors.ts'
import type { Agreement } from '../registers.ts'
import type { GovernanceState } from '../state.ts'
import {
  IdSchema,
  InstantSchema,
  LevelSchema,
  NameSchema,
  ObjectsSchema,
  OdsCodeSchema,
  RowScopeSchema,
  TextSchema,
} from '../vocabulary.ts'
import { defineEvent, earliest } from './definition.ts'

const version = Type.Integer({ minimum: 1 })

/** A data sharing agreement as proposed. It opens nothing until every party has signed. */
export const agreementProposed = defineEvent(
  {
    id: IdSchema,
    agreementVersion: version,
    title: NameSchema,
    parties: Type.Array(OdsCodeSchema, { minItems: 2, maxItems: 500 }),
    objects: ObjectsSchema,
    level: LevelSchema,
    rows: RowScopeSchema,
    reach: Type.Union([Type.Literal('local'), Type.Literal('national')]),
    /** Whether data from GP record systems are meant: never nationally (law 8). */
    gpData: Type.Boolean(),
    from: InstantSchema,
    until: InstantSchema,
  },
  {
    what: 'propose a data sharing agreement',
    whyNotEntitled: (state, event, at) => whyNotRegistrar(state, event.by, at),
    whyNotNew(state, event) {
      if (event.gpData && event.reach === 'national')
        return 'data from GP record systems never reach the national tenant'
      const latest = state.agreements.get(event.id)?.at(-1)
      return latest && event.agreementVersion <= latest.version ? 'the version does not follow the latest' : null
    },
    check(state, event) {
      const id = event.parties.find((each) => !state.organisations.has(each))
      if (id !== undefined) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'organisation', id })
      if (event.gpData && event.reach === 'national') throw fail('FDP_GOVERNANCE_GP_NATIONAL', { id: event.id })
    },
    apply(state, event) {
      const { id, agreementVersion, title, parties, objects, level, rows, reach, gpData, from, until } = event
      const agreement: Agreement = {
        ...{ id, version: agreementVersion, title, parties, objects, level, rows, reach, gpData, from, until },
        ...{ endedAt: null, signatures: [] },
      }
      return { ...state, agreements: state.agreements.set(id, [...(state.agreements.get(id) ?? []), agreement]) }
    },
  },
)

/** One party signs, by somebody of its own: for this tenant's controller an approving officer. */
export const agreementSigned = defineEvent(
  { id: IdSchema, agreementVersion: version, party: OdsCodeSchema },
  {
    what: 'sign the agreement for that party',
    whyNotEntitled(state, { by, party }, at) {
      if (party === state.controller) return whyNotApprover(state, by, at)
      const why = whyNotInPost(state, by, at)
      if (why !== null) return why
      return state.persons.get(by)?.employer === party ? null : 'they are not staff of that party'
    },
    whyNotNew(state, event) {
      const found = versionOf(state, event)
      if (!found) return 'there is no such version'
      return found.parties.includes(event.party) ? null : 'that organisation is no party to it'
    },
    check(state, event) {
      const found = versionOf(state, event)
      if (!found?.parties.includes(event.party))
        throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'version of an agreement with that party', id: event.id })
    },
    apply: (state, event, { time }) =>
      changed(state, event, (agreement) => ({
        ...agreement,
        signatures: [...agreement.signatures, { party: event.party, by: event.by, at: time }],
      })),
  },
)

export const agreementEnded = defineEvent(
  { id: IdSchema, agreementVersion: version, at: InstantSchema, reason: TextSchema },
  {
    what: 'end an agreement',
    whyNotEntitled: (state) => whyNotOpen(state),
    whyNotSign(state, event, at) {
      const employer = state.persons.get(event.by)?.employer
      const isParty = versionOf(state, event)?.parties.some((party) => party === employer) ?? false
      return isParty && employer !== state.controller
        ? whyNotInPost(state, event.by, at)
        : whyNotApprover(state, event.by, at)
    },
    check(state, event) {
      if (!versionOf(state, event)) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'agreement', id: event.id })
    },
    apply: (state, event) =>
      changed(state, event, (agreement) => ({ ...agreement, endedAt: earliest(agreement.endedAt, event.at) })),
  },
)

type Named = { readonly id: string; readonly agreementVersion: number }

function versionOf(state: GovernanceState, { id, agreementVersion }: Named): Agreement | undefined {
  return state.agreements.get(id)?.find((each) => each.version === agreementVersion)
}

function changed(state: GovernanceState, named: Named, make: (agreement: Agreement) => Agreement): GovernanceState {
  const versions = state.agreements.get(named.id)
  if (!versions) return state
  const after = versions.map((each) => (each.version === named.agreementVersion ? make(each) : each))
  return { ...state, agreements: state.agreements.set(named.id, after) }
}
