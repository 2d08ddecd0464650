import { createPublicKey, verify } from 'node:crypto'
import {
  canonicalJsonBytes,
  type FormatSpec,
  fromBase64,
  type JsonObject,
  lengthPrefixed,
  parseOdsCode,
  readFormat,
  sha256Hex,
  toBase64,
  writeFormat,
} from '#kernel'
import type { Keys, VaultColumn, VaultSegment, VaultVersion } from '#ports'
import { vaultError } from './errors.ts'

export type ManifestSegment = {
  readonly id: string
  readonly table: string
  readonly columns: readonly { readonly name: string; readonly type: VaultColumn['type'] }[]
  readonly rows: number
  readonly controller: string
  readonly bytes: number
  readonly sha256: string
}

export type VaultManifest = {
  readonly format: string
  readonly version: number
  readonly tenant: string
  readonly segments: readonly ManifestSegment[]
  /** Ed25519 over the canonical manifest without this field, base64. */
  readonly signature: string
}

/** `openfdp/vault-manifest`, described in spec/vault.md. */
export const manifestFormat: FormatSpec<VaultManifest> = {
  format: 'openfdp/vault-manifest',
  version: 1,
  migrations: {},
  check: (document) => document as VaultManifest,
}

export const columnsMax = 1_000

/** The signed bytes of a manifest and the hash that names them; the same segments give the same hash in any order. */
export function encodeManifest(keys: Keys, given: readonly VaultSegment[]): { bytes: Uint8Array; sha256: string } {
  const segments = given.map(manifestSegment).sort((a, b) => (a.id < b.id ? -1 : 1))
  const unsigned = { tenant: keys.tenant, segments }
  const signature = toBase64(keys.sign(signedBytes(unsigned)))
  const bytes = canonicalJsonBytes(writeFormat(manifestFormat, { ...unsigned, signature }))
  return { bytes, sha256: sha256Hex(bytes) }
}

/** Throws if the bytes are of another tenant or not signed by this one. */
export function decodeManifest(keys: Keys, bytes: Buffer, manifestSha256: string): VaultVersion {
  const manifest = readFormat(manifestFormat, JSON.parse(bytes.toString('utf8')) as JsonObject)
  const { tenant, segments } = manifest
  const signed = verify(
    null,
    signedBytes({ tenant, segments }),
    ed25519Key(keys.publicKey),
    fromBase64(manifest.signature),
  )
  if (!signed || tenant !== keys.tenant) throw new Error('a vault manifest that this tenant did not sign')
  return Object.freeze({ manifestSha256, segments })
}

/** Refuses names that the vault cannot keep, with FDP_VAULT_NAME. */
export function checkShape(table: string, controller: string, columns: readonly VaultColumn[]): void {
  const name = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/
  if (!name.test(table)) throw vaultError('FDP_VAULT_NAME', { what: 'table' })
  const distinct = new Set(columns.map((column) => column.name))
  const kept = columns.every((column) => name.test(column.name) && ['int64', 'text'].includes(column.type))
  if (!kept || distinct.size !== columns.length || columns.length < 1 || columns.length > columnsMax) {
    throw vaultError('FDP_VAULT_NAME', { what: 'column' })
  }
  try {
    parseOdsCode(controller)
  } catch {
    throw vaultError('FDP_VAULT_NAME', { what: 'controller' })
  }
}

function manifestSegment({ id, table, columns, rows, controller, bytes, sha256 }: VaultSegment): ManifestSegment {
  return { id, table, columns: columns.map(({ name, type }) => ({ name, type })), rows, controller, bytes, sha256 }
}

function signedBytes(unsigned: Pick<VaultManifest, 'tenant' | 'segments'>): Uint8Array {
  const { format, version } = manifestFormat
  return lengthPrefixed(format, String(version), canonicalJsonBytes(unsigned))
}

function ed25519Key(raw: Uint8Array) {
  const x = Buffer.from(raw).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}
