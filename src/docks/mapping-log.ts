import { type EntryIndex, formatErrors, type Instant, type SubjectId } from '#kernel'
import { keptFold, type LedgerEntry } from '#ledger'

/** A text by which a dock's rows are made, named by the hash of what it says, and kept as a blob. */
export interface MappingVersion {
  readonly sha256: string
  readonly blob: string
}

/** One thing that was done with the mappings of a dock. */
export interface MappingEvent extends MappingVersion {
  readonly what: 'promoted' | 'rolled-back'
  readonly entry: EntryIndex
  readonly at: Instant
  readonly by: SubjectId
}

/** What the ledger says of the mappings of one dock. */
export interface DockMappings {
  /** Those that were live, the one in force last; rolling back takes that away. */
  readonly stack: readonly MappingVersion[]
  readonly events: readonly MappingEvent[]
  /** Hashes of those that were tried. */
  readonly tried: ReadonlySet<string>
}

const nothing: DockMappings = { stack: [], events: [], tried: new Set() }

export const mappingEntries = {
  trying: 'mapping.trying',
  tried: 'mapping.tried',
  promoted: 'mapping.promoted',
  rolledBack: 'mapping.rolled-back',
} as const

const isOurs: ReadonlySet<string> = new Set(Object.values(mappingEntries))

/** The fold of the ledger's `mapping.*` entries, by dock. */
const folded = keptFold(() => new Map<string, DockMappings>(), foldEntry)

export async function mappingsOf(ledger: Parameters<typeof folded>[0], dock: string): Promise<DockMappings> {
  return (await folded(ledger)).get(dock) ?? nothing
}

function foldEntry(docks: Map<string, DockMappings>, entry: LedgerEntry): void {
  const { type, governance } = entry
  if (!isOurs.has(type)) return
  if (governance.version !== 1) {
    throw formatErrors('FDP_FORMAT_NEWER', { format: type, found: Number(governance.version), known: 1 })
  }
  const dock = String(governance.dock)
  docks.set(dock, withEntry(docks.get(dock) ?? nothing, entry))
}

function withEntry(mappings: DockMappings, { type, governance, index, time }: LedgerEntry): DockMappings {
  const { sha256, blob, replaces } = governance as unknown as MappingVersion & { replaces?: MappingVersion | null }
  const event = { sha256, blob, entry: index, at: time, by: governance.by as SubjectId }
  if (type === mappingEntries.tried) return { ...mappings, tried: new Set([...mappings.tried, sha256]) }
  if (type === mappingEntries.promoted) {
    // What a dock used before anything was promoted is what there is to go back to.
    const before = mappings.stack.length === 0 && replaces ? [replaces] : mappings.stack
    const events = [...mappings.events, { ...event, what: 'promoted' as const }]
    return { ...mappings, stack: [...before, { sha256, blob }], events }
  }
  if (type === mappingEntries.rolledBack) {
    const events = [...mappings.events, { ...event, what: 'rolled-back' as const }]
    return { ...mappings, stack: mappings.stack.slice(0, -1), events }
  }
  return mappings
}
