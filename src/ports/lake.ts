import type { EntryIndex } from '#kernel'

export interface LakeFile {
  /** Relative to the lake's root, hive-style: `RttPeriod/_controller=RJ1/<id>.parquet`. */
  readonly path: string
  readonly rows: number
  readonly bytes: number
  readonly sha256: string
  /** ODS code of the organisation that controls every row of this file. */
  readonly controller: string
  /** The day that every row of this file speaks of, `2026-01-31`. */
  readonly asAt: string
  /** Of a file whose rows speak of several days, which it has in a column `_asAt`: the first one; `asAt` is the last. */
  readonly from?: string
  /** Of a type whose submissions stand for one data set each: which. */
  readonly dataSet?: string
}

/** One version of one object type: the complete set of its files. Content-addressed. */
export interface LakeVersion {
  readonly object: string
  readonly manifestSha256: string
  readonly rows: number
  readonly files: readonly LakeFile[]
}

/** Absolute paths, handed out for one ledger entry. */
export interface LakeLease extends AsyncDisposable {
  readonly entry: EntryIndex
  readonly files: readonly string[]
}

/** A folder to write Parquet files into, flat. Disposing of it without sealing gives it up. */
export interface StagedFolder extends AsyncDisposable {
  readonly folder: string
}

/**
 * Immutable Parquet files and manifests. A version exists for readers only because a ledger entry names its manifest
 * hash; the lake itself has no idea of "latest".
 *
 * Guarantees: `seal` returns after files, manifest and folders are on stable storage; a sealed file never changes;
 * `lease` is refused for a manifest or file whose size differs from what was sealed, and is recorded durably with the
 * entry before a path is returned; files under lease are not swept.
 */
export interface Lake {
  /** A fresh folder to write Parquet into; left-overs are swept. */
  stage(object: string, controller: string): Promise<StagedFolder>
  /** Hashes the staged files, checks that they hold `rows` rows in all (the folder is given up whatever happens), adds them to `keep` (files of earlier versions that stay) and writes the manifest. */
  seal(input: {
    object: string
    controller: string
    asAt: string
    from?: string
    dataSet?: string
    staged: { readonly folder: string } | null
    rows: number
    keep: readonly LakeFile[]
  }): Promise<LakeVersion>
  version(manifestSha256: string): Promise<LakeVersion>
  lease(manifestSha256: string, entry: EntryIndex): Promise<LakeLease>
  /** Every lease ever handed out, in order, for the test of law 2. */
  leases(): AsyncIterable<{ entry: number; manifestSha256: string; time: string }>
  /** Compares every byte of a version with its manifest; returns the paths that differ. FDP_LAKE_TAMPERED: the manifest does. */
  verify(manifestSha256: string): Promise<string[]>
  /**
   * Deletes files and manifests that no manifest in `live` needs; `leased` were kept only for an open lease. Never
   * between a `seal` and the ledger entry that names it.
   */
  sweep(live: readonly string[]): Promise<{ deleted: number; leased: number }>
}
