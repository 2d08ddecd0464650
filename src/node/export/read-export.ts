import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fromBase64, isFdpError, type JsonObject, readFormat, sha256Hex } from '#kernel'
import { parseVerifierKey } from '#ledger'
import type { Source } from '#ports'
import { verifySignature } from '../signature.ts'
import { describeFile } from '../tree-copy.ts'
import { exportErrors } from './errors.ts'
import { type ExportedFile, type ExportManifest, exportFormat, signedManifest } from './export-manifest.ts'

const damaged = (what: string) => exportErrors('FDP_EXPORT_DAMAGED', { what })

/**
 * Reads the manifest and holds signature and every file against it. The signature shows that the tenant with that ledger
 * wrote it; whether that is the tenant one thinks of is for whoever knows its verifier key. FDP_EXPORT_DAMAGED.
 */
export async function readExport(
  folder: string,
  progress?: (label: string, done: number, total: number) => void,
): Promise<{ manifest: ExportManifest; manifestSha256: string }> {
  const text = await readFile(join(folder, 'manifest.json'), 'utf8').catch(() => {
    throw damaged('there is no `manifest.json` in the folder')
  })
  const manifest = parse(text)
  for (const [i, listed] of manifest.files.entries()) {
    progress?.('holding files against the manifest', i, manifest.files.length)
    const found = await describeFile(folder, listed.path).catch(() => null)
    if (found?.sha256 !== listed.sha256) throw damaged(`the file \`${listed.path}\` is not as it was`)
  }
  progress?.('holding files against the manifest', manifest.files.length, manifest.files.length)
  return { manifest, manifestSha256: sha256Hex(text) }
}

function parse(text: string): ExportManifest {
  let manifest: ExportManifest
  try {
    manifest = readFormat(exportFormat, JSON.parse(text) as JsonObject)
  } catch (error) {
    if (isFdpError(error)) throw error
    throw damaged('its manifest cannot be read')
  }
  if (!isSigned(manifest)) throw damaged('its manifest is not signed by the tenant that it names')
  return manifest
}

function isSigned(manifest: ExportManifest): boolean {
  try {
    const { publicKey } = parseVerifierKey(manifest.vkey)
    return verifySignature(publicKey, signedManifest(manifest), fromBase64(manifest.signature))
  } catch {
    return false
  }
}

/** A file of objects as something to submit. */
export function exportedSource(folder: string, { path, bytes }: ExportedFile): Source {
  return { name: basename(path), bytes, open: () => createReadStream(join(folder, path)) }
}
