import {
  canonicalJson,
  type FormatSpec,
  fromBase64,
  type Json,
  type JsonObject,
  parseDate,
  parseOdsCode,
} from '#kernel'
import { exportErrors } from './errors.ts'

/** A file of an export, in the order of its path. */
export interface ExportedFile {
  /** Relative, `/` between parts. */
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

/** The rows of one object type and controller: one file, in order of the primary key. */
export interface ExportedRows {
  readonly object: string
  readonly controller: string
  /** The day that the rows speak of. */
  readonly asAt: string
  readonly path: string
  readonly rows: number
  readonly columns: readonly string[]
  /** Properties that the contract has and the file has not: legally restricted ones that nobody was granted. */
  readonly withheld: readonly string[]
  /** What stays with the rows wherever they go. */
  readonly labels: readonly string[]
}

/** `manifest.json` of an export: what is in it, from where, by whom, signed by the tenant. Written last. */
export interface ExportManifest extends JsonObject {
  readonly tenant: {
    readonly id: string
    readonly name: string
    readonly kind: string
    readonly controller: string
    readonly synthetic: boolean
  }
  readonly at: string
  readonly by: string
  readonly purpose: string
  /** Everything is as it was after this entry of the ledger. */
  readonly asOf: number
  /** Verifier key of the ledger, whose signing key signs this too. */
  readonly vkey: string
  readonly objects: readonly (ExportedRows & JsonObject)[]
  readonly files: readonly (ExportedFile & JsonObject)[]
  /** Ed25519 over `signedManifest`, base64. */
  readonly signature: string
}

export const exportFormat: FormatSpec<ExportManifest> = {
  format: 'openfdp/tenant-export',
  version: 1,
  migrations: {},
  check: (document) => {
    if (!isSound(document)) throw exportErrors('FDP_EXPORT_DAMAGED', { what: 'its manifest cannot be read' })
    return document
  },
}

/** What is signed: the canonical JSON (RFC 8785) of everything but format, version and signature. */
export function signedManifest(body: Omit<ExportManifest, 'format' | 'version' | 'signature'>): Uint8Array {
  const { format: _format, version: _version, signature: _signature, ...rest } = body as unknown as JsonObject
  return Buffer.from(canonicalJson(JSON.parse(JSON.stringify(rest)) as Json))
}

function isSound(document: JsonObject): document is ExportManifest {
  const { tenant, asOf, vkey, objects, files, signature } = document as Partial<ExportManifest>
  try {
    fromBase64(String(signature))
    if (typeof vkey !== 'string' || typeof tenant?.id !== 'string' || !Number.isSafeInteger(asOf)) return false
    if (!Array.isArray(objects) || !Array.isArray(files)) return false
    const paths = new Set(files.map(({ path }: ExportedFile) => path))
    for (const each of objects as readonly ExportedRows[]) {
      parseOdsCode(each.controller)
      parseDate(each.asAt)
      if (!paths.has(each.path) || !Number.isSafeInteger(each.rows) || each.rows < 0) return false
      if (!isTexts(each.columns) || !isTexts(each.withheld) || !isTexts(each.labels)) return false
    }
    return (files as readonly ExportedFile[]).every((file) => isInside(file.path) && typeof file.sha256 === 'string')
  } catch {
    return false
  }
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

/** A manifest must not name a place outside its folder. */
function isInside(path: unknown): boolean {
  return (
    typeof path === 'string' &&
    !path.includes('\\') &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  )
}
