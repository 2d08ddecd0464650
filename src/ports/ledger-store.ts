/** The files of a ledger, read only: enough to verify one from a copy of its folder. */
export interface LedgerReader {
  /** Every file's path relative to the ledger's folder, `/` between parts. Never the writer's lock or unfinished files. */
  list(): Promise<readonly string[]>
  /** The whole file, or null if there is none. */
  read(path: string): Promise<Uint8Array | null>
}

export interface LedgerFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/**
 * Where one writer keeps a tenant's ledger: a few small files replaced whole, and journal files that only grow.
 *
 * Durability: when a method resolves, its effect is on stable storage, new folder entries included, and `read` and
 * `list` show it. A process killed inside `write` leaves each file as it was or as it shall be, never between; inside
 * `append`, the file as it was plus any beginning of the bytes.
 * Concurrency: one writer. Opening refuses (FDP_LEDGER_LOCKED) while another live process holds the store, and raises
 * the fencing number each time. The ledger calls `append` one at a time, possibly while a `write` or `remove` of other
 * paths runs, and two of these may overlap on different paths; `read` and `list` may run at any time.
 * Failure: a rejected call may have had its effect wholly, partly or not at all; the adapter does not retry and cannot
 * tell. The ledger then stops, and learns the truth by opening again. `write`, `truncate` and `remove` may be repeated
 * with the same arguments without harm; `append` is never repeated.
 */
export interface LedgerStore extends LedgerReader {
  /** The number of times this store was opened for writing, this one included. */
  readonly fence: number
  /** Adds bytes at the end of a file, made if absent. */
  append(path: string, bytes: Uint8Array): Promise<void>
  /** Replaces each file whole. Files are independent: after a failure some may be new and others old. */
  write(files: readonly LedgerFile[]): Promise<void>
  /** Cuts a file to its first `length` bytes. */
  truncate(path: string, length: number): Promise<void>
  /** Removes files; one that is absent is no error. */
  remove(paths: readonly string[]): Promise<void>
  /** Gives the lock back. Nothing may be called after. */
  close(): Promise<void>
}

/** The largest tree that a witness has seen of one log. */
export interface WitnessedTree {
  /** Verifier key of the log, fixed at first sight. */
  readonly vkey: string
  readonly size: number
  /** Hexadecimal. */
  readonly root: string
}

/** What a witness remembers. Guarantees: when `write` resolves, the tree survives a crash and `read` gives it back. */
export interface WitnessStore {
  read(origin: string): Promise<WitnessedTree | null>
  write(origin: string, tree: WitnessedTree): Promise<void>
}
