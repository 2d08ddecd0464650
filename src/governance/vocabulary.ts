import { type Static, Type } from '@sinclair/typebox'
import type { Instant, OdsCode, PurposeId, SubjectId, TenantId } from '#kernel'
import type { ConfidentialityBasis, Level } from '#privacy'

/** How much of a person a reader sees, least identifying first. */
export const levels = ['aggregate', 'pseudonymised', 'identifiable'] as const satisfies readonly Level[]
export type { Level }

/** DOMAIN section 9: a care partner has a care role under an agreement and is not a processor's staff. */
export const personKinds = ['controller-staff', 'care-partner', 'processor-staff', 'other'] as const
export type PersonKind = (typeof personKinds)[number]

/** What a person answers for. The first two approve; a platform administrator never reads. */
export const duties = [
  'information-asset-owner',
  'caldicott-guardian',
  'senior-information-risk-owner',
  'data-protection-officer',
  'clinical-safety-officer',
  'registrar',
  'platform-administrator',
] as const
export type Duty = (typeof duties)[number]

/** Duties that may approve grants and DPIA versions. */
export const approvingDuties: readonly Duty[] = ['information-asset-owner', 'caldicott-guardian']

/** How high somebody stands in their organisation: a processor's sight of identifiable data needs a director. */
export const grades = ['staff', 'director'] as const
export type Grade = (typeof grades)[number]

/** What an organisation is. The last five are never recipients (policies/access.cedar). */
export const sectors = [
  'nhs',
  'general-practice',
  'local-authority',
  'independent-provider',
  'charity',
  'university',
  'supplier',
  'government',
  'other',
  'immigration-enforcement',
  'police',
  'defence',
  'insurer',
  'marketer',
] as const
export type Sector = (typeof sectors)[number]

/** Uses that no grant, agreement or setting can open: one policy each. They can be registered, so that asking is on record. */
export const forbiddenUses = [
  'immigration-enforcement',
  'policing',
  'defence',
  'insurance',
  'marketing',
  'supplier-own-purposes',
  'model-training',
] as const

export const purposeClasses = [
  'individual-care',
  'direct-care-support',
  'planning',
  'official-statistics',
  'commissioning',
  'research',
  'platform',
  ...forbiddenUses,
] as const
export type PurposeClass = (typeof purposeClasses)[number]

/**
 * The common-law basis beside UK GDPR (DOMAIN section 3). `consent` is explicit; `implied-consent` carries individual
 * care only; `none` leaves confidential data without a footing.
 */
export const commonLawBases = [
  'implied-consent',
  'consent',
  'law-required',
  's251-reg2',
  's251-reg3',
  's251-reg5',
  'public-interest',
  'none',
] as const satisfies readonly (ConfidentialityBasis | 'implied-consent')[]
export type CommonLawBasis = (typeof commonLawBases)[number]

/** Bases that mean nothing unless a legal instrument that is in force stands behind them. */
export const basesWithInstrument: readonly CommonLawBasis[] = ['law-required', 's251-reg2', 's251-reg3', 's251-reg5']

/** Directions (HSCA 2012 s254), notices (s259), support under s251 of the NHS Act 2006, statutes, orders of a court. */
export const instrumentKinds = ['direction', 'notice', 's251-support', 'statute', 'court-order'] as const

/** What stands behind a grant: an approval, an emergency, or a look at one row with a witness. */
export const grantBases = ['approval', 'break-glass', 'one-row'] as const
export type GrantBasis = (typeof grantBases)[number]

/** One of these texts. */
export const literals = <const T extends readonly [string, ...string[]]>(values: T) =>
  Type.Unsafe<T[number]>(Type.Union(values.map((value) => Type.Literal(value))))

export const LevelSchema = literals(levels)
export const PersonKindSchema = literals(personKinds)
export const DutySchema = literals(duties)
export const GradeSchema = literals(grades)
export const SectorSchema = literals(sectors)
export const PurposeClassSchema = literals(purposeClasses)
export const CommonLawBasisSchema = literals(commonLawBases)
export const InstrumentKindSchema = literals(instrumentKinds)
/** Read rows or figures; submit a file of it; edit rows that one reads, by a declared action. */
export const grantActions = ['read', 'submit', 'edit'] as const
export const ActionSchema = literals(grantActions)
export type Action = Static<typeof ActionSchema>
/** As a sentence says what somebody may do with a data set. */
export const actionInWords: Readonly<Record<Action, string>> = { read: 'read', submit: 'send in', edit: 'edit' }
export const JustificationSchema = literals(['never', 'once-a-session', 'each-read'])

export const TenantIdSchema = Type.Unsafe<TenantId>(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,39}$' }))
export const SubjectIdSchema = Type.Unsafe<SubjectId>(
  Type.String({ pattern: '^[a-z0-9][a-z0-9._-]*(@[a-z0-9][a-z0-9.-]*)?$', maxLength: 200 }),
)
export const PurposeIdSchema = Type.Unsafe<PurposeId>(Type.String({ pattern: '^[a-z][a-z0-9-]{0,59}$' }))
export const OdsCodeSchema = Type.Unsafe<OdsCode>(Type.String({ pattern: '^[A-Z0-9]{2,10}$' }))
export const InstantSchema = Type.Unsafe<Instant>(
  Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' }),
)
export const IdSchema = Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,79}$' })
/** Of a grant, whatever it stands on: an opening names those that it makes `<opening>.<object type>`. */
export const GrantIdSchema = Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,79}(\\.[A-Za-z_][A-Za-z0-9_]{0,119})?$' })
export const NameSchema = Type.String({ minLength: 1, maxLength: 200 })
/** A paragraph of a document. */
export const TextSchema = Type.String({ minLength: 1, maxLength: 4_000 })
export const Sha256Schema = Type.String({ pattern: '^[0-9a-f]{64}$' })
/** Object types and properties as contracts name them. */
export const TermSchema = Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,119}$' })
export const ObjectsSchema = Type.Array(TermSchema, { minItems: 1, maxItems: 500 })
export const PurposesSchema = Type.Array(PurposeIdSchema, { minItems: 1, maxItems: 100 })

/** Which rows a grant reaches: those of the controllers, and only where every condition holds. */
export const RowScopeSchema = Type.Object(
  {
    controllers: Type.Union([Type.Literal('all'), Type.Array(OdsCodeSchema, { minItems: 1, maxItems: 1_000 })]),
    where: Type.Array(
      Type.Object(
        { property: TermSchema, in: Type.Array(Type.String({ maxLength: 100 }), { minItems: 1, maxItems: 1_000 }) },
        { additionalProperties: false },
      ),
      { maxItems: 20 },
    ),
  },
  { additionalProperties: false },
)
/** `only`: nothing but the one person or record that the erasable detail of that ledger entry names. */
export type RowScope = Static<typeof RowScopeSchema> & { readonly only?: { readonly entry: number } }

export const DpiaRefSchema = Type.Object(
  { id: IdSchema, version: Type.Integer({ minimum: 1 }), sha256: Sha256Schema },
  { additionalProperties: false },
)
export type DpiaRef = Static<typeof DpiaRefSchema>

/** A role in a team, as holder of a grant: whoever has it at the moment. */
export const TeamRoleSchema = Type.Object({ team: IdSchema, role: IdSchema }, { additionalProperties: false })
export type TeamRole = Static<typeof TeamRoleSchema>

/** The contract that a processor's grant rests on, and the instruction in it (UK GDPR Article 28(3)(a)). */
export const ContractRefSchema = Type.Object({ id: IdSchema, instruction: IdSchema }, { additionalProperties: false })
export type ContractRef = Static<typeof ContractRefSchema>

export const AgreementRefSchema = Type.Object(
  { id: IdSchema, version: Type.Integer({ minimum: 1 }) },
  { additionalProperties: false },
)
export type AgreementRef = Static<typeof AgreementRefSchema>
