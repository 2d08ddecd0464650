import { linkTables } from '#contracts'
import {
  approveGrant,
  columnsAt,
  dpiaHash,
  type EventType,
  fold,
  type GovernanceState,
  type Input,
  type PolicyEngine,
  sign,
} from '#governance'
import { addMs, type Instant, type OdsCode, type PurposeId, parseSubjectId } from '#kernel'
import type { EntryInput } from '#ledger'
import type { GrantPlan, PersonPlan, TenantPlan } from '../plan.ts'
import { claim, purposes as economyPurposes } from '../plan-parts.ts'
import { documentOf, grantInput, personInput } from '../seed-inputs.ts'
import { filledTypes } from './all-type-rows.ts'

/** An application that reads the whole record, at the first trust of the synthetic economy. */
export const application = {
  /** Whose rows of every type it reads: a part of the trust with a code of its own, so that nightly files replace none. */
  organisation: { id: 'RZ3', name: 'Alder Vale community services (synthetic)', sector: 'nhs' },
  purpose: 'whole-record-care',
  dpia: 'whole-record',
  personOf: (tenant: string) => `ontology.application@${tenant}.example`,
  senderOf: (tenant: string) => `dot.finch@${tenant}.example`,
} as const

const grantDays = 180
const papersDays = 365
const dayMs = 86_400_000

export interface ApplicationInput {
  readonly plan: TenantPlan
  readonly state: GovernanceState
  readonly policies: PolicyEngine
  readonly at: Instant
}

/**
 * The events that let the application read every column of the 62 types and of the tables that links go through, and the
 * trust's data manager send them in, each signed in the state after the ones before it; none where they are there already.
 */
export function applicationEntries({ plan, state: before, policies, at }: ApplicationInput): readonly EntryInput[] {
  if (before.dpias.has(application.dpia)) return []
  const made: EntryInput[] = []
  let state = before
  const add = (entry: EntryInput) => {
    state = fold(state, { ...entry, index: state.upTo + 1, time: at })
    made.push(entry)
  }
  const event = <T extends EventType>(type: T, input: Input<T>) => add(sign(state, type, input, at))
  const by = parseSubjectId(plan.officers[0]!.id)
  const organisation = { ...application.organisation, id: application.organisation.id as OdsCode }
  event('governance.organisation-registered', { ...organisation, by })
  event('governance.person-registered', personInput(plan, personOf(plan), by, at))
  event('governance.purpose-registered', {
    ...{ by, id: application.purpose as PurposeId, name: 'Care, by an application that reads the whole record' },
    ...{ class: 'individual-care', article6: '6(1)(e)', article9: '9(2)(h)' },
    ...{ commonLaw: 'implied-consent', justification: 'never', instruments: [] },
  })
  const all = filledTypes().map(({ name }) => name)
  event('governance.family-registered', { by, id: 'whole-record', title: 'Every type of the data model', objects: all })
  const dpia = assess(plan, all, event, at)
  for (const grant of grantsOf(plan)) add(approveGrant(state, grantInput(grant, { by, at, dpia }), at, policies))
  return made
}

function personOf(plan: TenantPlan): PersonPlan {
  const id = application.personOf(plan.id)
  return { id, name: 'Ontology application', role: 'Service: a program, not a person', trainingDays: papersDays }
}

function assess(
  plan: TenantPlan,
  objects: readonly string[],
  event: <T extends EventType>(type: T, input: Input<T>) => void,
  at: Instant,
) {
  const purposes = [application.purpose, economyPurposes.intake.id]
  const until = addMs(at, papersDays * dayMs)
  const version = {
    title: `The whole record at ${plan.name}`,
    claims: [claim(['identifiable'], objects, purposes)],
    // An application that shows a whole record reads every type of it.
    bounds: { ...plan.dpia.bounds, breadth: { personMax: objects.length, employerMax: 10 }, contracts: [] },
    document: documentOf(plan, at, until),
  }
  const sha256 = dpiaHash(version)
  const by = parseSubjectId(plan.officers[0]!.id)
  event('governance.dpia-approved', { ...version, by, id: application.dpia, dpiaVersion: 1, sha256, effectiveFrom: at })
  return { id: application.dpia, version: 1, sha256 }
}

function grantsOf(plan: TenantPlan): readonly GrantPlan[] {
  const terms = (object: string) => ({ object, level: 'identifiable' as const, days: grantDays })
  const read = filledTypes().filter((type) => type.origin === 'cdm-146' || linkTables().includes(type))
  return filledTypes().flatMap((type): GrantPlan[] => [
    {
      ...{ ...terms(type.name), id: `send-whole-${type.name.toLowerCase()}`, action: 'submit' },
      ...{ subject: application.senderOf(plan.id), purpose: economyPurposes.intake.id },
    },
    ...(read.includes(type)
      ? [
          {
            ...{ ...terms(type.name), id: `read-whole-${type.name.toLowerCase()}`, action: 'read' as const },
            ...{ subject: application.personOf(plan.id), purpose: application.purpose },
            columns: [...columnsAt(type.name, 'identifiable')],
          },
        ]
      : []),
  ])
}
