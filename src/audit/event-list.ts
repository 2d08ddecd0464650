import { type TObject, type TProperties, Type } from '@sinclair/typebox'
import {
  type Duty,
  GrantIdSchema,
  IdSchema,
  InstantSchema,
  literals,
  NameSchema,
  OdsCodeSchema,
  PurposeIdSchema,
  Sha256Schema,
  SubjectIdSchema,
} from '#governance'

const entryIndex = Type.Integer({ minimum: 0 })
const version = Type.Literal(1)

/** Who may sign: `node` is the program itself, `registered` anyone in post, else one of these duties at the controller. */
export type Signers = 'node' | 'registered' | readonly Duty[]

interface EventDefinition<P extends TProperties> {
  readonly says: string
  readonly signers: Signers
  readonly governance: TObject<P>
}

const signed = <const P extends TProperties>(says: string, signers: Signers, properties: P) => ({
  ...{ says, signers },
  governance: Type.Object({ version, by: SubjectIdSchema, ...properties }, { additionalProperties: false }) as TObject<
    P & { version: typeof version; by: typeof SubjectIdSchema }
  >,
})
const ofNode = <const P extends TProperties>(says: string, properties: P) => ({
  ...{ says, signers: 'node' as const },
  governance: Type.Object({ version, ...properties }, { additionalProperties: false }) as TObject<
    P & { version: typeof version }
  >,
})

const guardians: readonly Duty[] = ['caldicott-guardian']
const protectors: readonly Duty[] = ['caldicott-guardian', 'data-protection-officer']
const officers: readonly Duty[] = [
  'information-asset-owner',
  'caldicott-guardian',
  'senior-information-risk-owner',
  'data-protection-officer',
]

/**
 * Why something is kept from a person's own report. Data Protection Act 2018: Schedule 3 paragraph 5 (health data, serious
 * harm), Schedule 3 paragraph 21 (child abuse data), Schedule 2 paragraph 2 (crime), Schedule 2 paragraph 16 (others).
 */
export const withholdingReasons = ['serious-harm', 'child-abuse-data', 'crime', 'rights-of-others'] as const
export const assurances = ['P0', 'P5', 'P9'] as const
export const outcomes = ['acceptable', 'unclear', 'not-acceptable'] as const
export const authorities = ['parental-responsibility', 'power-of-attorney', 'court-deputy', 'consent'] as const
export const rightsKinds = ['access', 'rectification', 'restriction', 'objection'] as const
export const incidentFields = ['nature', 'categories', 'consequences', 'measures', 'contact'] as const

/** Types and governance parts; what else stands in the erasable detail is in spec/audit.md. */
export const eventList = {
  'audit.policies-text': ofNode('the text of a set of policies, in parts', {
    sha256: Sha256Schema,
    part: Type.Integer({ minimum: 1, maximum: 1_000 }),
    parts: Type.Integer({ minimum: 1, maximum: 1_000 }),
    text: Type.String({ maxLength: 50_000 }),
  }),
  'audit.policies-in-force': ofNode('the set of policies by which this node decides from here on', {
    sha256: Sha256Schema,
  }),
  'audit.person-asked': signed('a person, or somebody for them, asked who used their record', 'registered', {
    purpose: PurposeIdSchema,
    /** The read by which the person was found. */
    lookup: entryIndex,
    assurance: literals(assurances),
    proxy: Type.Union([IdSchema, Type.Null()]),
  }),
  'audit.person-refused': signed('such a question was refused', 'registered', {
    purpose: PurposeIdSchema,
    assurance: literals(assurances),
    reason: literals(['assurance', 'purpose', 'no-patient', 'no-proxy']),
  }),
  'audit.redacted': signed('one use is kept from one person’s report until a day', guardians, {
    read: entryIndex,
    until: InstantSchema,
    reason: literals(withholdingReasons),
  }),
  'audit.naming-set': signed('whether reports to patients name staff or give their role', officers, {
    staff: literals(['role', 'name']),
  }),
  'audit.sample-drawn': signed('justifications drawn for review', 'registered', {
    id: IdSchema,
    from: entryIndex,
    /** First entry that is not looked at: the size of the tree whose root drew the sample. */
    to: entryIndex,
    root: Sha256Schema,
    population: entryIndex,
    entries: Type.Array(entryIndex, { maxItems: 1_000 }),
  }),
  'audit.reason-shown': signed('a reviewer was shown the reason that a reader gave', officers, {
    sample: IdSchema,
    entry: entryIndex,
  }),
  'audit.reviewed': signed('one justification was reviewed', officers, {
    sample: IdSchema,
    entry: entryIndex,
    outcome: literals(outcomes),
  }),
  'audit.staff-linked': signed('a member of staff is also a patient here; who is in the detail', protectors, {
    subject: SubjectIdSchema,
  }),
  'audit.alert-acknowledged': signed('somebody looked into an alert', officers, { alert: Sha256Schema }),
  'incident.opened': signed('a suspected breach of personal data', officers, {
    id: IdSchema,
    /** When the controller became aware: the clock of UK GDPR Article 33 starts here. */
    awareAt: InstantSchema,
    grants: Type.Array(GrantIdSchema, { maxItems: 10_000 }),
    persons: Type.Array(SubjectIdSchema, { maxItems: 10_000 }),
    employers: Type.Array(OdsCodeSchema, { maxItems: 1_000 }),
    since: InstantSchema,
  }),
  'incident.contained': signed('access was ended because of an incident', officers, {
    id: IdSchema,
    grants: Type.Array(GrantIdSchema, { maxItems: 10_000 }),
  }),
  'incident.described': signed('a part of the report on an incident; its words are in the detail', officers, {
    id: IdSchema,
    field: literals(incidentFields),
  }),
  'incident.reported': signed('the report went to the supervisory authority', officers, {
    id: IdSchema,
    to: NameSchema,
    at: InstantSchema,
    reportSha256: Sha256Schema,
    /** UK GDPR Article 33(1): reasons for a delay beyond 72 hours. */
    lateBecause: Type.Union([NameSchema, Type.Null()]),
  }),
  'incident.closed': signed('an incident is closed', officers, { id: IdSchema, outcome: NameSchema }),
  'rights.requested': signed('a person used a right under UK GDPR; who is in the detail', 'registered', {
    id: IdSchema,
    right: literals(rightsKinds),
    receivedAt: InstantSchema,
  }),
  'rights.extended': signed('the time to answer was extended by two months', officers, {
    id: IdSchema,
    reason: literals(['complex', 'many-requests']),
  }),
  'rights.answered': signed('a request was answered', officers, {
    id: IdSchema,
    outcome: literals(['granted', 'granted-in-part', 'refused', 'withdrawn']),
    at: InstantSchema,
  }),
  'rights.proxy-recorded': signed('somebody may act for a person; who and for whom is in the detail', protectors, {
    id: IdSchema,
    authority: literals(authorities),
    until: InstantSchema,
  }),
} as const satisfies Record<string, EventDefinition<TProperties>>
