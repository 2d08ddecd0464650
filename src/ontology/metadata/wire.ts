import type { JsonObject } from '#kernel'

/* Metadata as `@osdk/client` 2.22.0 reads them: the properties that we give of its wire types. */

export interface OntologyV2 {
  readonly apiName: string
  readonly displayName: string
  readonly description: string
  readonly rid: string
}

export type WirePropertyType =
  | { readonly type: 'string' | 'integer' | 'long' | 'double' | 'decimal' | 'boolean' | 'date' | 'timestamp' }
  | { readonly type: 'array'; readonly subType: { readonly type: 'string' }; readonly reducers: readonly [] }

export interface PropertyV2 {
  readonly displayName: string
  readonly dataType: WirePropertyType
  readonly rid: string
  readonly typeClasses: readonly []
}

export interface ObjectTypeV2 {
  readonly apiName: string
  readonly displayName: string
  readonly pluralDisplayName: string
  readonly status: 'ACTIVE'
  readonly visibility: 'NORMAL'
  readonly icon: { readonly type: 'blueprint'; readonly name: string; readonly color: string }
  readonly primaryKey: string
  readonly titleProperty: string
  readonly properties: Readonly<Record<string, PropertyV2>>
  readonly rid: string
}

export interface LinkTypeSideV2 {
  readonly apiName: string
  readonly displayName: string
  readonly status: 'ACTIVE'
  readonly objectTypeApiName: string
  readonly cardinality: 'ONE' | 'MANY'
  readonly foreignKeyPropertyApiName?: string
  readonly linkTypeRid: string
}

export interface ObjectTypeFullMetadata {
  readonly objectType: ObjectTypeV2
  readonly linkTypes: readonly LinkTypeSideV2[]
  readonly implementsInterfaces: readonly []
  readonly implementsInterfaces2: Readonly<Record<string, never>>
  readonly sharedPropertyTypeMapping: Readonly<Record<string, never>>
}

export interface OntologyFullMetadata {
  readonly ontology: OntologyV2
  readonly objectTypes: Readonly<Record<string, ObjectTypeFullMetadata>>
  readonly actionTypes: Readonly<Record<string, JsonObject>>
  readonly queryTypes: Readonly<Record<string, JsonObject>>
  readonly interfaceTypes: Readonly<Record<string, never>>
  readonly sharedPropertyTypes: Readonly<Record<string, never>>
  readonly valueTypes: Readonly<Record<string, never>>
}
