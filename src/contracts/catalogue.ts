import { canonicalJson, type Json } from '#kernel'
import { contractErrors } from './errors.ts'
import { loadObjectTypes } from './load.ts'
import type { ObjectType, Property } from './object-type.ts'
import { nearest } from './suggest.ts'

let loaded: Map<string, ObjectType> | null = null

function catalogue(): Map<string, ObjectType> {
  loaded ??= new Map(loadObjectTypes().map((type) => [type.name, type]))
  return loaded
}

/**
 * Makes a type that a model declares one of those of this program, until it ends. All tenants of a process know it; who
 * has no data of it, or no grant, finds that it does not exist. The same again changes nothing.
 * Throws FDP_CONTRACTS_NAME_TAKEN where another type has the name, whatever its letters' case.
 */
export function registerDerivedType(type: ObjectType): void {
  const known = objectTypes().find(({ name, apiName }) =>
    [name, apiName].some((each) => each.toLowerCase() === type.name.toLowerCase()),
  )
  if (!known) catalogue().set(type.name, type)
  else if (textOf(known) !== textOf(type)) throw contractErrors('FDP_CONTRACTS_NAME_TAKEN', { name: type.name })
}

function textOf(type: ObjectType): string {
  return canonicalJson(JSON.parse(JSON.stringify(type)) as Json)
}

/** The 62 types of the canonical data model, our own, and those that models make, in this order. */
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
