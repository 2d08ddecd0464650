import { canonicalJson, type FormatSpec, fromBase64, type Json, type JsonObject, parseTenantId } from '#kernel'
import { nodeErrors } from './errors.ts'
import type { CopiedFile } from './tree-copy.ts'

/** What must be current in lake and vault of a backup: manifests by object type, and the vault's. */
export interface BackupVersions {
  readonly lake: Readonly<Record<string, string>>
  readonly vault: string | null
}

/** A file of a backup. With `sealed` its bytes are encrypted under a key that is not in the backup. */
export interface BackupFile extends CopiedFile {
  readonly sealed?: {
    /** What the key is called. */
    readonly source: string
    /** SHA-256 of what was sealed. */
    readonly plain: string
  }
}

/** `backup.json` of a backed-up tenant: what is in it and what its ledger said then, signed by the tenant. */
export interface BackupDocument extends JsonObject {
  readonly tenant: string
  readonly checkpoint: string
  readonly vkey: string
  /** Only of version 1, in which nothing is sealed: whether the tenant's keys are in it. */
  readonly withKeys?: boolean
  readonly versions: BackupVersions & JsonObject
  readonly files: readonly (BackupFile & JsonObject)[]
  /** Ed25519 by the tenant's signing key over `signedText`, base64. */
  readonly signature: string
}

export const backupFormat: FormatSpec<BackupDocument> = {
  format: 'openfdp/backup',
  version: 2,
  // What was signed has to stay as it was: a file without `sealed` is as it lay in the tenant's folder.
  migrations: { 1: (document) => document },
  check: (document) => {
    if (!isSound(document)) throw nodeErrors('FDP_NODE_BACKUP_DAMAGED', { what: 'its list of contents cannot be read' })
    return document
  },
}

/** Whether erasures reach it: those of version 1 hold everything under the keys of the tenant, or plain. */
export function isReached({ withKeys }: BackupDocument): boolean {
  return withKeys === undefined
}

/** What is signed: the canonical JSON (RFC 8785) of everything but format, version and signature. */
export function signedText(body: Pick<BackupDocument, 'tenant'>): Uint8Array {
  const { format: _format, version: _version, signature: _signature, ...rest } = body as unknown as JsonObject
  return Buffer.from(canonicalJson(JSON.parse(JSON.stringify(rest)) as Json))
}

function isSound(document: JsonObject): document is BackupDocument {
  const { tenant, checkpoint, vkey, withKeys, versions, files, signature } = document as Partial<BackupDocument>
  try {
    parseTenantId(String(tenant))
    fromBase64(String(signature))
  } catch {
    return false
  }
  return (
    typeof checkpoint === 'string' &&
    typeof vkey === 'string' &&
    ['boolean', 'undefined'].includes(typeof withKeys) &&
    typeof versions?.lake === 'object' &&
    (versions.vault === null || typeof versions.vault === 'string') &&
    Array.isArray(files) &&
    files.every(isFile)
  )
}

function isFile({ path, sha256, sealed }: Partial<BackupFile>): boolean {
  const isWhole = sealed === undefined || (typeof sealed?.source === 'string' && typeof sealed.plain === 'string')
  return isInside(path) && typeof sha256 === 'string' && isWhole
}

/** A list of contents must not name a place outside its folder. */
function isInside(path: unknown): boolean {
  return (
    typeof path === 'string' &&
    !path.includes('\\') &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  )
}
