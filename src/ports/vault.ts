import type { EntryIndex } from '#kernel'

/** Column types the vault keeps; int64 values travel as bigint. */
export type VaultColumnType = 'int64' | 'text'

export interface VaultColumn {
  readonly name: string
  readonly type: VaultColumnType
}

/** A table of the vault: `identity`, or an object type's name with its direct and text columns keyed by `_key`. */
export interface VaultSegment {
  readonly id: string
  readonly table: string
  readonly columns: readonly VaultColumn[]
  readonly rows: number
  /** ODS code of the controller whose rows these are. */
  readonly controller: string
  /** Size and SHA-256 of the encrypted bytes. */
  readonly bytes: number
  readonly sha256: string
}

export interface VaultVersion {
  readonly manifestSha256: string
  readonly segments: readonly VaultSegment[]
}

/** Up to 65,536 rows, each column as a JSON array text that an engine can unnest. */
export interface VaultBlock {
  readonly segment: string
  readonly rows: number
  /** Parallel to the columns asked for: a JSON array of texts/nulls (text) or of decimal texts/nulls (int64). */
  readonly columns: readonly string[]
}

/**
 * Encrypted columnar segments: AES-256-GCM, one random data key a segment, counter nonces by block, associated data =
 * tenant, segment, column, block, count, last flag. Manifests are signed by the tenant and content-addressed.
 *
 * Guarantees: nothing readable on disk; a swapped, truncated, reordered or rolled-back segment or block is refused
 * (FDP_VAULT_TAMPERED); a version exists for readers only because a ledger entry names its manifest hash; a lease is
 * recorded durably with its entry before the first block is returned; once `sweep` has destroyed a segment's key nobody
 * can open the old segment.
 */
export interface Vault {
  /** Writes one segment. Not visible until a manifest that holds it is named by the ledger. */
  write(input: {
    table: string
    controller: string
    columns: readonly VaultColumn[]
    blocks: AsyncIterable<{ rows: number; columns: readonly string[] }>
  }): Promise<VaultSegment>
  /** Writes the manifest of a version: segments to keep and new ones. */
  seal(segments: readonly VaultSegment[]): Promise<VaultVersion>
  version(manifestSha256: string): Promise<VaultVersion>
  lease(manifestSha256: string, entry: EntryIndex): Promise<VaultLease>
  leases(): AsyncIterable<{ entry: number; manifestSha256: string; time: string }>
  /** Opens every block of a version; returns ids of segments that do not open. FDP_VAULT_TAMPERED: the manifest itself. */
  verify(manifestSha256: string): Promise<string[]>
  /** Wraps every live data key under the current wrapping key; counts those that were under another. Manifests stay. */
  rewrap(live: readonly string[]): Promise<{ segments: number }>
  /**
   * Deletes segments (keys first) and manifests that no manifest in `live` needs; `leased` were kept only for an open
   * lease. Never between a `write` or `seal` and the ledger entry that names it.
   */
  sweep(live: readonly string[]): Promise<{ deleted: number; leased: number }>
}

export interface VaultLease extends AsyncDisposable {
  readonly entry: EntryIndex
  readonly version: VaultVersion
  /**
   * Decrypts, block by block, the named columns of every segment of a table (of one controller if given). A column that
   * a segment was written without is null in all its rows.
   */
  blocks(table: string, columns: readonly string[], controller?: string): AsyncIterable<VaultBlock>
}
