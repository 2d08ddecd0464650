import { type Static, type TObject, type TProperties, Type } from '@sinclair/typebox'
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler'
import type { Instant, JsonObject } from '#kernel'
import { fail } from './errors.ts'
import {
  ActionSchema,
  CommonLawBasisSchema,
  DpiaClaimSchema,
  DpiaRefSchema,
  DutySchema,
  IdSchema,
  InstantSchema,
  JustificationSchema,
  LevelSchema,
  NameSchema,
  OdsCodeSchema,
  PersonKindSchema,
  PurposeClassSchema,
  PurposeIdSchema,
  RowScopeSchema,
  Sha256Schema,
  SubjectIdSchema,
  TenantIdSchema,
  TermSchema,
} from './vocabulary.ts'

/** What the fold needs of a ledger entry: its place, its time and the part that is never erased. */
export interface FoldableEntry {
  readonly index: number
  readonly time: Instant
  readonly type: string
  readonly governance: JsonObject
}

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])

/** Every event says its version and who signs it. */
const event = <P extends TProperties>(properties: P) =>
  Type.Object(
    { version: Type.Literal(1), by: SubjectIdSchema, ...properties },
    { additionalProperties: false },
  ) as TObject<P & { version: ReturnType<typeof Type.Literal<1>>; by: typeof SubjectIdSchema }>

const personFields = { id: SubjectIdSchema, name: NameSchema, role: NameSchema, duties: Type.Array(DutySchema) }

/** Event types and their governance parts. spec/governance-events.md says each in words. */
export const eventSchemas = {
  'governance.tenant-opened': event({
    tenant: TenantIdSchema,
    controller: Type.Object({ id: OdsCodeSchema, name: NameSchema }, { additionalProperties: false }),
    officers: Type.Array(Type.Object(personFields, { additionalProperties: false }), { minItems: 1, maxItems: 20 }),
  }),
  'governance.organisation-registered': event({ id: OdsCodeSchema, name: NameSchema }),
  'governance.person-registered': event({
    ...personFields,
    kind: PersonKindSchema,
    employer: OdsCodeSchema,
    clearanceUntil: nullable(InstantSchema),
    from: InstantSchema,
  }),
  'governance.person-left': event({ person: SubjectIdSchema, at: InstantSchema }),
  'governance.purpose-registered': event({
    id: PurposeIdSchema,
    name: NameSchema,
    class: PurposeClassSchema,
    article6: Type.String({ pattern: '^6\\(1\\)\\([a-f]\\)$' }),
    article9: nullable(Type.String({ pattern: '^9\\(2\\)\\([a-j]\\)$' })),
    commonLaw: CommonLawBasisSchema,
    justification: JustificationSchema,
  }),
  'governance.dpia-approved': event({
    id: IdSchema,
    dpiaVersion: Type.Integer({ minimum: 1 }),
    title: NameSchema,
    sha256: Sha256Schema,
    effectiveFrom: InstantSchema,
    claims: Type.Array(DpiaClaimSchema, { maxItems: 500 }),
  }),
  'governance.grant-approved': event({
    id: IdSchema,
    subject: SubjectIdSchema,
    action: ActionSchema,
    object: TermSchema,
    columns: Type.Array(TermSchema, { minItems: 1, maxItems: 1_000 }),
    level: LevelSchema,
    rows: RowScopeSchema,
    purpose: PurposeIdSchema,
    from: InstantSchema,
    until: InstantSchema,
    dpia: DpiaRefSchema,
    disclosurePolicy: nullable(Type.String({ minLength: 1, maxLength: 100 })),
  }),
  'governance.grant-revoked': event({ grant: IdSchema, at: InstantSchema, reason: NameSchema }),
} as const

export type EventType = keyof typeof eventSchemas
export type EventBody<T extends EventType> = Static<(typeof eventSchemas)[T]>
export type GovernanceEvent = { [T in EventType]: { readonly type: T } & EventBody<T> }[EventType]

const checks = new Map<string, TypeCheck<TObject>>(
  Object.entries(eventSchemas).map(([type, schema]) => [type, TypeCompiler.Compile(schema as unknown as TObject)]),
)

/**
 * The event in an entry, or null for entries of other modules.
 * Throws FDP_GOVERNANCE_EVENT_UNKNOWN for a governance type that this release does not know (a later release wrote it:
 * guessing could open what it closed), FDP_GOVERNANCE_EVENT_INVALID for one that breaks its schema.
 */
export function parseEvent(entry: FoldableEntry): GovernanceEvent | null {
  if (!entry.type.startsWith('governance.')) return null
  if (!checks.has(entry.type)) {
    throw fail('FDP_GOVERNANCE_EVENT_UNKNOWN', { index: entry.index, type: entry.type })
  }
  return checkEvent(entry.type as EventType, entry.governance)
}

/** Holds a governance part against the schema of its type; throws FDP_GOVERNANCE_EVENT_INVALID with the place. */
export function checkEvent(type: EventType, body: unknown): GovernanceEvent {
  const check = checks.get(type)!
  if (!check.Check(body)) {
    throw fail('FDP_GOVERNANCE_EVENT_INVALID', { type, where: check.Errors(body).First()?.path || '/' })
  }
  for (const [field, value] of Object.entries(body)) {
    if (instantFields.has(field) && value !== null && Number.isNaN(Date.parse(value as string))) {
      throw fail('FDP_GOVERNANCE_EVENT_INVALID', { type, where: `/${field}` })
    }
  }
  return { ...body, type } as unknown as GovernanceEvent
}

const instantFields = new Set(['from', 'until', 'at', 'effectiveFrom', 'clearanceUntil'])
