import { lengthPrefixed, sha256Hex } from '#kernel'

/*
 * Resource identifiers of the API's form. Each is worked out from names, so that it is the same at every start, on every
 * node that holds the tenant, and tells nothing that the names do not.
 */

export function ontologyRid(tenant: string): string {
  return `ri.ontology.main.ontology.${uuidOf('ontology', tenant)}`
}

export function objectTypeRid(apiName: string): string {
  return `ri.ontology.main.object-type.${uuidOf('object-type', apiName)}`
}

export function propertyRid(objectType: string, property: string): string {
  return `ri.ontology.main.property.${uuidOf('property', objectType, property)}`
}

/** One link type has two sides: both say the same pair of ends, in whichever order. */
export function linkTypeRid(a: string, b: string): string {
  return `ri.ontology.main.link-type.${uuidOf('link-type', ...[a, b].sort())}`
}

export function actionTypeRid(apiName: string): string {
  return `ri.actions.main.action-type.${uuidOf('action-type', apiName)}`
}

export function queryTypeRid(apiName: string): string {
  return `ri.function-registry.main.function.${uuidOf('function', apiName)}`
}

/** A UUID of version 8 (RFC 9562 section 5.8) from names. */
function uuidOf(...names: readonly string[]): string {
  const hex = sha256Hex(lengthPrefixed('openfdp/rid/v1', ...names))
  const variant = '89ab'[Number.parseInt(hex[16] ?? '0', 16) & 3]
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
