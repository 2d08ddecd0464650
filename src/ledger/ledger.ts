import type { Clock, EntryIndex, JsonObject, Random } from '#kernel'
import type { Keys, LedgerStore } from '#ports'
import type { EntryInput, LedgerEntry, Receipt } from './entry.ts'
import type { EntryProof } from './entry-proof.ts'
import type { PersonProof } from './person-proof.ts'

export type DetailState =
  | { readonly state: 'none' }
  | {
      readonly state: 'present'
      readonly detail: JsonObject
      /** `root` is hexadecimal. */
      readonly persons: { readonly root: string; readonly count: number } | null
    }
  | { readonly state: 'erased'; readonly by: EntryIndex }

/**
 * A tenant's log. An entry exists once `append` resolves, and then for good.
 *
 * After a failed store call the ledger has stopped: every method rejects with FDP_LEDGER_UNAVAILABLE until it is opened
 * again, because nobody can tell whether the last batch is stored (law 1).
 */
export interface Ledger {
  /** The log's name, `rj1.openfdp.example/ledger`. */
  readonly origin: string
  /** Verifier key of the log, as `verifyLedger` and witnesses want it. */
  readonly vkey: string
  /** Acknowledged entries. */
  readonly size: number
  /**
   * Resolves when the entry is on stable storage and every listener has seen it. Errors: FDP_LEDGER_UNAVAILABLE,
   * FDP_LEDGER_BUSY, FDP_LEDGER_CLOCK_BACK, FDP_LEDGER_ENTRY_TOO_LARGE, FDP_LEDGER_TOO_MANY_PERSONS,
   * FDP_LEDGER_RESERVED_TYPE.
   */
  append(input: EntryInput): Promise<Receipt>
  /** FDP_LEDGER_NO_ENTRY beyond the end; FDP_LEDGER_DAMAGED if what is stored does not fit the signed tree. */
  entry(index: number): Promise<LedgerEntry>
  /** Entries `from` (default 0) up to but without `to` (default the size now), in order. */
  entries(from?: number, to?: number): AsyncIterable<LedgerEntry>
  detail(index: number): Promise<DetailState>
  /** `detail` of many entries, in rising order, each bundle of details opened once: for states made from the whole ledger. */
  details(indices: readonly number[]): AsyncIterable<readonly [index: number, detail: DetailState]>
  /** Appends `detail.erased`, then destroys the ciphertext and its key; resolves when both are gone. */
  eraseDetail(index: number, reason: string): Promise<Receipt>
  /** Shows that an entry names one person, without showing the others; null if it does not, or was erased. */
  personProof(index: number, person: string): Promise<PersonProof | null>
  /** The persons that an entry commits to one by one; null if it has none, or its detail was erased. For audits. */
  persons(index: number): Promise<readonly string[] | null>
  /** `persons` of many entries, in rising order, each bundle of details opened once: for audits over the whole ledger. */
  personLists(indices: readonly number[]): AsyncIterable<readonly [index: number, persons: readonly string[] | null]>
  /** The signed text of one entry with its place in the tree, for somebody outside to check (`verifyEntryProof`). */
  entryProof(index: number): Promise<EntryProof>
  /** Root of the tree of the first `size` entries, hexadecimal. FDP_LEDGER_BAD_RANGE. */
  rootAt(size: number): Promise<string>
  /** Called in index order, after durability and before `append` resolves. A listener must not throw. */
  onAppend(listener: (entry: LedgerEntry) => void): void
  /** Signed note over the acknowledged entries, with the cosignatures known for exactly this tree. */
  checkpoint(): string
  /** The largest cosigned checkpoint, or null. */
  cosigned(): string | null
  /** Takes a tlog-cosignature of a known witness over a recent checkpoint; FDP_LEDGER_UNKNOWN_WITNESS otherwise. */
  addCosignature(line: string): Promise<void>
  /** Hashes lowest first; `treeSize` defaults to the size now. FDP_LEDGER_BAD_RANGE. */
  inclusionProof(index: number, treeSize?: number): Promise<readonly Uint8Array[]>
  consistencyProof(size1: number, size2?: number): Promise<readonly Uint8Array[]>
  /** Wraps the keys of all details under the current wrapping key, so that an older one may be destroyed. */
  rewrapDetails(): Promise<{ readonly bundles: number }>
  /** Moves the journal into bundles and tiles. `close` does it too. */
  settle(): Promise<void>
  close(): Promise<void>
}

export interface OpenLedgerOptions {
  readonly store: LedgerStore
  readonly keys: Keys
  readonly clock: Clock
  readonly random: Random
  readonly origin: string
  /** Verifier keys of the witnesses whose cosignatures are taken. */
  readonly witnesses?: readonly string[]
  /** Refuses an empty store (FDP_LEDGER_EMPTY) instead of beginning a new log there: for a tenant that has one. */
  readonly mustExist?: boolean
}
