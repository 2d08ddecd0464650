import { objectIn } from '#kernel'
import { fhirServerErrors } from './errors.ts'

const filesMax = 100_000

/** What an export came to (FHIR Bulk Data, "complete status"). Addresses are as they were given. */
export interface Manifest {
  readonly output: readonly ManifestFile[]
  readonly error: readonly ManifestFile[]
  readonly deleted: readonly ManifestFile[]
  /** Whether files are given for a token only; so it is taken where that is not said. */
  readonly signed: boolean
}

export interface ManifestFile {
  readonly url: unknown
  /** Resources in it, where that is said. */
  readonly count: number | null
}

/** FDP_FHIRSERVER_ANSWER */
export function parseManifest(text: string): Manifest {
  const manifest = objectIn(text)
  if (manifest === null) throw noManifest('it is no JSON object')
  const { requiresAccessToken: signed = true, link = [] } = manifest
  if (typeof signed !== 'boolean') throw noManifest('it does not say whether files want a token')
  if (!Array.isArray(link) || link.length > 0) throw noManifest('it has several parts, which was not asked for')
  if (manifest.output === undefined) throw noManifest('it lists no output')
  const [output, error, deleted] = [manifest.output, manifest.error ?? [], manifest.deleted ?? []].map(filesIn)
  return { output: output!, error: error!, deleted: deleted!, signed }
}

function filesIn(list: unknown): ManifestFile[] {
  if (!Array.isArray(list) || list.length > filesMax) throw noManifest('a list of files is none, or too long')
  return list.map((file) => {
    if (typeof file?.url !== 'string') throw noManifest('a file has no address')
    return { url: file.url, count: Number.isSafeInteger(file.count) ? (file.count as number) : null }
  })
}

function noManifest(what: string): Error {
  return fhirServerErrors('FDP_FHIRSERVER_ANSWER', { what: `of the list of exported files, ${what}` })
}
