import { type Link, linkTables, type ObjectType, objectTypes } from '#contracts'
import { isFdpError, lengthPrefixed, sha256Hex } from '#kernel'
import type { RemoteObject, RemoteType } from '#ports'
import { keepPage } from './fetched-pages.ts'
import type { TypeProgress } from './move-progress.ts'
import { finishType, type MovedType, type Moving, submittedBefore } from './move-type.ts'

/** A link of many with many as one of its ends names it. */
interface Side {
  readonly type: ObjectType
  readonly link: Link
}

export interface MovedLinks {
  readonly moved: readonly MovedType[]
  /** Pairs that were read and wait, encrypted, for a grant to submit them. */
  readonly kept: number
}

/**
 * Links that no property holds come as the rows of a table of our own. A node like this one shows the table itself, and it
 * moves as any type; of any other server the pairs of the link are read, at whichever end it lists them, and submitted as
 * the table's rows. Whoever moves and may not submit the table has them kept beside the move until a run that may.
 * `already`: names of types that were moved. FDP_REMOTE_*, FDP_FLOWS_*.
 */
export async function moveLinks(
  moving: Moving,
  served: readonly RemoteType[],
  { already, maySubmit }: { already: readonly string[]; maySubmit: (object: string) => boolean },
): Promise<MovedLinks> {
  const moved: MovedType[] = []
  let kept = 0
  for (const table of linkTables().filter(({ name }) => !already.includes(name))) {
    const sides = sidesOf(table).filter(({ type }) => served.some(({ apiName }) => apiName === type.apiName))
    if (sides.length === 0 || !isAsked(table, moving)) continue
    const before = await submittedBefore(moving, table)
    const found = before?.progress ?? (await readTable(moving, table, sides))
    if (found === 'none') continue
    if (found === 'refused') {
      const says = `the other server lists its pairs at neither end (${sides.map(nameOf).join(', ')}): not taken`
      moved.push({ object: table.name, read: 0, published: 0, whole: true, says })
    } else if (before || maySubmit(table.name)) {
      moved.push(await finishType(moving, table, { columns: columnsOf(table), progress: found, before, left: '' }))
    } else {
      const pairs = found.pages.reduce((sum, { rows }) => sum + rows, 0)
      kept += pairs
      const says = `${pairs} pairs are kept apart: submitting this object type takes a grant`
      if (pairs > 0) moved.push({ object: table.name, read: pairs, published: 0, whole: false, says })
    }
  }
  return { moved, kept }
}

/** Where types were named, a type is one of them; of a link's table both ends are, too. */
export function isAsked(type: ObjectType, { types }: Pick<Moving, 'types'>): boolean {
  const isNamed = ({ name, apiName }: ObjectType) => types.includes(name) || types.includes(apiName)
  const sides = sidesOf(type)
  return types.length === 0 || isNamed(type) || (sides.length > 0 && sides.every((side) => isNamed(side.type)))
}

function sidesOf(table: ObjectType): readonly Side[] {
  return objectTypes().flatMap((type) =>
    type.links.flatMap((link) => (link.through?.object === table.name ? [{ type, link }] : [])),
  )
}

const nameOf = ({ type, link }: Side) => `${type.apiName}.${link.name}`
const columnsOf = ({ properties }: ObjectType) => properties.map(({ name }) => name)

/** The pairs, from the first end that lists them. `none`: it has no such link. */
async function readTable(
  moving: Moving,
  table: ObjectType,
  sides: readonly Side[],
): Promise<TypeProgress | 'none' | 'refused'> {
  const known = moving.store.type(table.apiName)
  if (known?.ended) return known
  let isRefused = false
  for (const side of sides) {
    try {
      const there = await moving.remote.outgoingLinks(side.type.apiName)
      if (there.some(({ apiName }) => apiName === side.link.name)) return await readPairs(moving, table, side)
    } catch (error) {
      if (!isFdpError(error, 'FDP_REMOTE_REFUSED')) throw error
      isRefused = true
    }
  }
  return isRefused ? 'refused' : 'none'
}

async function readPairs(
  { remote, store, adapters, progress: tell }: Moving,
  table: ObjectType,
  { type, link }: Side,
): Promise<TypeProgress> {
  // Pages of what was read half before belong to no place to go on from.
  await store.setType(table.apiName, null)
  const seen = new Set<string>()
  const begun = adapters.clock.now()
  let pages: TypeProgress['pages'] = []
  for await (const pairs of remote.linked(type.apiName, link.name)) {
    const rows = pairs.map(({ from, to }) =>
      rowOf(table, { [link.through!.near.to]: from, [link.through!.far.from]: to }),
    )
    const once = rows.filter((row) => isNew(seen, String(row[table.primaryKey])))
    if (once.length === 0) continue
    pages = [...pages, await keepPage(store.pages, columnsOf(table), { objects: once, nextPageToken: null })]
    tell?.(`${table.apiName}: read`, seen.size, null)
  }
  const progress = { begun, pages, ended: true, submission: null, edits: null }
  await store.setType(table.apiName, progress)
  return progress
}

/** A pair has no key of its own there: it gets one by its ends, the same from whichever end it is read. */
function rowOf(table: ObjectType, ends: RemoteObject): RemoteObject {
  const keys = columnsOf(table).flatMap((name) => (Object.hasOwn(ends, name) ? [String(ends[name] ?? '')] : []))
  return { ...ends, [table.primaryKey]: sha256Hex(lengthPrefixed(...keys)).slice(0, 32) }
}

function isNew(seen: Set<string>, key: string): boolean {
  const before = seen.size
  return seen.add(key).size > before
}
