import { canonicalJson, canonicalJsonBytes, type JsonObject, limits, sha256Hex } from '#kernel'
import { compileMapping, mappingOrigins, parseMapping } from '#mapping'
import type { Source } from '#ports'
import { storing } from './stores.ts'
import type { FlowDeps, Mapping } from './submission.ts'
import { viewMapping } from './view-mapping.ts'

const hashDigits = 12

/** The mapping that a document is: a declared one, or a ViewDefinition. Errors: FDP_MAPPING_WRONG, FDP_FHIR_*. */
export function mappingOf(document: JsonObject): Mapping {
  return document.format === 'openfdp/mapping' ? declaredMapping(document) : viewMapping(document)
}

/** Its name says which document it is of all that were called so. */
function declaredMapping(document: JsonObject): Mapping {
  const mapping = parseMapping(document)
  const sha256 = sha256Hex(canonicalJson(document))
  return {
    ...{ id: `${mapping.id}-${sha256.slice(0, hashDigits)}`, version: 1, object: mapping.object },
    ...compileMapping(mapping),
    origins: { sha256, ...mappingOrigins(mapping) },
  }
}

/** Keeps the document beside the bytes that it is for; the name of its blob. */
export async function landDocument(document: JsonObject, { blobs }: FlowDeps): Promise<string> {
  async function* bytes() {
    yield canonicalJsonBytes(document)
  }
  return (await storing('blob store', 'land', () => blobs.put(bytes(), limits.viewBytesMax))).id
}

export async function landedDocument(blob: string, { blobs }: FlowDeps): Promise<JsonObject> {
  const chunks: Uint8Array[] = []
  for await (const chunk of blobs.open(blob)) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as JsonObject
}

/** A file as a blob that no entry names, for as long as something is tried on it; a crash leaves it to the next sweep. */
export async function unlandedFrom(
  source: Source,
  bytesMax: number,
  { blobs }: FlowDeps,
): Promise<{ readonly blob: string; forget(): Promise<void> }> {
  const { id } = await storing('blob store', 'land', () => blobs.put(source.open(), bytesMax))
  return { blob: id, forget: () => blobs.delete(id) }
}
