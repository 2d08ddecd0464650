/** A stored blob, named by the SHA-256 of its plain bytes under a tenant key, so equal names mean equal content. */
export interface Blob {
  readonly id: string
  readonly bytes: number
  /** Plain SHA-256 of the content, hex. */
  readonly sha256: string
}

/**
 * Encrypted blobs: landed files, quarantine values. Guarantees: `put` returns after the bytes are on stable storage, or
 * leaves nothing; the same content twice is one blob; `open` refuses a changed byte (FDP_BLOB_TAMPERED) before it
 * yields the chunk that holds it.
 */
export interface BlobStore {
  put(content: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Blob>
  open(id: string): AsyncIterable<Uint8Array>
  has(id: string): Promise<boolean>
  /** Destroys the data key, then the bytes; nothing where there is none of that name. */
  delete(id: string): Promise<void>
  list(): AsyncIterable<Blob>
  /**
   * Wraps every data key under the current wrapping key, durably; then older wrapping keys may be destroyed. Returns how
   * many blobs changed.
   */
  rewrap(): Promise<{ blobs: number }>
}
