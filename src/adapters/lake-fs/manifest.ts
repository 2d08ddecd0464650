import {
  canonicalJsonBytes,
  type FormatSpec,
  type JsonObject,
  parseDate,
  parseOdsCode,
  sha256Hex,
  writeFormat,
} from '#kernel'
import type { LakeFile, LakeVersion } from '#ports'
import { lakeError } from './errors.ts'

export type ManifestFile = {
  readonly path: string
  readonly rows: number
  readonly bytes: number
  readonly sha256: string
  readonly controller: string
  readonly asAt: string
  readonly from?: string
  readonly dataSet?: string
}

export type LakeManifest = {
  readonly format: string
  readonly version: number
  readonly object: string
  readonly rows: number
  readonly files: readonly ManifestFile[]
}

/** `openfdp/lake-manifest`, described in spec/lake.md. */
export const manifestFormat: FormatSpec<LakeManifest> = {
  format: 'openfdp/lake-manifest',
  version: 1,
  migrations: {},
  check: checkManifest,
}

/** The bytes of a manifest and the hash that names them; the same files give the same hash in whatever order. */
export function encodeManifest(object: string, files: readonly LakeFile[]): { bytes: Uint8Array; sha256: string } {
  const sorted = files.map(manifestFile).sort((a, b) => (a.path < b.path ? -1 : 1))
  const rows = sorted.reduce((sum, file) => sum + file.rows, 0)
  const bytes = canonicalJsonBytes(writeFormat(manifestFormat, { object, rows, files: sorted }))
  return { bytes, sha256: sha256Hex(bytes) }
}

export function toVersion(manifest: LakeManifest, manifestSha256: string): LakeVersion {
  return Object.freeze({ object: manifest.object, manifestSha256, rows: manifest.rows, files: manifest.files })
}

/** Refuses names that would be no folder of their own, with FDP_LAKE_NAME. */
export function checkNames(object: string, controller: string): void {
  if (!/^[A-Za-z][A-Za-z0-9_]{0,99}$/.test(object)) throw lakeError('FDP_LAKE_NAME', { what: 'object type' })
  try {
    parseOdsCode(controller)
  } catch {
    throw lakeError('FDP_LAKE_NAME', { what: 'controller' })
  }
}

/** Where a file lies, from what it is: the name is the hash of its content. */
export function filePath(object: string, controller: string, sha256: string): string {
  return `${object}/_controller=${controller}/${sha256}.parquet`
}

function manifestFile({ path, rows, bytes, sha256, controller, asAt, from, dataSet }: LakeFile): ManifestFile {
  const more = { ...(from === undefined ? {} : { from }), ...(dataSet === undefined ? {} : { dataSet }) }
  return { path, rows, bytes, sha256, controller, asAt, ...more }
}

function checkManifest(document: JsonObject): LakeManifest {
  const manifest = document as LakeManifest
  let rows = 0
  let previous = ''
  for (const file of manifest.files) {
    checkNames(manifest.object, file.controller)
    parseDate(file.asAt)
    if (file.from !== undefined && parseDate(file.from) > file.asAt) throw new Error('a lake manifest that cannot be')
    const sized = Number.isSafeInteger(file.rows) && file.rows >= 0 && Number.isSafeInteger(file.bytes)
    const placed = file.path === filePath(manifest.object, file.controller, file.sha256) && file.path > previous
    if (!sized || !placed || !/^[0-9a-f]{64}$/.test(file.sha256)) throw new Error('a lake manifest that cannot be')
    rows += file.rows
    previous = file.path
  }
  if (rows !== manifest.rows) throw new Error('a lake manifest whose rows do not add up')
  return manifest
}
