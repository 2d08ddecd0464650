import { type Static, Type } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import type { DateOnly } from '#kernel'
import { fail } from './errors.ts'
import type { FoldableEntry } from './events.ts'
import { OdsCodeSchema, Sha256Schema, SubjectIdSchema, TermSchema } from './vocabulary.ts'

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
    /** What turned the file into the contract's columns; null: the file had them by name. */
    mapping: Type.Union([Type.Object({ id: Type.String(), version: Type.Integer() }), Type.Null()]),
    contract: Type.Object({ origin: Type.String({ maxLength: 40 }) }, { additionalProperties: true }),
    /** How unique rows are at each level; counts only. */
    kReport: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    also: Type.Optional(LakesSchema),
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
const movedTypes: readonly string[] = ['person.split', 'person.joined']

/** A publication and the entry that made it so. */
export interface Publication extends FlowPublished {
  readonly entry: number
}

/** A move and the entry that made it so. */
export interface Move extends PersonMoved {
  readonly entry: number
}

interface CatalogueFields {
  readonly upTo: number
  readonly moves: readonly Move[]
  readonly lake: ReadonlyMap<string, string>
  readonly vault: string | null
  readonly history: readonly Publication[]
  readonly current: ReadonlyMap<string, Publication>
}

/** What data exist, as of an entry. A value: `foldCatalogue` makes a new one. */
export class Catalogue {
  /** Index of the last entry folded; -1 before the first. */
  readonly upTo: number
  /** Every publication, in order of entry. */
  readonly history: readonly Publication[]
  /** Every move of a patient's rows to another person, in order of entry. */
  readonly moves: readonly Move[]
  readonly #lake: ReadonlyMap<string, string>
  readonly #vault: string | null
  readonly #current: ReadonlyMap<string, Publication>

  constructor(fields: CatalogueFields) {
    this.upTo = fields.upTo
    this.history = fields.history
    this.moves = fields.moves
    this.#lake = fields.lake
    this.#vault = fields.vault
    this.#current = fields.current
  }

  /** The manifest of an object type's current version, of all its controllers; null where nothing is published. */
  lakeManifest(object: string): string | null {
    return this.#lake.get(object) ?? null
  }

  /** The tenant's current vault manifest; there is one for all object types. */
  vaultManifest(): string | null {
    return this.#vault
  }

  /** The publication in force for an object type and controller. */
  publication(object: string, controller: string): Publication | null {
    return this.#current.get(publicationKey(object, controller)) ?? null
  }

  /** Whether these very bytes are in force: publishing them again changes nothing. */
  isPublished(object: string, controller: string, submission: string): boolean {
    return this.publication(object, controller)?.submission === submission
  }

  /** Publications in force, one for each object type and controller. */
  publications(): readonly Publication[] {
    return [...this.#current.values()]
  }

  /** As it was after an entry: time travel, within what the lake still keeps. One pass over the history. */
  at(entry: number): Catalogue {
    const changes: (Publication | Move)[] = [...this.history, ...this.moves].filter((change) => change.entry <= entry)
    changes.sort((a, b) => a.entry - b.entry)
    const fields = changes.reduce(withChange, emptyCatalogueFields)
    return new Catalogue({ ...fields, upTo: Math.min(entry, this.upTo) })
  }

  /** The catalogue after one more publication or move; `foldCatalogue` checks it first. */
  with(change: Publication | Move): Catalogue {
    return new Catalogue(withChange(this.#fields(), change))
  }

  /** The same data, one entry later. */
  moved(upTo: number): Catalogue {
    return new Catalogue({ ...this.#fields(), upTo })
  }

  /** Every manifest that an entry ever named: what a sweep must keep while all history is retained. */
  namedManifests(): { readonly lake: readonly string[]; readonly vault: readonly string[] } {
    const named = (manifests: readonly (string | null)[]) => [...new Set(manifests.filter((each) => each !== null))]
    const changes = [...this.history, ...this.moves]
    return {
      lake: named(changes.flatMap((change) => lakesOf(change).map(({ lake }) => lake))),
      vault: named(changes.map(({ vault }) => vault)),
    }
  }

  #fields(): CatalogueFields {
    const { upTo, history, moves } = this
    return { upTo, history, moves, lake: this.#lake, vault: this.#vault, current: this.#current }
  }
}

const emptyCatalogueFields: CatalogueFields = {
  upTo: -1,
  lake: new Map(),
  vault: null,
  history: [],
  moves: [],
  current: new Map(),
}

export function emptyCatalogue(): Catalogue {
  return new Catalogue(emptyCatalogueFields)
}

/**
 * The catalogue after one more entry. Pure. Entries other than `flow.published`, `person.split` and `person.joined`
 * only move `upTo`.
 * Throws FDP_GOVERNANCE_ENTRY_ORDER, FDP_GOVERNANCE_EVENT_INVALID, and FDP_GOVERNANCE_CATALOGUE_FORK where an entry
 * replaces a version that was not the current one.
 */
export function foldCatalogue(catalogue: Catalogue, entry: FoldableEntry): Catalogue {
  if (entry.index !== catalogue.upTo + 1) {
    throw fail('FDP_GOVERNANCE_ENTRY_ORDER', { index: entry.index, upTo: catalogue.upTo })
  }
  const change = changeIn(entry)
  if (!change) return catalogue.moved(entry.index)
  const forked = lakesOf(change).find(({ object, replaces }) => replaces !== catalogue.lakeManifest(object))
  if (forked || change.replaces.vault !== catalogue.vaultManifest()) {
    const object = forked?.object ?? 'vault'
    throw fail('FDP_GOVERNANCE_CATALOGUE_FORK', { index: entry.index, object })
  }
  return catalogue.with(change)
}

function changeIn({ type, governance, index }: FoldableEntry): Publication | Move | null {
  if (type === 'flow.published') return { ...checkFlowPublished(governance), entry: index }
  return movedTypes.includes(type) ? { ...checkPersonMoved(type, governance), entry: index } : null
}

function lakesOf(change: Publication | Move): readonly LakeChange[] {
  if ('lakes' in change) return change.lakes
  return [{ object: change.object, lake: change.lake, replaces: change.replaces.lake }, ...(change.also ?? [])]
}

interface LakeChange {
  readonly object: string
  readonly lake: string | null
  readonly replaces: string | null
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

function withChange(fields: CatalogueFields, change: Publication | Move): CatalogueFields {
  const lake = new Map(fields.lake)
  for (const { object, lake: manifest } of lakesOf(change)) if (manifest !== null) lake.set(object, manifest)
  const after = { ...fields, upTo: change.entry, lake, vault: change.vault ?? fields.vault }
  if ('lakes' in change) return { ...after, moves: [...fields.moves, change] }
  const current = new Map(fields.current).set(publicationKey(change.object, change.controller), change)
  return { ...after, history: [...fields.history, change], current }
}

function publicationKey(object: string, controller: string): string {
  return `${object} ${controller}`
}
