import { limits } from '#kernel'
import { parseConstants } from './parse-constants.ts'
import { parseSelects } from './parse-select.ts'
import { readList, readObject, readPath, readText, viewError } from './read-members.ts'
import type { View } from './view.ts'

/** Members that say what a view is about and do not change its rows. */
const descriptive = [
  ...['resourceType', 'id', 'meta', 'implicitRules', 'language', 'text', 'extension', 'url', 'identifier', 'version'],
  ...['name', 'title', 'status', 'experimental', 'date', 'publisher', 'contact', 'description', 'useContext'],
  ...['jurisdiction', 'purpose', 'copyright', 'profile', 'fhirVersion'],
]

/**
 * Checks and parses a ViewDefinition of SQL on FHIR v2, as read from JSON. Nothing of a resource is looked at.
 * Errors: FDP_FHIR_VIEW and FDP_FHIR_PATH with the place in the definition, FDP_FHIR_TOO_LARGE.
 * Source: https://sql-on-fhir.org/ig/StructureDefinition-ViewDefinition.html
 */
export function parseView(value: unknown): View {
  const members = readObject(value, 'the view', [...descriptive, 'resource', 'constant', 'select', 'where'])
  const resource = readText(members, 'resource', '')
  if (!/^[A-Z][A-Za-z]{0,63}$/.test(resource))
    throw viewError('resource', 'this is no type of resource', 'give the name of one, such as `Patient`')
  const where = readList(members, 'where', '', limits.viewColumnsMax).map((condition, i) =>
    readPath(readObject(condition, `where[${i}]`, ['path', 'description']), 'path', `where[${i}]`),
  )
  const select = parseSelects(members)
  if (select.length === 0) throw viewError('select', 'this is missing', 'give at least one select with a column')
  return { resource, select, where, constants: parseConstants(members) }
}
