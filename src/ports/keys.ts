/** What a data key is for; part of the associated data when it is wrapped, so keys cannot change places. */
export type KeyUse = 'vault' | 'blob' | 'ledger-detail' | 'ledger-salt' | 'page-token' | 'message-log' | 'backup'

/** A data key under the tenant's current wrapping key. Safe to store beside what it protects. */
export interface WrappedKey {
  /** Which wrapping key, for rotation. */
  readonly keyVersion: number
  /** nonce ‖ ciphertext ‖ tag, base64. */
  readonly wrapped: string
}

/**
 * A tenant's secrets. They never leave the implementation except as derived or unwrapped data keys.
 *
 * Guarantees: `derive` gives the same 32 bytes for the same info, different ones for different info (HKDF-SHA-256).
 * `unwrap` fails (FDP_KEYS_UNWRAP) for another use, another tenant or a changed byte. After `destroyWrapping(v)` nothing
 * wrapped under version v can be opened again, by anybody.
 */
export interface Keys {
  readonly tenant: string
  /** 32 bytes for a purpose named by length-prefixed parts; see `lengthPrefixed` in #kernel. */
  derive(info: Uint8Array): Uint8Array
  wrap(use: KeyUse, dataKey: Uint8Array): WrappedKey
  unwrap(use: KeyUse, wrapped: WrappedKey): Uint8Array
  /** Makes a new wrapping key current; older ones still unwrap. Returns the new version. Durable before it returns. */
  rotateWrapping(): Promise<number>
  destroyWrapping(keyVersion: number): Promise<void>
  /** Ed25519 signature by the tenant's signing key. */
  sign(message: Uint8Array): Uint8Array
  /** Raw 32-byte Ed25519 public key. */
  readonly publicKey: Uint8Array
}
