import { contractErrors } from './errors.ts'
import { loadObjectTypes } from './load.ts'
import type { ObjectType, Property } from './object-type.ts'
import { nearest } from './suggest.ts'

let loaded: ReadonlyMap<string, ObjectType> | null = null

function catalogue(): ReadonlyMap<string, ObjectType> {
  loaded ??= new Map(loadObjectTypes().map((type) => [type.name, type]))
  return loaded
}

/** The 62 types of the canonical data model and our own, the model's first, each by name. */
export function objectTypes(): readonly ObjectType[] {
  return [...catalogue().values()]
}

/** Of our own those whose rows say which records are linked, where no property does. */
export function linkTables(): readonly ObjectType[] {
  const names = new Set(objectTypes().flatMap(({ links }) => links.flatMap(({ through }) => through?.object ?? [])))
  return objectTypes().filter(({ name }) => names.has(name))
}

/** Throws FDP_CONTRACTS_UNKNOWN_TYPE with the nearest name. */
export function objectType(name: string): ObjectType {
  const type = catalogue().get(name) ?? objectTypes().find((candidate) => candidate.apiName === name)
  if (type) return type
  const near = nearest(name, [...catalogue().keys()])
  const suggestion = near ? `did you mean \`${near}\`?` : 'type `./fdp contract list` for the names'
  throw contractErrors('FDP_CONTRACTS_UNKNOWN_TYPE', { name: printable(name), suggestion })
}

/** Throws FDP_CONTRACTS_UNKNOWN_PROPERTY with the nearest name. */
export function property(type: ObjectType, name: string): Property {
  const found = type.properties.find((candidate) => candidate.name === name)
  if (found) return found
  const names = type.properties.map((candidate) => candidate.name)
  const near = nearest(name, names)
  const suggestion = near ? `did you mean \`${near}\`?` : `type \`./fdp contract show ${type.name}\` for the names`
  throw contractErrors('FDP_CONTRACTS_UNKNOWN_PROPERTY', { object: type.name, name: printable(name), suggestion })
}

/** A mistyped name may be anything, a patient's number too: only what looks like a name is said back. */
function printable(name: string): string {
  return /^[A-Za-z][A-Za-z_]{0,79}$/.test(name) ? name : '(not a name)'
}
