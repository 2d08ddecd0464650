import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isMissing, makeFolder, syncFolder } from '#files'
import type { VaultSegment } from '#ports'
import { vaultError } from './errors.ts'

/** Where the vault keeps what. */
export class Folders {
  readonly staging: string
  readonly segments: string
  readonly keys: string
  readonly manifests: string
  readonly leases: string

  constructor(root: string) {
    this.staging = join(root, '.staging')
    this.segments = join(root, 'segments')
    this.keys = join(root, 'keys')
    this.manifests = join(root, 'manifests')
    this.leases = join(root, 'leases.jsonl')
  }

  async make(): Promise<void> {
    for (const folder of [this.staging, this.segments, this.keys, this.manifests]) await makeFolder(folder)
    // A crash may have left folders of an earlier run whose names were not flushed.
    await syncFolder(dirname(this.staging))
  }

  segment(id: string): string {
    return join(this.segments, `${id}.segment`)
  }

  key(id: string): string {
    return join(this.keys, `${id}.key`)
  }

  manifest(sha256: string): string {
    return join(this.manifests, `${sha256}.json`)
  }

  staged(name: string): string {
    return join(this.staging, name)
  }

  /** The cheap look: file and key are there, and the file has its size. FDP_VAULT_TAMPERED otherwise. */
  async checkPresent(segment: VaultSegment): Promise<void> {
    const file = await stat(this.segment(segment.id)).catch(missingAsNull)
    const key = await stat(this.key(segment.id)).catch(missingAsNull)
    if (file?.size !== segment.bytes || !key)
      throw vaultError('FDP_VAULT_TAMPERED', { what: 'segment', id: segment.id })
  }
}

export function missingAsNull(error: unknown): null {
  if (isMissing(error)) return null
  throw error
}
