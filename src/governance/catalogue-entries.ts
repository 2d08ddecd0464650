import { type Static, Type } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import type { DateOnly } from '#kernel'
import { fail } from './errors.ts'
import { IdSchema, OdsCodeSchema, Sha256Schema, SubjectIdSchema, TermSchema } from './vocabulary.ts'

const CountSchema = Type.Integer({ minimum: 0 })
const ManifestSchema = Type.Union([Sha256Schema, Type.Null()])

/**
 * New lake versions of other object types that an entry makes current with it, because rows moved from one person to
 * another: only `_person` differs.
 */
const LakesSchema = Type.Array(
  Type.Object({ object: TermSchema, lake: Sha256Schema, replaces: Sha256Schema }, { additionalProperties: false }),
  { maxItems: 1_000 },
)

const FieldsSchema = Type.Array(Type.String({ maxLength: 130 }), { maxItems: 1_000 })

const DerivedSchema = Type.Object(
  {
    /** Hash of the model's declaration and SQL. */
    model: Sha256Schema,
    /** The `model.started` entry under which the inputs were opened. */
    started: CountSchema,
    /** What was read: an object type and its version, null where it has none. */
    inputs: Type.Array(Type.Object({ object: TermSchema, lake: ManifestSchema }, { additionalProperties: false }), {
      maxItems: 100,
    }),
    /** Each column of the type: the columns of inputs that its values come from, and those that decide which of them. */
    columns: Type.Record(
      Type.String(),
      Type.Object({ from: FieldsSchema, by: FieldsSchema }, { additionalProperties: false }),
    ),
    /** Columns of inputs that decide which rows there are. */
    rows: FieldsSchema,
  },
  { additionalProperties: false },
)

/**
 * The governance part of a `flow.published` entry: the commit point of a submission. `lake` and `vault` name the
 * manifests that are current from this entry on; null leaves the one before in force (a type without identity columns
 * has no new vault manifest). `replaces` names those that were current when the flow began: a mismatch is a fork.
 */
export const FlowPublishedSchema = Type.Object(
  {
    version: Type.Literal(1),
    by: SubjectIdSchema,
    /** The name that flows give it: equal names mean the same bytes for the same object, controller and day. */
    submission: Type.String({ minLength: 1, maxLength: 200 }),
    object: TermSchema,
    controller: OdsCodeSchema,
    /** The day that the data speak of. */
    asAt: Type.Unsafe<DateOnly>(Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d$' })),
    rows: CountSchema,
    quarantined: CountSchema,
    lake: ManifestSchema,
    vault: ManifestSchema,
    replaces: Type.Object({ lake: ManifestSchema, vault: ManifestSchema }, { additionalProperties: false }),
    /** What turned the file into the contract's columns, with `made`, which fields they are of; null: it had them by name. */
    mapping: Type.Union([Type.Object({ id: Type.String(), version: Type.Integer() }), Type.Null()]),
    contract: Type.Object({ origin: Type.String({ maxLength: 40 }) }, { additionalProperties: true }),
    /** How unique rows are at each level; counts only. */
    kReport: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    also: Type.Optional(LakesSchema),
    /** Where no file came in: the model that made the rows, of which versions, and which column of what. */
    derived: Type.Optional(DerivedSchema),
    /** What flows say of the submission: counts, rules, columns of the contract, hashes. */
    report: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { additionalProperties: false },
)
export type FlowPublished = Static<typeof FlowPublishedSchema>
const published = TypeCompiler.Compile(FlowPublishedSchema)

/** The governance part of `person.split` and `person.joined`: one patient's rows moved to another person. */
export const PersonMovedSchema = Type.Object(
  {
    version: Type.Literal(1),
    by: SubjectIdSchema,
    purpose: Type.String({ minLength: 1, maxLength: 60 }),
    controller: OdsCodeSchema,
    lakes: LakesSchema,
    vault: Sha256Schema,
    replaces: Type.Object({ vault: Sha256Schema }, { additionalProperties: false }),
  },
  { additionalProperties: false },
)
export type PersonMoved = Static<typeof PersonMovedSchema>
const moved = TypeCompiler.Compile(PersonMovedSchema)

/** The governance part of `person.rows-erased`: versions without one person take the place of those with them. */
export const RowsErasedSchema = Type.Object(
  {
    version: Type.Literal(1),
    erasure: IdSchema,
    /** Rows of the lake that are in the version before and not in this one. */
    rows: CountSchema,
    lakes: LakesSchema,
    vault: ManifestSchema,
    replaces: Type.Object({ vault: ManifestSchema }, { additionalProperties: false }),
  },
  { additionalProperties: false },
)
export type RowsErased = Static<typeof RowsErasedSchema>
const rowsErased = TypeCompiler.Compile(RowsErasedSchema)

/**
 * The governance part of `data.lost`: of what was current in a backup something opens no more, and versions of what is left
 * take its place. Of what is named in `lost` nobody reads before its controller has sent it again.
 */
export const DataLostSchema = Type.Object(
  {
    version: Type.Literal(1),
    lakes: LakesSchema,
    vault: ManifestSchema,
    replaces: Type.Object({ vault: ManifestSchema }, { additionalProperties: false }),
    lost: Type.Array(Type.Object({ object: TermSchema, controller: OdsCodeSchema }, { additionalProperties: false }), {
      maxItems: 10_000,
    }),
  },
  { additionalProperties: false },
)
export type DataLost = Static<typeof DataLostSchema>
const dataLost = TypeCompiler.Compile(DataLostSchema)

/**
 * The governance part of `data.purged`: versions and blobs that nobody opens any more from this entry on; they are
 * destroyed after it. `because` names the erasure or the rule of retention.
 */
export const DataPurgedSchema = Type.Object(
  {
    version: Type.Literal(1),
    because: Type.Object(
      /** `purpose`: with the rule `purposes`, the one that needed it for longest. */
      { erasure: Type.Optional(IdSchema), rule: Type.Optional(IdSchema), purpose: Type.Optional(IdSchema) },
      { additionalProperties: false },
    ),
    lake: Type.Array(Sha256Schema, { maxItems: 200 }),
    vault: Type.Array(Sha256Schema, { maxItems: 200 }),
    blobs: Type.Array(Type.Object({ blob: Sha256Schema, now: ManifestSchema }, { additionalProperties: false }), {
      maxItems: 200,
    }),
  },
  { additionalProperties: false },
)
export type DataPurged = Static<typeof DataPurgedSchema>
const purged = TypeCompiler.Compile(DataPurgedSchema)

/** Throws FDP_GOVERNANCE_EVENT_INVALID with the place. */
export function checkRowsErased(body: unknown): RowsErased {
  if (rowsErased.Check(body)) return body
  const where = rowsErased.Errors(body).First()?.path || '/'
  throw fail('FDP_GOVERNANCE_EVENT_INVALID', { type: 'person.rows-erased', where })
}

/** Throws FDP_GOVERNANCE_EVENT_INVALID with the place. */
export function checkDataLost(body: unknown): DataLost {
  if (dataLost.Check(body)) return body
  throw fail('FDP_GOVERNANCE_EVENT_INVALID', { type: 'data.lost', where: dataLost.Errors(body).First()?.path || '/' })
}

/** Throws FDP_GOVERNANCE_EVENT_INVALID with the place. */
export function checkDataPurged(body: unknown): DataPurged {
  if (purged.Check(body)) return body
  throw fail('FDP_GOVERNANCE_EVENT_INVALID', { type: 'data.purged', where: purged.Errors(body).First()?.path || '/' })
}

/** Throws FDP_GOVERNANCE_EVENT_INVALID with the place. */
export function checkPersonMoved(type: string, body: unknown): PersonMoved {
  if (moved.Check(body)) return body
  throw fail('FDP_GOVERNANCE_EVENT_INVALID', { type, where: moved.Errors(body).First()?.path || '/' })
}

/** Throws FDP_GOVERNANCE_EVENT_INVALID with the place; flows check what they are about to write with it. */
export function checkFlowPublished(body: unknown): FlowPublished {
  if (published.Check(body)) return body
  throw fail('FDP_GOVERNANCE_EVENT_INVALID', {
    type: 'flow.published',
    where: published.Errors(body).First()?.path || '/',
  })
}
