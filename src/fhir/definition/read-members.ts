import type { FdpError } from '#kernel'
import { fail } from '../errors.ts'
import { parsePath } from '../path/parse-path.ts'
import type { Path } from './view.ts'

export function viewError(place: string, problem: string, help: string): FdpError {
  return fail('FDP_FHIR_VIEW', { place, problem, help })
}

export type Members = Readonly<Record<string, unknown>>

/** An object with no other members than the known ones. */
export function readObject(value: unknown, place: string, known: readonly string[]): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw viewError(place, 'this is no object', 'write it as the specification of ViewDefinition shows')
  const strange = Object.keys(value).find((name) => !known.includes(name))
  if (strange !== undefined)
    throw viewError(place, `\`${shortened(strange)}\` is not known here`, `choose from: ${known.join(', ')}`)
  return value as Members
}

/** A list of at most `max`; empty if it is left out. */
export function readList(members: Members, name: string, place: string, max: number): readonly unknown[] {
  const value = members[name] ?? []
  if (!Array.isArray(value))
    throw viewError(placeOf(place, name), 'this is no list', 'put what is here between brackets')
  if (value.length > max) throw fail('FDP_FHIR_TOO_LARGE', { place: placeOf(place, name), max, what: 'entries' })
  return value
}

export function readText(members: Members, name: string, place: string): string {
  const value = members[name]
  if (typeof value === 'string' && value !== '') return value
  const problem = value === undefined ? 'this is missing' : 'this is no text'
  throw viewError(placeOf(place, name), problem, `give \`${name}\` a text`)
}

const nameForm = /^[A-Za-z][A-Za-z0-9_]{0,62}$/

/** Names of columns and constants: invariant sql-name of the specification, and short enough for any database. */
export function readName(members: Members, place: string): string {
  const name = readText(members, 'name', place)
  if (nameForm.test(name)) return name
  const problem = 'this is no name: letters, digits and underscores, at most 63, with a letter first'
  throw viewError(placeOf(place, 'name'), problem, 'choose another name')
}

export function readPath(members: Members, name: string, place: string): Path {
  return parsedPath(readText(members, name, place), placeOf(place, name))
}

export function parsedPath(text: string, place: string): Path {
  const source = { text, place }
  return { source, expression: parsePath(source) }
}

export function placeOf(place: string, name: string): string {
  return place === '' ? name : `${place}.${name}`
}

/** What somebody wrote, short enough for a message, and nothing that moves a cursor. */
function shortened(text: string): string {
  const printable = text.slice(0, 60).replaceAll(/[^ -~]/g, '?')
  return text.length <= 60 ? printable : `${printable}…`
}
