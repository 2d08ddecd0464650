import { readFile } from 'node:fs/promises'
import { writeDurably } from '#files'
import { isFdpError, sha256Hex } from '#kernel'
import type { Keys, VaultSegment, VaultVersion } from '#ports'
import { vaultError } from './errors.ts'
import { type Folders, missingAsNull } from './folders.ts'
import { decodeManifest, encodeManifest } from './manifest.ts'

const cachedVersionsMax = 1_024

/** Signed manifests on disk, and those read lately in memory; a manifest never changes. */
export class Versions {
  readonly #folders: Folders
  readonly #keys: Keys
  readonly #cached = new Map<string, VaultVersion>()

  constructor(folders: Folders, keys: Keys) {
    this.#folders = folders
    this.#keys = keys
  }

  async write(segments: readonly VaultSegment[]): Promise<VaultVersion> {
    const { bytes, sha256 } = encodeManifest(this.#keys, segments)
    await writeDurably(this.#folders.manifest(sha256), this.#folders.staged(`${sha256}.json`), bytes)
    return this.read(sha256)
  }

  /** FDP_VAULT_VERSION_UNKNOWN if there is none, FDP_VAULT_TAMPERED if it is not what this tenant signed. */
  async get(manifestSha256: string): Promise<VaultVersion> {
    return this.#cached.get(manifestSha256) ?? (await this.read(manifestSha256))
  }

  /** As `get`, from disk whatever is remembered. */
  async read(manifestSha256: string): Promise<VaultVersion> {
    if (!/^[0-9a-f]{64}$/.test(manifestSha256)) throw vaultError('FDP_VAULT_VERSION_UNKNOWN')
    const bytes = await readFile(this.#folders.manifest(manifestSha256)).catch(missingAsNull)
    if (bytes === null) throw vaultError('FDP_VAULT_VERSION_UNKNOWN')
    const version = this.#decode(bytes, manifestSha256)
    this.#cached.set(manifestSha256, version)
    const oldest = this.#cached.keys().next().value
    if (this.#cached.size > cachedVersionsMax && oldest !== undefined) this.#cached.delete(oldest)
    return version
  }

  forget(manifestSha256: string): void {
    this.#cached.delete(manifestSha256)
  }

  #decode(bytes: Buffer, manifestSha256: string): VaultVersion {
    const tampered = { what: 'manifest', id: manifestSha256 }
    if (sha256Hex(bytes) !== manifestSha256) throw vaultError('FDP_VAULT_TAMPERED', tampered)
    try {
      return decodeManifest(this.#keys, bytes, manifestSha256)
    } catch (error) {
      throw isFdpError(error, 'FDP_FORMAT_NEWER') ? error : vaultError('FDP_VAULT_TAMPERED', tampered)
    }
  }
}
