import { type Static, Type } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import { fail } from './errors.ts'
import type { FoldableEntry } from './events.ts'
import { InstantSchema, OdsCodeSchema, Sha256Schema, SubjectIdSchema, TermSchema } from './vocabulary.ts'

const CountSchema = Type.Integer({ minimum: 0 })
const ManifestSchema = Type.Union([Sha256Schema, Type.Null()])

/**
 * The governance part of a `flow.published` entry: the commit point of a submission. `lake` and `vault` name the
 * manifests that are current from this entry on; null leaves the one before in force (a type without identity columns
 * has no new vault manifest). `replaces` names those that were current when the flow began: a mismatch is a fork.
 */
export const FlowPublishedSchema = Type.Object(
  {
    version: Type.Literal(1),
    by: SubjectIdSchema,
    /** Id of the landed blob: equal ids mean equal bytes. */
    submission: Type.String({ minLength: 1, maxLength: 200 }),
    object: TermSchema,
    controller: OdsCodeSchema,
    /** The moment that the data speak of. */
    asAt: InstantSchema,
    rows: CountSchema,
    quarantined: CountSchema,
    lake: ManifestSchema,
    vault: ManifestSchema,
    replaces: Type.Object({ lake: ManifestSchema, vault: ManifestSchema }, { additionalProperties: false }),
    /** Name and version of the mapping that turned the file into the contract's columns. */
    mapping: Type.String({ minLength: 1, maxLength: 200 }),
    contract: Type.Object({ origin: Type.String({ maxLength: 40 }) }, { additionalProperties: true }),
    /** How unique rows are at each level; counts only. */
    kReport: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { additionalProperties: false },
)
export type FlowPublished = Static<typeof FlowPublishedSchema>
const published = TypeCompiler.Compile(FlowPublishedSchema)

/** A publication and the entry that made it so. */
export interface Publication extends FlowPublished {
  readonly entry: number
}

/** What data exist, as of an entry. A value: `foldCatalogue` makes a new one. */
export interface Catalogue {
  /** Index of the last entry folded; -1 before the first. */
  readonly upTo: number
  /** The manifest of each object type's current version. */
  readonly lake: ReadonlyMap<string, string>
  /** The tenant's current vault manifest. */
  readonly vault: string | null
  /** Every publication, in order of entry. */
  readonly history: readonly Publication[]
  /** The publication in force for each object type and controller, by `publicationKey`. */
  readonly current: ReadonlyMap<string, Publication>
}

export function emptyCatalogue(): Catalogue {
  return { upTo: -1, lake: new Map(), vault: null, history: [], current: new Map() }
}

export function publicationKey(object: string, controller: string): string {
  return `${object} ${controller}`
}

/**
 * The catalogue after one more entry. Pure. Entries other than `flow.published` only move `upTo`.
 * Throws FDP_GOVERNANCE_ENTRY_ORDER, FDP_GOVERNANCE_EVENT_INVALID, and FDP_GOVERNANCE_CATALOGUE_FORK where an entry
 * replaces a version that was not the current one.
 */
export function foldCatalogue(catalogue: Catalogue, entry: FoldableEntry): Catalogue {
  if (entry.index !== catalogue.upTo + 1) {
    throw fail('FDP_GOVERNANCE_ENTRY_ORDER', { index: entry.index, upTo: catalogue.upTo })
  }
  if (entry.type !== 'flow.published') return { ...catalogue, upTo: entry.index }
  const publication: Publication = { ...checkFlowPublished(entry.governance), entry: entry.index }
  const { object, controller, replaces, lake, vault } = publication
  if (replaces.lake !== (catalogue.lake.get(object) ?? null) || replaces.vault !== catalogue.vault) {
    throw fail('FDP_GOVERNANCE_CATALOGUE_FORK', { index: entry.index, object })
  }
  return {
    upTo: entry.index,
    lake: lake === null ? catalogue.lake : new Map(catalogue.lake).set(object, lake),
    vault: vault ?? catalogue.vault,
    history: [...catalogue.history, publication],
    current: new Map(catalogue.current).set(publicationKey(object, controller), publication),
  }
}

/** Throws FDP_GOVERNANCE_EVENT_INVALID with the place; flows check what they are about to write with it. */
export function checkFlowPublished(body: unknown): FlowPublished {
  if (published.Check(body)) return body
  throw fail('FDP_GOVERNANCE_EVENT_INVALID', {
    type: 'flow.published',
    where: published.Errors(body).First()?.path || '/',
  })
}

/** The catalogue as it was after an entry: time travel. Cost: one pass over the publications. */
export function catalogueAt(catalogue: Catalogue, entry: number): Catalogue {
  let lake = new Map<string, string>()
  let vault: string | null = null
  const current = new Map<string, Publication>()
  const history = catalogue.history.filter((publication) => publication.entry <= entry)
  for (const publication of history) {
    if (publication.lake !== null) lake = lake.set(publication.object, publication.lake)
    vault = publication.vault ?? vault
    current.set(publicationKey(publication.object, publication.controller), publication)
  }
  return { upTo: Math.min(entry, catalogue.upTo), lake, vault, history, current }
}

/** Whether these very bytes are what is in force for an object type and controller: publishing them changes nothing. */
export function isPublished(catalogue: Catalogue, object: string, controller: string, submission: string): boolean {
  return catalogue.current.get(publicationKey(object, controller))?.submission === submission
}

/** Every manifest that an entry ever named: what a sweep must keep while all history is retained. */
export function namedManifests(catalogue: Catalogue): {
  readonly lake: readonly string[]
  readonly vault: readonly string[]
} {
  const named = (part: 'lake' | 'vault') => [
    ...new Set(catalogue.history.map((publication) => publication[part]).filter((manifest) => manifest !== null)),
  ]
  return { lake: named('lake'), vault: named('vault') }
}
