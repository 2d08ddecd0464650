import { limits } from '#kernel'
import { ontologyErrors } from '../errors.ts'

/** A value of a request, and where it stands: `objectSet.objectSets[1].where.value[0]`. */
export interface Place {
  readonly value: unknown
  readonly at: string
}

/*
 * All that is said of a request that is wrong is where, and what should be there: never a name or a value of it. Members
 * that are `null` count as left out, as clients write them.
 */

export function wrong({ at }: Place, what: string): Error {
  return ontologyErrors('FDP_ONTOLOGY_REQUEST', { at: at === '' ? 'body' : at, what })
}

export function unsupported({ at }: Place, what: string): Error {
  return ontologyErrors('FDP_ONTOLOGY_UNSUPPORTED', { at, what })
}

export function tooMany(what: string, max: number): Error {
  return ontologyErrors('FDP_ONTOLOGY_LIMIT', { what, max })
}

/** A member of a JSON object, by its own name only: what every object inherits is nobody's request. */
export function member(place: Place, name: string): Place {
  const { value, at } = place
  if (!isObject(value)) throw wrong(place, 'an object')
  return { value: Object.hasOwn(value, name) ? value[name] : undefined, at: at === '' ? name : `${at}.${name}` }
}

/** Members of a JSON object whose names are the sender's: each with its name, placed by its number. */
export function members(place: Place, max: number): readonly { readonly name: string; readonly place: Place }[] {
  const { value, at } = place
  if (!isObject(value)) throw wrong(place, 'an object')
  const entries = Object.entries(value)
  if (entries.length > max) throw tooMany(`\`${at}\``, max)
  return entries.map(([name, each], i) => ({ name, place: { value: each, at: `${at}[${i}]` } }))
}

export function isThere({ value }: Place): boolean {
  return value !== undefined && value !== null
}

export function items(place: Place, max: number): readonly Place[] {
  const { value, at } = place
  if (!Array.isArray(value)) throw wrong(place, 'a list')
  if (value.length > max) throw tooMany(`\`${at}\``, max)
  return value.map((each: unknown, i) => ({ value: each, at: `${at}[${i}]` }))
}

/** An empty list where there is none. */
export function itemsIfAny(place: Place, max: number): readonly Place[] {
  return isThere(place) ? items(place, max) : []
}

/** Text that an engine and a ledger can hold. */
export function text(place: Place, charactersMax: number): string {
  const { value, at } = place
  if (typeof value !== 'string') throw wrong(place, 'a text')
  if (value.length > charactersMax) throw tooMany(`the text at \`${at}\``, charactersMax)
  if (!value.isWellFormed() || value.includes('\0')) throw wrong(place, 'a text of Unicode characters')
  return value
}

/** A name of something; whether there is such a thing is asked elsewhere. */
export function name(place: Place): string {
  const found = text(place, limits.nameCharactersMax)
  if (found === '') throw wrong(place, 'a name')
  return found
}

export function oneOf<T extends string>(place: Place, choices: readonly T[]): T {
  const found = choices.find((each) => each === place.value)
  if (found === undefined) throw wrong(place, `one of ${choices.join(', ')}`)
  return found
}

/** `type` of an object that comes in several kinds. */
export function typeOf(place: Place): string {
  const type = member(place, 'type')
  return text(type, limits.nameCharactersMax)
}

export function flag(place: Place, otherwise: boolean): boolean {
  if (!isThere(place)) return otherwise
  if (typeof place.value !== 'boolean') throw wrong(place, 'true or false')
  return place.value
}

export function whole(place: Place, min: number, max: number): number {
  const { value } = place
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
    throw wrong(place, `a whole number from ${min} to ${max}`)
  }
  return value
}

export function number(place: Place): number {
  if (typeof place.value !== 'number' || !Number.isFinite(place.value)) throw wrong(place, 'a number')
  return place.value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
