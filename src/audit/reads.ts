import type { Level } from '#governance'
import type { Instant, JsonObject } from '#kernel'
import type { LedgerEntry } from '#ledger'

/** One object type of a logged read. */
export interface RelationFact {
  readonly object: string
  readonly columns: readonly string[]
  readonly level: Level
  readonly grant: string
  readonly dpia: { readonly id: string; readonly version: number; readonly sha256: string }
  /** SHA-256 of the policies that decided. */
  readonly policies: string
  /** Manifest of the lake version; null for a type that nobody published, with records that actions made. */
  readonly lake: string | null
  /** Manifests of the lists of people who said no and were left out, by scheme. */
  readonly optOuts?: { readonly lists: Readonly<Record<string, string>> }
}

/** Whose rows left: listed one by one in the entry, or to be worked out from the query and the versions. */
export type PersonsFact = { readonly how: 'listed'; readonly count: number } | { readonly how: 'recompute' }

export interface ReadEnd {
  readonly entry: number
  readonly time: Instant
  readonly type: 'read.completed' | 'release.made'
  /** `complete`, `stopped`, `refused`, `failed`, `session-closed`, `not-read-to-the-end`; `released` for figures. */
  readonly outcome: string
  /** Rows that left; for figures, cells. */
  readonly rows: number
  readonly persons: PersonsFact
  readonly policy: string | null
}

/** A read as the ledger tells of it. */
export interface ReadFact {
  readonly entry: number
  readonly time: Instant
  readonly session: number
  readonly subject: string
  readonly purpose: string
  readonly about: JsonObject
  readonly relations: Readonly<Record<string, RelationFact>>
  readonly vault: string | null
  /** null: nothing says how it ended, so it counts as having seen all that it could (law 1). */
  readonly end: ReadEnd | null
}

export interface RefusalFact {
  readonly entry: number
  readonly time: Instant
  readonly subject: string
  readonly purpose: string
  readonly reasons: readonly string[]
  /** More than one where a flood was summarised. */
  readonly count: number
}

export function readOf({ index, time, governance }: LedgerEntry): ReadFact {
  const { session, subject, purpose, about, relations, vault } = governance
  return {
    ...{ entry: index, time, end: null },
    ...{ session: session as number, subject: subject as string, purpose: purpose as string },
    about: (about ?? {}) as JsonObject,
    relations: (relations ?? {}) as unknown as ReadFact['relations'],
    vault: (vault ?? null) as string | null,
  }
}

/** The end in an entry, with the read that it ends; null for other entries. */
export function endOf({ index, time, type, governance }: LedgerEntry): { of: number; end: ReadEnd } | null {
  if (type !== 'read.completed' && type !== 'release.made') return null
  const kind: ReadEnd['type'] = type
  const released = type === 'release.made'
  const end = {
    ...{ entry: index, time, type: kind },
    outcome: released ? 'released' : String(governance.outcome),
    rows: Number(released ? governance.cells : governance.rows),
    persons: (governance.persons ?? { how: 'recompute' }) as unknown as PersonsFact,
    policy: released ? String(governance.policy) : null,
  }
  return { of: governance.of as number, end }
}

export function refusalOf({ index, time, type, governance }: LedgerEntry): RefusalFact | null {
  const { subject, purpose, reasons, refusals } = governance
  const who = { entry: index, time, subject: String(subject) }
  if (type === 'read.refused') {
    return { ...who, purpose: String(purpose), reasons: reasons as readonly string[], count: 1 }
  }
  if (type !== 'read.refusals-summarised') return null
  return { ...who, purpose: 'several', reasons: ['too-many-to-list'], count: Number(refusals) }
}

/** Every read, with its end, and every refusal. One pass. */
export async function readsOf(
  entries: AsyncIterable<LedgerEntry>,
): Promise<{ readonly reads: readonly ReadFact[]; readonly refusals: readonly RefusalFact[] }> {
  const reads = new Map<number, ReadFact>()
  const refusals: RefusalFact[] = []
  for await (const entry of entries) {
    if (entry.type === 'read.opened') reads.set(entry.index, readOf(entry))
    const ended = endOf(entry)
    const read = ended && reads.get(ended.of)
    if (read?.end === null) reads.set(read.entry, { ...read, end: ended!.end })
    const refusal = refusalOf(entry)
    if (refusal) refusals.push(refusal)
  }
  return { reads: [...reads.values()], refusals }
}
