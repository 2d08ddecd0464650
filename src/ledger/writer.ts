import type { Clock, Instant, Random } from '#kernel'
import { addMs, msBetween } from '#kernel'
import type { Keys, LedgerStore } from '#ports'
import { Archive, bundleFiles } from './archive.ts'
import { sealBatch, type TailEntry } from './batch.ts'
import { bounds } from './bounds.ts'
import { ledgerVerifierKey, signCheckpoint } from './checkpoint.ts'
import { sealKeys } from './detail-keys.ts'
import { detailFiles } from './detail-store.ts'
import { type PreparedEntry, reservedTypes } from './entry.ts'
import { ledgerErrors } from './errors.ts'
import { encodeBatch, journalPath } from './journal.ts'
import { hashLeaf } from './merkle.ts'
import type { VerifierKey } from './note.ts'
import { TileCache } from './tile-cache.ts'
import { tilePath, tileWidth } from './tiles.ts'
import { edgeWidths, TreeEdge } from './tree.ts'

export const checkpointPath = 'checkpoint'

/** What is acknowledged. Replaced as one value, so that no reader sees half a batch. */
export interface Acknowledged {
  readonly size: number
  readonly time: Instant | null
  readonly checkpoint: string
}

/**
 * The two moves of a ledger: `commit` a batch to the journal with one durable flush, and `settle` the journal into
 * bundles, tiles and the checkpoint file. One of each may run at a time; the caller sees to that.
 */
export class LedgerWriter {
  readonly store: LedgerStore
  readonly keys: Keys
  readonly clock: Clock
  readonly random: Random
  readonly origin: string
  readonly vkey: VerifierKey
  readonly tiles: TileCache
  readonly archive: Archive
  readonly edge: TreeEdge
  /** Entries from the first of the last stored, partial bundle on. */
  readonly tail = new Map<number, TailEntry>()
  /** Details whose erasure is acknowledged but not yet carried out: target → erasure entry. */
  readonly erasures = new Map<number, number>()
  acknowledged: Acknowledged
  /** Entries whose bundles, tiles and checkpoint are stored. */
  settled = 0
  /** Journal files, oldest first; the last one grows. */
  journals: string[] = []
  journalBytes = 0

  constructor(options: { store: LedgerStore; keys: Keys; clock: Clock; random: Random; origin: string }) {
    this.store = options.store
    this.keys = options.keys
    this.clock = options.clock
    this.random = options.random
    this.origin = options.origin
    this.vkey = ledgerVerifierKey(options.origin, options.keys)
    this.tiles = new TileCache(options.store)
    this.archive = new Archive(options.store, this.tiles)
    this.edge = new TreeEdge((level, index, hash) => this.tiles.put(level, index, hash))
    this.acknowledged = { size: 0, time: null, checkpoint: this.sign() }
  }

  sign(): string {
    const { origin, edge, vkey, keys } = this
    return signCheckpoint({ origin, size: edge.size, root: edge.root() }, vkey, keys)
  }

  /** The time for the next batch: never before the last entry's. FDP_LEDGER_CLOCK_BACK beyond the tolerance (law 4). */
  nextTime(): Instant {
    const now = this.clock.now()
    const last = this.acknowledged.time
    if (last === null || now >= last) return now
    const behindMs = msBetween(now, last)
    if (behindMs > bounds.clockBackMsMax) throw ledgerErrors('FDP_LEDGER_CLOCK_BACK', { behindMs })
    return addMs(last, 0)
  }

  /** Stores a batch durably and acknowledges it. After a rejection nothing of this object may be used again. */
  async commit(prepared: readonly PreparedEntry[], time: Instant): Promise<readonly TailEntry[]> {
    const first = this.edge.size
    const batch = sealBatch(this.origin, first, time, prepared, this.random)
    for (const entry of batch) this.adopt(entry)
    const details = batch.filter((entry) => entry.detail)
    const dataKeys = new Map(details.map((entry) => [entry.index as number, entry.detail!.key]))
    const checkpoint = this.sign()
    const frame = encodeBatch({
      first,
      openings: batch.map((entry) => entry.line),
      details: new Map(details.map((entry) => [entry.index, entry.detail!.ciphertext])),
      keys: sealKeys(this.origin, dataKeys, this.keys, this.random),
      checkpoint,
    })
    if (this.journals.length === 0) this.turnJournal()
    await this.store.append(this.journals.at(-1)!, frame)
    this.journalBytes += frame.length
    this.acknowledge(batch, time, checkpoint)
    return batch
  }

  /** Takes an entry into the tree and the tail. */
  adopt(entry: TailEntry): void {
    this.tail.set(entry.index, entry)
    this.edge.push(hashLeaf(entry.leaf))
  }

  acknowledge(batch: readonly TailEntry[], time: Instant, checkpoint: string): void {
    for (const entry of batch) {
      if (entry.type !== reservedTypes.detailErased) continue
      this.erasures.set(erasureTarget(entry), entry.index)
    }
    this.acknowledged = { size: this.edge.size, time, checkpoint }
  }

  /** Later batches go to a new journal file. Only between two commits. */
  turnJournal(): void {
    this.journals.push(journalPath(this.acknowledged.size))
    this.journalBytes = 0
  }

  get isJournalLong(): boolean {
    return (
      this.journalBytes > bounds.journalBytesMax || this.acknowledged.size - this.settled > bounds.journalEntriesMax
    )
  }

  /**
   * Stores everything acknowledged so far outside the journal, then removes the journal files that held it. Called
   * between two commits; its synchronous beginning fixes what is settled, later commits go to a new journal file.
   */
  async settle(): Promise<void> {
    const { size: to, checkpoint } = this.acknowledged
    const from = this.settled
    // The file that begins here holds nothing yet, and may be growing before this ends.
    const done = this.journals.filter((path) => path !== journalPath(to))
    const erased = new Map(this.erasures)
    if (to === from && done.length === 0 && erased.size === 0) return
    this.journals = []
    this.turnJournal()
    const fresh: TailEntry[] = []
    for (let index = from; index < to; index++) fresh.push(this.tail.get(index)!)
    const files = [...bundleFiles(from, to, this.tail), ...this.tiles.filesBetween(from, to)]
    await this.store.write([...files, ...(await detailFiles(this, this.archive, fresh, erased))])
    await this.store.write([{ path: checkpointPath, bytes: Buffer.from(checkpoint, 'utf8') }])
    await this.store.remove([...done, ...partialPaths(from, to)])
    this.#release(from, to, erased)
  }

  #release(from: number, to: number, erased: ReadonlyMap<number, number>): void {
    this.settled = to
    for (let index = from; index < to; index++) this.tail.get(index)!.detail = null
    const keep = to - (to % tileWidth)
    for (let index = from - (from % tileWidth); index < keep; index++) this.tail.delete(index)
    for (const target of erased.keys()) this.erasures.delete(target)
    this.tiles.release(to)
  }
}

/** Which entry's detail an erasure entry is about. */
export function erasureTarget(entry: Pick<TailEntry, 'governanceJson'>): number {
  const { entry: target } = JSON.parse(entry.governanceJson) as { entry: number }
  return target
}

/** Partial tiles and bundles of the tree of `from` entries that the tree of `to` replaces. */
function partialPaths(from: number, to: number): string[] {
  if (from === to) return []
  const paths: string[] = []
  let count = from
  let after = to
  for (const [level, width] of edgeWidths(from).entries()) {
    const index = Math.floor(count / tileWidth)
    if (width > 0 && after > count) {
      paths.push(tilePath({ level, index, width }))
      if (level === 0) paths.push(tilePath({ level: 'entries', index, width }))
    }
    count = index
    after = Math.floor(after / tileWidth)
  }
  return paths
}
