import { objectType } from './catalogue.ts'
import type { Join, Link, ObjectType, Property } from './object-type.ts'

/*
 * Every property of a type is in exactly one of three parts, which decide where its values are kept:
 *   key       the key of a person-level record: a local number in the lake, the value itself in the vault
 *   identity  direct identifiers and free text: in the vault only
 *   care      everything else: in the lake, typed
 */

/** The property that holds the key of the patient the row is about; null where only a chain leads there, or none does. */
export function personProperty(type: ObjectType): Property | null {
  if (type.name === 'Patient') return find(type, type.primaryKey)
  const candidates = type.properties.filter(
    (property) => property.references?.object === 'Patient' && property.type !== 'texts',
  )
  return candidates.find((property) => property.name === 'patientId') ?? candidates[0] ?? null
}

/**
 * The properties to follow, type by type, until a patient's key is reached: `[cancerPathwayId]` of a tracking comment,
 * then `patientId` of its pathway. Shortest chain; empty where no chain exists. The last one is a `personProperty`.
 */
export function personPath(type: ObjectType): readonly { readonly object: string; readonly property: Property }[] {
  const queue: { type: ObjectType; path: { object: string; property: Property }[] }[] = [{ type, path: [] }]
  const seen = new Set([type.name])
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const direct = personProperty(next.type)
    if (direct) return [...next.path, { object: next.type.name, property: direct }]
    for (const property of next.type.properties) {
      const target = property.references?.object
      if (property.role !== 'foreign-key' || target === undefined || seen.has(target)) continue
      seen.add(target)
      queue.push({ type: objectType(target), path: [...next.path, { object: next.type.name, property }] })
    }
  }
  return []
}

/** Of which type a row's own key is: a derived row is known by the key of the record that it is made for. */
export function recordTypeOf(type: ObjectType): string {
  return (type.origin === 'derived' && find(type, type.primaryKey)?.references?.object) || type.name
}

/** Every property by which rows of a link meet: of its two ends, and of the table that it goes through. */
export function linkColumns(
  from: ObjectType,
  { object, join, through }: Link,
): readonly { readonly object: string; readonly column: string }[] {
  if (join) return pairOf(from.name, join, object)
  if (!through) throw new Error(`nothing says which rows a link of ${from.name} links`)
  return [...pairOf(from.name, through.near, through.object), ...pairOf(through.object, through.far, object)]
}

function pairOf(from: string, join: Join, to: string): { readonly object: string; readonly column: string }[] {
  return [
    { object: from, column: join.from },
    { object: to, column: join.to },
  ]
}

/** Keys of person-level records: own key, references to others, identifiers of other systems. */
export function keyProperties(type: ObjectType): readonly Property[] {
  return type.properties.filter((property) => isKey(type, property))
}

/** Direct identifiers and free text that are not keys. */
export function identityProperties(type: ObjectType): readonly Property[] {
  return type.properties.filter((property) => !isKey(type, property) && isIdentity(property))
}

/** What the lake holds besides keys. */
export function careProperties(type: ObjectType): readonly Property[] {
  return type.properties.filter((property) => !isKey(type, property) && !isIdentity(property))
}

function isKey(type: ObjectType, property: Property): boolean {
  return property.role !== null && (type.personLevel || property.role !== 'primary-key')
}

function isIdentity(property: Property): boolean {
  return property.sensitivity === 'direct' || property.sensitivity === 'text'
}

function find(type: ObjectType, name: string): Property | null {
  return type.properties.find((property) => property.name === name) ?? null
}
