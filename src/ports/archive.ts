/**
 * Several files in one, held in memory. Guarantees: nothing is written to disk; names are those of its directory, none
 * twice and none that leads out of a folder; a file that is damaged, encrypted, or grows beyond what its size explains is
 * refused with status 422 before more of it is given. No name is in an error: it may be a person's.
 */
export interface Archive {
  /** Without folders, in the order of its directory. */
  readonly names: readonly string[]
  /** May be called more than once; a name that is not there gives null. */
  open(name: string): AsyncIterable<Uint8Array> | null
}

export type OpenArchive = (bytes: AsyncIterable<Uint8Array>) => Promise<Archive>
