import { limits } from '#kernel'
import { itemsIfAny, member, name } from '../object-set/place.ts'
import type { Wanted } from './ontology.ts'

/** A `LoadOntologyMetadataRequest`. Interfaces are none, and links come with their types. FDP_ONTOLOGY_REQUEST, FDP_ONTOLOGY_LIMIT. */
export function parseMetadataRequest(json: unknown): Wanted {
  const body = { value: json, at: '' }
  const names = (list: string) => itemsIfAny(member(body, list), limits.submissionColumnsMax).map(name)
  for (const list of ['linkTypes', 'interfaceTypes']) names(list)
  return { objectTypes: names('objectTypes'), actionTypes: names('actionTypes'), queryTypes: names('queryTypes') }
}
