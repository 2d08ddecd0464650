import { objectType } from '#contracts'
import type { JsonObject } from '#kernel'
import type { LedgerEntry } from '#ledger'
import { type Level, shown } from '#privacy'
import type { AuditDeps } from './deps.ts'

export interface StrayLease {
  readonly store: 'lake' | 'vault'
  readonly entry: number
  readonly manifestSha256: string
}

/** Leases held against entries, both ways (law 2). Everything empty: files were handed out for entries and for nothing else. */
export interface LeaseAudit {
  /** Leases whose entry is not in the ledger, is no reason for a lease, or names another version. */
  readonly leasesWithoutEntry: readonly StrayLease[]
  /** Reads that gave something out and have no lease of a version that they name. */
  readonly readsWithoutLease: readonly number[]
  /** Reads that no entry ends: they count as having seen all that they could (law 1). */
  readonly readsWithoutEnd: readonly number[]
}

interface Wanted {
  readonly lake: ReadonlySet<string>
  readonly vault: string | null
}

interface RelationFact {
  readonly object: string
  readonly columns: readonly string[]
  readonly level: Level
  /** Null for a type that nobody published. */
  readonly lake: string | null
  /** Versions of opt-out lists that took rows out. */
  readonly optOuts?: { readonly lists: Readonly<Record<string, string>> }
}

/** The logs that are held against each other. */
export interface LeasedStores extends Pick<AuditDeps, 'lake' | 'vault'> {
  readonly ledger: Pick<AuditDeps['ledger'], 'entries'>
}

/** One pass over the ledger, one over each log of leases. Reads no data. */
export async function auditLeases(tenant: LeasedStores): Promise<LeaseAudit> {
  const { reads, others, gave, ended } = await takeStock(tenant.ledger.entries())
  const leased = new Map<number, Set<string>>()
  const stray: StrayLease[] = []
  for (const store of ['lake', 'vault'] as const) {
    for await (const { entry, manifestSha256 } of tenant[store].leases()) {
      const wanted = reads.get(entry)
      const named = store === 'lake' ? wanted?.lake.has(manifestSha256) : wanted?.vault === manifestSha256
      if (!named && !others.has(entry)) stray.push({ store, entry, manifestSha256 })
      leased.set(entry, (leased.get(entry) ?? new Set()).add(manifestSha256))
    }
  }
  const isLeased = (entry: number, { lake, vault }: Wanted) =>
    [...lake, ...(vault === null ? [] : [vault])].every((manifest) => leased.get(entry)?.has(manifest))
  return {
    leasesWithoutEntry: stray,
    readsWithoutLease: [...gave].filter((entry) => !isLeased(entry, reads.get(entry)!)),
    readsWithoutEnd: [...reads.keys()].filter((entry) => !ended.has(entry)),
  }
}

/** Entries other than reads that let the program take leases: flows and models at work, the erasure of a person, edits held
 * against their source, and the answer to a person's own question. */
const leasing: ReadonlySet<string> = new Set([
  'flow.received',
  'mapping.trying',
  'person.move-asked',
  'governance.erasure-ordered',
  'audit.person-asked',
  'person.looked-up',
  'action.compared',
  'action.persons-checked',
  'action.keys-checked',
  'model.started',
])

async function takeStock(entries: AsyncIterable<LedgerEntry>) {
  const reads = new Map<number, Wanted>()
  const others = new Set<number>()
  const gave = new Set<number>()
  const ended = new Set<number>()
  for await (const { index, type, governance } of entries) {
    if (type === 'read.opened') reads.set(index, wantedBy(governance))
    if (leasing.has(type)) others.add(index)
    if (type !== 'read.completed' && type !== 'release.made') continue
    const of = governance.of as number
    ended.add(of)
    if (type === 'release.made' || (governance.rows as number) > 0) gave.add(of)
  }
  return { reads, others, gave, ended }
}

/** The versions that a read had to take leases of. */
function wantedBy(governance: JsonObject): Wanted {
  const relations = Object.values(governance.relations as unknown as Record<string, RelationFact>)
  return {
    lake: new Set(
      relations.flatMap(({ lake, optOuts }) => [
        ...(lake === null ? [] : [lake]),
        ...Object.values(optOuts?.lists ?? {}),
      ]),
    ),
    vault: relations.some((relation) => needsVault(withBefore(relation, governance)))
      ? (governance.vault as string | null)
      : null,
  }
}

/** An edit looks at what it writes, whether or not whoever edits may read it. */
function withBefore(relation: RelationFact, { about }: JsonObject): RelationFact {
  const before = ((about ?? {}) as { before?: unknown }).before
  return Array.isArray(before) ? { ...relation, columns: [...relation.columns, ...(before as string[])] } : relation
}

function needsVault({ object, columns, level }: RelationFact): boolean {
  const type = objectType(object)
  return type.properties.some(
    (property) => columns.includes(property.name) && shown(type, property, level).kind === 'vault',
  )
}
