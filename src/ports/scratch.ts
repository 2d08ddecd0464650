/**
 * Room for records that are put by and read again by partition, for as long as a process needs them. For one user.
 *
 * Guarantees: `read` gives what was added to a partition before it was called, in order; what is held in memory has a limit,
 * whatever is added; nothing readable is on disk, and nothing at all once the process has ended, however it did.
 */
export interface Scratch extends AsyncDisposable {
  /** When it fails, what is in the scratch is not known any more. */
  add(partition: number, record: Uint8Array): Promise<void>
  read(partition: number): Promise<readonly Uint8Array[]>
  close(): Promise<void>
}

/** `folder` is made where there is none. */
export type OpenScratch = (folder: string) => Promise<Scratch>
