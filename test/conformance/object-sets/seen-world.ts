import { linkTables, type ObjectType, objectTypes, type Property } from '#contracts'
import type { Session } from '#gate'
import { columnsAt, generalColumnsAt } from '#governance'
import { type LoadDeps, loadObjects, parseLoadRequest } from '#ontology'
import { fullPlan, partialColumns, partialTypes, readTypes, type Who, who } from '../../full-plan.ts'
import type { FullWorld } from '../../full-world.ts'
import type { Json } from './plain-filter.ts'
import type { PlainObject, PlainType, PlainWorld } from './plain-sets.ts'
import type { Kind, Value } from './plain-values.ts'
import type { Wire } from './wire.ts'

/** Those with rows to see: with every identifier, with tokens, and with part of types, columns and rows. */
export type Reader = Extract<Who, 'full' | 'tokens' | 'partial'>
export const readers: readonly Reader[] = ['full', 'tokens', 'partial']

/** What the grant of a reader says of a type: columns, and which rows. */
export function scopeOf(reader: Reader, object: string) {
  const type = objectTypes().find(({ name }) => name === object)!
  const grant = fullPlan().grants.find((each) => {
    return each.action === 'read' && each.subject === who[reader].id && each.object === object
  })
  const columns = {
    full: () => [...columnsAt(object, 'identifiable')],
    tokens: () => [...generalColumnsAt(object, 'pseudonymised')],
    partial: () => [...partialColumns(type)],
  }[reader]()
  return { type, columns, rows: grant?.rows ?? [] }
}

/** All that the reader sees in the full run; else of these those that `partial` sees, which link to one another, and link tables. */
export function typesOf(reader: Reader) {
  const types = readTypes[reader]
  const isLinked = (type: ObjectType) => partialTypes.includes(type) || linkTables().includes(type)
  return process.env.FDP_TEST_FULL ? types : types.filter(isLinked)
}

export interface PlainPage {
  readonly objects: readonly PlainObject[]
  readonly totalCount: number
  readonly nextPageToken: string | null
}

/** Reads one page: of the program itself, or over HTTP. */
export type ReadPage = (body: Json) => Promise<PlainPage>

export function ofProgram(session: Session, deps: LoadDeps): ReadPage {
  return async (body) => {
    const { objects, ...page } = await loadObjects(session, parseLoadRequest(body), deps)
    return { ...page, objects: objects.map((text) => JSON.parse(text) as PlainObject) }
  }
}

export function overHttp(wire: Wire): ReadPage {
  return async (body) => {
    const { status, text, json } = await wire.post('objectSets/loadObjects', body)
    if (status !== 200) throw new Error(text)
    const {
      data,
      totalCount,
      nextPageToken = null,
    } = json as {
      readonly data: readonly PlainObject[]
      readonly totalCount: string
      readonly nextPageToken?: string
    }
    return { objects: data, totalCount: Number(totalCount), nextPageToken }
  }
}

/** A set page by page: each full but the last, and the total what it was. */
export async function loadAll(read: ReadPage, body: Json): Promise<{ objects: PlainObject[]; total: number }> {
  const objects: PlainObject[] = []
  let pageToken: string | null = null
  let total: number | null = null
  for (;;) {
    const page: PlainPage = await read({ ...body, ...(pageToken === null ? {} : { pageToken }) })
    const here = page.objects.length
    if (total !== null && total !== page.totalCount) throw new Error('the total changed from page to page')
    total = page.totalCount
    objects.push(...page.objects)
    pageToken = page.nextPageToken
    const most = body.pageSize as number
    if (pageToken === null ? here > most : here !== most)
      throw new Error(`a page of ${here} where ${most} were asked for`)
    if (pageToken === null) return { objects, total }
  }
}

/** Every object of every type as the reader is shown it. */
export async function seenWorld(world: FullWorld, reader: Reader, deps: LoadDeps): Promise<PlainWorld> {
  await using session = await world.as(reader)
  const scopes = typesOf(reader).map(({ name }) => scopeOf(reader, name))
  return await seenTypes(ofProgram(session, deps), scopes, reader === 'tokens')
}

/** Every object of some types as it is shown, with the columns that there should be. */
export async function seenTypes(
  read: ReadPage,
  scopes: readonly { readonly type: ObjectType; readonly columns: readonly string[] }[],
  isTokens: boolean,
): Promise<PlainWorld> {
  const types = new Map<string, PlainType>()
  for (const { type, columns } of scopes) {
    const { apiName } = type
    const body = { objectSet: { type: 'base', objectType: apiName }, excludeRid: false, pageSize: 1_000 }
    const { objects } = await loadAll(read, body)
    const properties = type.properties.filter((each) => columns.includes(each.name))
    const kinds = new Map(properties.map((property) => [property.name, kindOf(isTokens, property, objects)] as const))
    types.set(apiName, { apiName, kinds, objects })
  }
  return { types }
}

/** Below identifiable level keys are tokens, and what is coarser may be a day, a whole number or a word. */
function kindOf(isTokens: boolean, { name, type, role }: Property, objects: readonly PlainObject[]): Kind {
  const values = objects.map((object) => object[name]).filter((value): value is Value => value !== undefined)
  if (role !== null && type !== 'texts') return 'text'
  const isDay = values.every((value) => typeof value === 'string' && value.length === 10)
  if (type === 'timestamp' && isTokens && isDay) return 'date'
  if (type === 'long') return values.every((value) => typeof value === 'string') ? 'long' : 'number'
  return ({ integer: 'number', double: 'number', decimal: 'number' } as const)[type as 'integer'] ?? (type as Kind)
}

/** A published row as an identifiable read shows it: long as text, what is empty left out. */
export function shownRow(type: string, columns: readonly string[], row: Readonly<Record<string, string>>): PlainObject {
  const { apiName, primaryKey, properties } = objectTypes().find(({ name }) => name === type)!
  const shown = properties
    .filter(({ name }) => columns.includes(name) && (row[name] ?? '') !== '')
    .map((property) => [property.name, shownValue(property, row[property.name]!)] as const)
  return { __apiName: apiName, __primaryKey: row[primaryKey]!, ...Object.fromEntries(shown) }
}

function shownValue({ type }: Property, text: string): Value {
  if (type === 'boolean') return text === 'true'
  if (type === 'texts') return JSON.parse(text) as string[]
  return type === 'integer' || type === 'double' ? Number(text) : text
}
