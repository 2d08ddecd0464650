import type { Static, TObject } from '@sinclair/typebox'
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler'
import { type Instant, type JsonObject, parseInstant } from '#kernel'
import { fail } from './errors.ts'
import { agreementEnded, agreementProposed, agreementSigned } from './events/agreements.ts'
import { approvalReviewed, disclosureCompelled, switchedOff, switchedOn } from './events/assurance.ts'
import { contractChanged, contractEnded, contractExtended, contractRegistered } from './events/contracts.ts'
import type { EventDefinition } from './events/definition.ts'
import { dpiaApproved } from './events/dpias.ts'
import { erasureApproved, erasureOrdered, holdLifted, holdPlaced } from './events/erasures.ts'
import { grantApproved, grantReviewed, grantRevoked, outsidersEnded } from './events/grants.ts'
import { modelApproved, modelProposed } from './events/models.ts'
import { breakGlassOpened, openingReviewed, rowOpened } from './events/openings.ts'
import { optOutsSet } from './events/opt-outs.ts'
import {
  controllerSucceeded,
  organisationClosed,
  organisationRegistered,
  tenantOpened,
} from './events/organisations.ts'
import { clearanceRecorded, personLeft, personRegistered, trainingRecorded } from './events/people.ts'
import {
  activityRegistered,
  instrumentEnded,
  instrumentRegistered,
  purposeReclassed,
  purposeRegistered,
  retentionSet,
} from './events/purposes.ts'
import { accessDeclined, accessRequested, familyRegistered } from './events/requests.ts'
import { teamJoined, teamLeft, teamRegistered } from './events/teams.ts'

/** What the fold needs of a ledger entry: its place, its time and the part that is never erased. */
export interface FoldableEntry {
  readonly index: number
  readonly time: Instant
  readonly type: string
  readonly governance: JsonObject
}

/** Every type of governance event. spec/governance-events.md says each in words. */
const registry = {
  'governance.tenant-opened': tenantOpened,
  'governance.organisation-registered': organisationRegistered,
  'governance.organisation-closed': organisationClosed,
  'governance.controller-succeeded': controllerSucceeded,
  'governance.person-registered': personRegistered,
  'governance.person-left': personLeft,
  'governance.clearance-recorded': clearanceRecorded,
  'governance.training-recorded': trainingRecorded,
  'governance.team-registered': teamRegistered,
  'governance.team-joined': teamJoined,
  'governance.team-left': teamLeft,
  'governance.purpose-registered': purposeRegistered,
  'governance.purpose-reclassed': purposeReclassed,
  'governance.retention-set': retentionSet,
  'governance.activity-registered': activityRegistered,
  'governance.instrument-registered': instrumentRegistered,
  'governance.instrument-ended': instrumentEnded,
  'governance.contract-registered': contractRegistered,
  'governance.contract-extended': contractExtended,
  'governance.contract-changed': contractChanged,
  'governance.contract-ended': contractEnded,
  'governance.agreement-proposed': agreementProposed,
  'governance.agreement-signed': agreementSigned,
  'governance.agreement-ended': agreementEnded,
  'governance.dpia-approved': dpiaApproved,
  'governance.opt-outs-set': optOutsSet,
  'governance.family-registered': familyRegistered,
  'governance.access-requested': accessRequested,
  'governance.access-declined': accessDeclined,
  'governance.grant-approved': grantApproved,
  'governance.grant-revoked': grantRevoked,
  'governance.grant-reviewed': grantReviewed,
  'governance.outsiders-ended': outsidersEnded,
  'governance.break-glass-opened': breakGlassOpened,
  'governance.row-opened': rowOpened,
  'governance.opening-reviewed': openingReviewed,
  'governance.switched-on': switchedOn,
  'governance.switched-off': switchedOff,
  'governance.disclosure-compelled': disclosureCompelled,
  'governance.approval-reviewed': approvalReviewed,
  'governance.erasure-ordered': erasureOrdered,
  'governance.erasure-approved': erasureApproved,
  'governance.hold-placed': holdPlaced,
  'governance.hold-lifted': holdLifted,
  'governance.model-proposed': modelProposed,
  'governance.model-approved': modelApproved,
} as const

export type EventType = keyof typeof registry
export type EventBody<T extends EventType> = Static<(typeof registry)[T]['schema']>
export type EventOf<T extends EventType> = { readonly type: T } & EventBody<T>
export type GovernanceEvent = { [T in EventType]: EventOf<T> }[EventType]

export const eventTypes = Object.keys(registry) as readonly EventType[]

/** An event definition whatever its fields: its functions are only ever given events of its own type. */
export type AnyDefinition = Omit<EventDefinition, 'schema'> & { readonly schema: TObject }

export function definitionOf(type: EventType): AnyDefinition {
  return registry[type] as unknown as AnyDefinition
}

/** Compiled when first needed: a command that only reads should not wait for forty schemas. */
const compiled = new Map<EventType, TypeCheck<TObject>>()

function checkOf(type: EventType): TypeCheck<TObject> {
  const known = compiled.get(type)
  if (known) return known
  const made = TypeCompiler.Compile(definitionOf(type).schema)
  compiled.set(type, made)
  return made
}

/**
 * The event in an entry, or null for entries of other modules.
 * Throws FDP_GOVERNANCE_EVENT_UNKNOWN for a governance type that this release does not know (a later release wrote it:
 * guessing could open what it closed), FDP_GOVERNANCE_EVENT_INVALID for one that breaks its schema.
 */
export function parseEvent(entry: FoldableEntry): GovernanceEvent | null {
  if (!entry.type.startsWith('governance.')) return null
  if (!Object.hasOwn(registry, entry.type)) {
    throw fail('FDP_GOVERNANCE_EVENT_UNKNOWN', { index: entry.index, type: entry.type })
  }
  return checkEvent(entry.type as EventType, entry.governance)
}

/** Holds a governance part against the schema of its type; throws FDP_GOVERNANCE_EVENT_INVALID with the place. */
export function checkEvent(type: EventType, body: unknown): GovernanceEvent {
  const check = checkOf(type)
  if (!check.Check(body)) {
    throw fail('FDP_GOVERNANCE_EVENT_INVALID', { type, where: check.Errors(body).First()?.path || '/' })
  }
  const wrong = wrongInstant(body)
  if (wrong !== null) throw fail('FDP_GOVERNANCE_EVENT_INVALID', { type, where: wrong })
  return { ...(body as object), type } as unknown as GovernanceEvent
}

const instantFields = new Set(['from', 'until', 'at', 'effectiveFrom', 'clearanceUntil', 'trainingUntil', 'nextReview'])

/** The place of a moment that has the form of one and is none, such as 31 February; null if there is none. */
function wrongInstant(node: unknown, path = ''): string | null {
  if (typeof node !== 'object' || node === null) return null
  for (const [key, value] of Object.entries(node)) {
    const at = `${path}/${key}`
    if (typeof value === 'string' && instantFields.has(key) && !isMoment(value)) return at
    const deeper = wrongInstant(value, at)
    if (deeper !== null) return deeper
  }
  return null
}

/** Moments are compared as text here and as numbers by the policies: one that means another would let both disagree. */
function isMoment(text: string): boolean {
  return !Number.isNaN(Date.parse(text)) && parseInstant(text) === text
}
