import {
  checkDataLost,
  checkDataPurged,
  checkFlowPublished,
  checkPersonMoved,
  checkRowsErased,
  type DataLost,
  type FlowPublished,
  type PersonMoved,
  type RowsErased,
} from './catalogue-entries.ts'
import { fail } from './errors.ts'
import type { FoldableEntry } from './events.ts'

const movedTypes: readonly string[] = ['person.split', 'person.joined']

/** A publication and the entry that made it so. */
export interface Publication extends FlowPublished {
  readonly entry: number
}

/** A move of rows to another person, or out of the data, or a loss of them, and the entry that made it so. */
export type Move = (PersonMoved | RowsErased | DataLost) & { readonly entry: number }

interface CatalogueFields {
  readonly upTo: number
  readonly moves: readonly Move[]
  readonly lake: ReadonlyMap<string, string>
  readonly vault: string | null
  readonly history: readonly Publication[]
  readonly current: ReadonlyMap<string, Publication>
  readonly purged: ReadonlyMap<string, number>
  readonly lost: ReadonlyMap<string, number>
}

/** What data exist, as of an entry. A value: `foldCatalogue` makes a new one. */
export class Catalogue {
  /** Index of the last entry folded; -1 before the first. */
  readonly upTo: number
  /** Every publication, in order of entry. */
  readonly history: readonly Publication[]
  /** Every move of a patient's rows to another person, and every erasure of a person's rows, in order of entry. */
  readonly moves: readonly Move[]
  readonly #lake: ReadonlyMap<string, string>
  readonly #vault: string | null
  readonly #current: ReadonlyMap<string, Publication>
  readonly #purged: ReadonlyMap<string, number>
  readonly #lost: ReadonlyMap<string, number>

  constructor(fields: CatalogueFields) {
    this.upTo = fields.upTo
    this.history = fields.history
    this.moves = fields.moves
    this.#lake = fields.lake
    this.#vault = fields.vault
    this.#current = fields.current
    this.#purged = fields.purged
    this.#lost = fields.lost
  }

  /** The manifest of an object type's current version, of all its controllers; null where nothing is published. */
  lakeManifest(object: string): string | null {
    return this.#lake.get(object) ?? null
  }

  /** Manifests of the current versions of all object types. */
  currentLakes(): readonly string[] {
    return [...this.#lake.values()]
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
    // What was destroyed since is gone from every moment.
    return new Catalogue({ ...fields, upTo: Math.min(entry, this.upTo), purged: this.#purged })
  }

  /** The first entry after `entry` by which another version of an object type took the place of the one that was current. */
  replacedAt(object: string, entry: number): number | null {
    const changes = [...this.history, ...this.moves].filter(
      (change) => change.entry > entry && lakesOf(change).some((each) => each.object === object && each.lake !== null),
    )
    return changes.length === 0 ? null : Math.min(...changes.map((change) => change.entry))
  }

  /** The entry by which a version of lake or vault was destroyed; null where it was not. */
  purgedBy(manifestSha256: string): number | null {
    return this.#purged.get(manifestSha256) ?? null
  }

  /** The entry that says that rows of an object type (of one controller) are lost, until they are published again. */
  lostBy(object: string, controller?: string): number | null {
    const isMeant = (key: string) =>
      controller === undefined ? key.startsWith(`${object} `) : key === publicationKey(object, controller)
    return [...this.#lost].find(([key]) => isMeant(key))?.[1] ?? null
  }

  /** The catalogue after one more publication or move; `foldCatalogue` checks it first. */
  with(change: Publication | Move): Catalogue {
    return new Catalogue(withChange(this.#fields(), change))
  }

  /** The same data, one entry later. */
  moved(upTo: number): Catalogue {
    return new Catalogue({ ...this.#fields(), upTo })
  }

  /** Every manifest that an entry ever named and none purged: what a sweep must keep. */
  namedManifests(): { readonly lake: readonly string[]; readonly vault: readonly string[] } {
    const named = (manifests: readonly (string | null)[]) =>
      [...new Set(manifests.filter((each) => each !== null))].filter((each) => !this.#purged.has(each))
    const changes = [...this.history, ...this.moves]
    return {
      lake: named(changes.flatMap((change) => lakesOf(change).map(({ lake }) => lake))),
      vault: named(changes.map(({ vault }) => vault)),
    }
  }

  /** The same data, but for versions that are not to be opened any more. */
  without(manifests: readonly string[], entry: number): Catalogue {
    const purged = new Map([...this.#purged, ...manifests.map((manifest) => [manifest, entry] as const)])
    return new Catalogue({ ...this.#fields(), upTo: entry, purged })
  }

  #fields(): CatalogueFields {
    const { upTo, history, moves } = this
    const [lake, vault, current, purged, lost] = [this.#lake, this.#vault, this.#current, this.#purged, this.#lost]
    return { upTo, history, moves, lake, vault, current, purged, lost }
  }
}

const emptyCatalogueFields: CatalogueFields = {
  upTo: -1,
  lake: new Map(),
  vault: null,
  history: [],
  moves: [],
  current: new Map(),
  purged: new Map(),
  lost: new Map(),
}

export function emptyCatalogue(): Catalogue {
  return new Catalogue(emptyCatalogueFields)
}

/**
 * The catalogue after one more entry. Pure. Entries other than `flow.published`, `person.split`, `person.joined`,
 * `person.rows-erased`, `data.lost` and `data.purged` only move `upTo`. What is current is never purged, whatever an entry says.
 * Throws FDP_GOVERNANCE_ENTRY_ORDER, FDP_GOVERNANCE_EVENT_INVALID, and FDP_GOVERNANCE_CATALOGUE_FORK where an entry
 * replaces a version that was not the current one.
 */
export function foldCatalogue(catalogue: Catalogue, entry: FoldableEntry): Catalogue {
  if (entry.index !== catalogue.upTo + 1) {
    throw fail('FDP_GOVERNANCE_ENTRY_ORDER', { index: entry.index, upTo: catalogue.upTo })
  }
  if (entry.type === 'data.purged') {
    const { lake, vault } = checkDataPurged(entry.governance)
    const current = new Set([...catalogue.currentLakes(), catalogue.vaultManifest()])
    return catalogue.without(
      [...lake, ...vault].filter((each) => !current.has(each)),
      entry.index,
    )
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
  if (type === 'person.rows-erased') return { ...checkRowsErased(governance), entry: index }
  if (type === 'data.lost') return { ...checkDataLost(governance), entry: index }
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

function withChange(fields: CatalogueFields, change: Publication | Move): CatalogueFields {
  const lake = new Map(fields.lake)
  for (const { object, lake: manifest } of lakesOf(change)) if (manifest !== null) lake.set(object, manifest)
  // The same content may be published again after it was destroyed: then it is there again.
  const there = new Set([...lake.values(), change.vault])
  const purged = new Map([...fields.purged].filter(([manifest]) => !there.has(manifest)))
  const lost = new Map(fields.lost)
  const after = { ...fields, upTo: change.entry, lake, vault: change.vault ?? fields.vault, purged, lost }
  if ('lakes' in change) {
    const gone = 'lost' in change ? change.lost : []
    for (const { object, controller } of gone) lost.set(publicationKey(object, controller), change.entry)
    return { ...after, moves: [...fields.moves, change] }
  }
  const key = publicationKey(change.object, change.controller)
  lost.delete(key)
  return { ...after, history: [...fields.history, change], current: new Map(fields.current).set(key, change) }
}

function publicationKey(object: string, controller: string): string {
  return `${object} ${controller}`
}
