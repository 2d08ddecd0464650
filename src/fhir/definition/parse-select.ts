import { limits } from '#kernel'
import { fail } from '../errors.ts'
import { isPrimitiveType, type PrimitiveType, primitiveTypes } from './primitive-types.ts'
import {
  type Members,
  parsedPath,
  placeOf,
  readList,
  readName,
  readObject,
  readPath,
  readText,
  viewError,
} from './read-members.ts'
import type { Iteration, Select, ViewColumn } from './view.ts'

/** How many selects and columns a view has so far. */
interface Counts {
  selects: number
  columns: number
}

/** `select` of a ViewDefinition. */
export function parseSelects(view: Members): Select[] {
  return parseList(view, 'select', '', 1, { selects: 0, columns: 0 })
}

function parseList(members: Members, name: string, place: string, depth: number, counts: Counts): Select[] {
  return readList(members, name, place, limits.viewSelectsMax).map((each, i) =>
    parseSelect(each, `${placeOf(place, name)}[${i}]`, depth, counts),
  )
}

function parseSelect(value: unknown, place: string, depth: number, counts: Counts): Select {
  counts.selects++
  checkMax(depth, limits.viewSelectDepthMax, place, 'selects within one another')
  checkMax(counts.selects, limits.viewSelectsMax, place, 'selects')
  const members = readObject(value, place, ['column', 'select', 'unionAll', 'forEach', 'forEachOrNull', 'repeat'])
  const iteration = parseIteration(members, place)
  const column = parseColumns(members, place, counts)
  const select = parseList(members, 'select', place, depth + 1, counts)
  const unionAll = parseList(members, 'unionAll', place, depth + 1, counts)
  if (column.length + select.length + unionAll.length === 0)
    throw viewError(place, 'this select has no column', 'give it `column`, `select` or `unionAll`')
  return { place, iteration, column, select, unionAll }
}

const iterationKinds = ['forEach', 'forEachOrNull', 'repeat'] as const

function parseIteration(members: Members, place: string): Iteration | null {
  const given = iterationKinds.filter((kind) => members[kind] !== undefined)
  const [kind] = given
  if (kind === undefined) return null
  if (given.length > 1)
    throw viewError(place, `${given.join(' and ')} stand side by side`, 'keep one, and nest a select for the other')
  if (kind !== 'repeat') return { kind, paths: [readPath(members, kind, place)] }
  const paths = readList(members, kind, place, limits.viewColumnsMax).map((text, i) => {
    const at = `${place}.repeat[${i}]`
    if (typeof text !== 'string') throw viewError(at, 'this is no text', 'give a path, such as `item`')
    return parsedPath(text, at)
  })
  if (paths.length === 0) throw viewError(`${place}.repeat`, 'this list is empty', 'give at least one path')
  return { kind, paths }
}

function parseColumns(members: Members, place: string, counts: Counts): ViewColumn[] {
  return readList(members, 'column', place, limits.viewColumnsMax).map((each, i) => {
    counts.columns++
    checkMax(counts.columns, limits.viewColumnsMax, place, 'columns')
    return parseColumn(each, `${place}.column[${i}]`)
  })
}

function parseColumn(value: unknown, place: string): ViewColumn {
  const column = readObject(value, place, ['name', 'path', 'type', 'collection', 'description', 'tag'])
  const collection = column.collection ?? false
  if (typeof collection !== 'boolean')
    throw viewError(`${place}.collection`, 'this is neither true nor false', 'write `true` or leave it out')
  return {
    name: readName(column, place),
    path: readPath(column, 'path', place),
    type: columnType(column, place),
    collection,
  }
}

/** A type may be given by its name or by its canonical address. Text where none is given. */
function columnType(column: Members, place: string): PrimitiveType {
  if (column.type === undefined) return 'string'
  const type = readText(column, 'type', place).replace('http://hl7.org/fhir/StructureDefinition/', '')
  if (isPrimitiveType(type)) return type
  const problem = 'this is no primitive type of FHIR'
  throw viewError(`${place}.type`, problem, `choose from: ${Object.keys(primitiveTypes).join(', ')}`)
}

function checkMax(count: number, max: number, place: string, what: string): void {
  if (count > max) throw fail('FDP_FHIR_TOO_LARGE', { place, max, what })
}
