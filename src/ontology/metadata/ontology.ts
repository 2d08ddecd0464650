import type { JsonObject } from '#kernel'
import { fullMetadataOf } from './object-types.ts'
import { ontologyRid } from './rids.ts'
import type { Sight } from './sight.ts'
import type { OntologyFullMetadata, OntologyV2 } from './wire.ts'

/** Under this name the published paths address the ontology of the canonical data model; a tenant has one ontology. */
export const ontologyApiName = 'palantirukhealth-ontology'

export interface OntologyOf {
  readonly tenant: string
  readonly name: string
}

export function ontologyOf({ tenant, name }: OntologyOf): OntologyV2 {
  return {
    ...{ apiName: ontologyApiName, displayName: name, rid: ontologyRid(tenant) },
    description: `The canonical data model and what ${name} adds to it, as far as the caller may see it.`,
  }
}

/** Whether an address means the ontology of this tenant: by the published name, or by its own identifier. */
export function isOntology({ tenant }: Pick<OntologyOf, 'tenant'>, named: string): boolean {
  return named === ontologyApiName || named === ontologyRid(tenant)
}

/** What a caller may call: each with its wire metadata by name, only what they may use now. */
export interface Callables {
  readonly actionTypes: Readonly<Record<string, JsonObject>>
  readonly queryTypes: Readonly<Record<string, JsonObject>>
}

/** Names asked for; null for everything. */
export type Wanted = Readonly<Record<'objectTypes' | 'actionTypes' | 'queryTypes', readonly string[]>> | null

/** Everything, or of what was asked for by name that which exists for the caller. */
export function ontologyMetadata(
  of: OntologyOf,
  sight: Sight,
  { actionTypes, queryTypes }: Callables,
  wanted: Wanted = null,
): OntologyFullMetadata {
  const seen = wanted ? wanted.objectTypes.flatMap((name) => sight.find(name) ?? []) : sight.all()
  return {
    ontology: ontologyOf(of),
    objectTypes: Object.fromEntries(seen.map((each) => [each.type.apiName, fullMetadataOf(each, sight)])),
    actionTypes: pick(actionTypes, wanted?.actionTypes),
    // A version may be asked for behind a colon; each query has one.
    queryTypes: pick(
      queryTypes,
      wanted?.queryTypes.map((name) => name.split(':', 1)[0] ?? ''),
    ),
    ...{ interfaceTypes: {}, sharedPropertyTypes: {}, valueTypes: {} },
  }
}

function pick(all: Readonly<Record<string, JsonObject>>, names: readonly string[] | undefined) {
  return names ? Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name))) : all
}
