import { Type } from '@sinclair/typebox'
import { whyNotApprover, whyNotOpen } from '../entitlement.ts'
import { fail } from '../errors.ts'
import type { Contract, ContractChange } from '../registers.ts'
import type { GovernanceState } from '../state.ts'
import { IdSchema, InstantSchema, NameSchema, OdsCodeSchema, PurposesSchema, TextSchema } from '../vocabulary.ts'
import { defineEvent, earliest, type Place } from './definition.ts'

const InstructionSchema = Type.Object(
  { id: IdSchema, text: TextSchema, purposes: PurposesSchema },
  { additionalProperties: false },
)
const pounds = Type.Integer({ minimum: 0, maximum: 100_000_000_000 })
const subProcessors = Type.Array(OdsCodeSchema, { maxItems: 50 })
const instructions = Type.Array(InstructionSchema, { minItems: 1, maxItems: 100 })

/** A contract with a processor (UK GDPR Article 28). Public. */
export const contractRegistered = defineEvent(
  {
    id: IdSchema,
    title: NameSchema,
    supplier: OdsCodeSchema,
    subProcessors,
    instructions,
    storage: NameSchema,
    valuePounds: pounds,
    from: InstantSchema,
    until: InstantSchema,
  },
  {
    what: 'register a contract with a processor',
    whyNotEntitled: (state, event, at) => whyNotApprover(state, event.by, at),
    whyNotNew: (state, event) => (state.contracts.has(event.id) ? 'the id was used before' : null),
    check(state, { id, supplier, subProcessors: others }) {
      if (state.contracts.has(id)) throw fail('FDP_GOVERNANCE_ALREADY_THERE', { what: 'contract', id })
      mustKnow(state, [supplier, ...others])
    },
    apply(state, event, place) {
      const { id, title, supplier, storage, from, until, valuePounds } = event
      const contract: Contract = {
        ...{ id, title, supplier, storage, from, until, valuePounds, controller: state.controller },
        ...{ subProcessors: event.subProcessors, instructions: event.instructions },
        history: [change(place, 'registered', event, 'first version')],
      }
      return { ...state, contracts: state.contracts.set(id, contract) }
    },
  },
)

/** A longer term. What the DPIA does not foresee stops the reads that rest on it, at once. */
export const contractExtended = defineEvent(
  { id: IdSchema, until: InstantSchema, valuePounds: pounds, reason: TextSchema },
  {
    what: 'extend a contract',
    whyNotEntitled: (state, event, at) => whyNotApprover(state, event.by, at),
    check: (state, { id }) => mustHave(state, id),
    apply: (state, event, place) =>
      changed(state, event.id, (contract) => ({
        ...contract,
        ...{ until: event.until, valuePounds: event.valuePounds },
        history: [...contract.history, change(place, 'extended', event, event.reason)],
      })),
  },
)

/** Other instructions or sub-processors: new uses and new hands. */
export const contractChanged = defineEvent(
  { id: IdSchema, subProcessors, instructions, storage: NameSchema, reason: TextSchema },
  {
    what: 'change a contract',
    whyNotEntitled: (state, event, at) => whyNotApprover(state, event.by, at),
    check(state, { id, subProcessors: others }) {
      mustHave(state, id)
      mustKnow(state, others)
    },
    apply: (state, event, place) =>
      changed(state, event.id, (contract) => ({
        ...contract,
        ...{ subProcessors: event.subProcessors, instructions: event.instructions, storage: event.storage },
        history: [...contract.history, change(place, 'changed', contract, event.reason)],
      })),
  },
)

export const contractEnded = defineEvent(
  { id: IdSchema, at: InstantSchema, reason: TextSchema },
  {
    what: 'end a contract',
    whyNotEntitled: (state) => whyNotOpen(state),
    whyNotSign: (state, event, at) => whyNotApprover(state, event.by, at),
    check: (state, { id }) => mustHave(state, id),
    apply: (state, event, place) =>
      changed(state, event.id, (contract) => {
        const until = earliest(contract.until, event.at)
        const { valuePounds } = contract
        return {
          ...contract,
          until,
          history: [...contract.history, change(place, 'ended', { until, valuePounds }, event.reason)],
        }
      }),
  },
)

function change(
  { index, time }: Place,
  what: ContractChange['what'],
  { until, valuePounds }: Pick<Contract, 'until' | 'valuePounds'>,
  reason: string,
): ContractChange {
  return { entry: index, at: time, what, until, valuePounds, reason }
}

function changed(state: GovernanceState, id: string, make: (contract: Contract) => Contract): GovernanceState {
  const contract = state.contracts.get(id)
  return contract ? { ...state, contracts: state.contracts.set(id, make(contract)) } : state
}

function mustHave(state: GovernanceState, id: string): void {
  if (!state.contracts.has(id)) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'contract', id })
}

function mustKnow(state: GovernanceState, organisations: readonly string[]): void {
  const id = organisations.find((each) => !state.organisations.has(each))
  if (id !== undefined) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'organisation', id })
}
