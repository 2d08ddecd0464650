import type { ObjectType, PropertyType } from '#contracts'
import { shownType } from '../object-set/values.ts'
import { linkTypesOf } from './link-types.ts'
import { objectTypeRid, propertyRid } from './rids.ts'
import type { Seen, Sight } from './sight.ts'
import type { ObjectTypeFullMetadata, ObjectTypeV2, PropertyV2, WirePropertyType } from './wire.ts'
import { displayName, plural } from './words.ts'

/**
 * The key of a type whose own key is not among what the caller may read. Every object has `__primaryKey`, and a client
 * needs to be told of a property that it is.
 */
export const hiddenKey = '__primaryKey'

/** An object type with the properties that the caller may read, each with the type of what they would be shown. */
export function objectTypeOf({ type, level, columns }: Seen): ObjectTypeV2 {
  const granted = new Set(columns)
  const properties = type.properties
    .filter(({ name }) => granted.has(name))
    .map((property) => [property.name, propertyOf(type, property.name, shownType(type, property, level))] as const)
  const key = keyOf({ type, columns })
  const name = displayName(type.apiName)
  return {
    ...{ apiName: type.apiName, displayName: name, pluralDisplayName: plural(name) },
    ...{ status: 'ACTIVE', visibility: 'NORMAL', icon: { type: 'blueprint', name: 'cube', color: '#005EB8' } },
    ...{ primaryKey: key, titleProperty: key, rid: objectTypeRid(type.apiName) },
    properties: Object.fromEntries(
      key === hiddenKey ? [...properties, [key, propertyOf(type, key, 'text')]] : properties,
    ),
  }
}

/** An object type with the links that the caller may follow from it. */
export function fullMetadataOf(seen: Seen, sight: Sight): ObjectTypeFullMetadata {
  return {
    objectType: objectTypeOf(seen),
    linkTypes: linkTypesOf(seen, sight),
    ...{ implementsInterfaces: [], implementsInterfaces2: {}, sharedPropertyTypeMapping: {} },
  }
}

/** The property that `__primaryKey` is the value of, for this caller. */
export function keyOf({ type, columns }: Pick<Seen, 'type' | 'columns'>): string {
  return columns.includes(type.primaryKey) ? type.primaryKey : hiddenKey
}

/** A type of the contracts as the wire names it. */
export function wireType(type: PropertyType): WirePropertyType {
  if (type === 'texts') return { type: 'array', subType: { type: 'string' }, reducers: [] }
  return { type: type === 'text' ? 'string' : type }
}

function propertyOf({ apiName }: ObjectType, name: string, type: PropertyType): PropertyV2 {
  return {
    ...{ displayName: displayName(name), dataType: wireType(type) },
    ...{ rid: propertyRid(apiName, name), typeClasses: [] },
  }
}
