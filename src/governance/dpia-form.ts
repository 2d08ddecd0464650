import { type Static, Type } from '@sinclair/typebox'
import { canonicalJson, type JsonObject, sha256Hex } from '#kernel'
import {
  IdSchema,
  InstantSchema,
  LevelSchema,
  NameSchema,
  ObjectsSchema,
  OdsCodeSchema,
  PersonKindSchema,
  PurposesSchema,
  TextSchema,
} from './vocabulary.ts'

const closed = { additionalProperties: false }

/** One sentence of a DPIA that a machine can hold against a grant: all of its parts must contain it. */
export const DpiaClaimSchema = Type.Object(
  {
    kinds: Type.Array(PersonKindSchema, { minItems: 1 }),
    objects: ObjectsSchema,
    levels: Type.Array(LevelSchema, { minItems: 1 }),
    purposes: PurposesSchema,
    daysMax: Type.Integer({ minimum: 1, maximum: 3_660 }),
    /** Employers that may receive; any if left out. */
    recipients: Type.Optional(Type.Array(OdsCodeSchema, { minItems: 1, maxItems: 500 })),
    /** Whether the reader's training has to be current. */
    training: Type.Optional(Type.Boolean()),
  },
  closed,
)
export type DpiaClaim = Static<typeof DpiaClaimSchema>

/** Limits over all grants together. Left out: nobody elevated, no contract foreseen, and no limit of breadth. */
export const DpiaBoundsSchema = Type.Object(
  {
    elevated: Type.Optional(
      Type.Object(
        {
          /** People of processors who may see identifiable rows at one time, in this tenant. */
          peopleMax: Type.Integer({ minimum: 0, maximum: 1_000 }),
          daysMax: Type.Integer({ minimum: 1, maximum: 366 }),
          reviewDays: Type.Integer({ minimum: 1, maximum: 366 }),
        },
        closed,
      ),
    ),
    breadth: Type.Optional(
      Type.Object(
        {
          /** Data sets of which one person, or all people of one other employer, may see rows. */
          personMax: Type.Integer({ minimum: 1, maximum: 500 }),
          employerMax: Type.Integer({ minimum: 1, maximum: 500 }),
        },
        closed,
      ),
    ),
    contracts: Type.Optional(
      Type.Array(
        Type.Object(
          {
            id: IdSchema,
            until: InstantSchema,
            subProcessors: Type.Array(OdsCodeSchema, { maxItems: 50 }),
            purposes: PurposesSchema,
          },
          closed,
        ),
        { maxItems: 50 },
      ),
    ),
    retentionDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 36_600 })),
  },
  closed,
)
export type DpiaBounds = Static<typeof DpiaBoundsSchema>

const opinion = Type.Object({ by: NameSchema, at: InstantSchema, says: TextSchema }, closed)

/** The assessment as people read it (UK GDPR Articles 35 and 36). */
export const DpiaDocumentSchema = Type.Object(
  {
    necessity: TextSchema,
    risks: Type.Array(
      Type.Object(
        {
          risk: TextSchema,
          measure: TextSchema,
          /** What remains after the measure. */
          residual: Type.Union([Type.Literal('low'), Type.Literal('medium'), Type.Literal('high')]),
        },
        closed,
      ),
      { minItems: 1, maxItems: 50 },
    ),
    officerAdvice: opinion,
    consulted: Type.Array(Type.Object({ who: NameSchema, said: TextSchema }, closed), { minItems: 1, maxItems: 50 }),
    /** Needed where a risk stays high (Article 36). */
    priorConsultation: Type.Union([Type.Null(), Type.Object({ reference: NameSchema, outcome: TextSchema }, closed)]),
    guardianDecision: opinion,
    riskOwnerDecision: opinion,
    nextReview: InstantSchema,
  },
  closed,
)
export type DpiaDocument = Static<typeof DpiaDocumentSchema>

/** The hash of a version: of title, document, claims and bounds in canonical JSON (RFC 8785). */
export function dpiaHash(version: {
  readonly title: string
  readonly document?: DpiaDocument | null | undefined
  readonly claims: readonly DpiaClaim[]
  readonly bounds?: DpiaBounds | undefined
}): string {
  const { title, document = null, claims, bounds = {} } = version
  return sha256Hex(canonicalJson({ title, document, claims, bounds } as unknown as JsonObject))
}

/** What a person who reads it would call incomplete; null if nothing. */
export function whyIncomplete(document: DpiaDocument): string | null {
  if (document.risks.some(({ residual }) => residual === 'high') && document.priorConsultation === null) {
    return 'a risk stays high and nothing is said of prior consultation'
  }
  return null
}
