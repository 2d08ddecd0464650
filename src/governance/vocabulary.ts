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
  'registrar',
  'platform-administrator',
] as const
export type Duty = (typeof duties)[number]

/** Duties that may approve grants and DPIA versions. */
export const approvingDuties: readonly Duty[] = ['information-asset-owner', 'caldicott-guardian']

export const purposeClasses = [
  'individual-care',
  'direct-care-support',
  'planning',
  'official-statistics',
  'commissioning',
  'research',
  'platform',
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

const literals = <const T extends readonly [string, ...string[]]>(values: T) =>
  Type.Unsafe<T[number]>(Type.Union(values.map((value) => Type.Literal(value))))

export const LevelSchema = literals(levels)
export const PersonKindSchema = literals(personKinds)
export const DutySchema = literals(duties)
export const PurposeClassSchema = literals(purposeClasses)
export const CommonLawBasisSchema = literals(commonLawBases)
export const ActionSchema = literals(['read', 'submit'])
export type Action = Static<typeof ActionSchema>
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
export const NameSchema = Type.String({ minLength: 1, maxLength: 200 })
export const Sha256Schema = Type.String({ pattern: '^[0-9a-f]{64}$' })
/** Object types and properties as contracts name them. */
export const TermSchema = Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,119}$' })

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
export type RowScope = Static<typeof RowScopeSchema>

export const DpiaRefSchema = Type.Object(
  { id: IdSchema, version: Type.Integer({ minimum: 1 }), sha256: Sha256Schema },
  { additionalProperties: false },
)
export type DpiaRef = Static<typeof DpiaRefSchema>

/** One sentence of a DPIA that a machine can hold against a grant: all five must contain it. */
export const DpiaClaimSchema = Type.Object(
  {
    kinds: Type.Array(PersonKindSchema, { minItems: 1 }),
    objects: Type.Array(TermSchema, { minItems: 1, maxItems: 500 }),
    levels: Type.Array(LevelSchema, { minItems: 1 }),
    purposes: Type.Array(PurposeIdSchema, { minItems: 1, maxItems: 100 }),
    daysMax: Type.Integer({ minimum: 1, maximum: 3_660 }),
  },
  { additionalProperties: false },
)
export type DpiaClaim = Static<typeof DpiaClaimSchema>
