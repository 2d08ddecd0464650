import type { Question, Session } from '#gate'
import {
  canonicalJson,
  type EntryIndex,
  ident,
  isFdpError,
  type JsonObject,
  joinSql,
  literal,
  rawSql,
  type Sql,
  sha256Hex,
  sql,
} from '#kernel'
import { ontologyErrors } from './errors.ts'
import { type Sight, sightOf } from './metadata/sight.ts'
import { membersOf, ridPrefix, typesOf } from './object-set/members.ts'
import { afterSql, key, orderSql, type SortKey, sortKeys } from './object-set/order.ts'
import { type Building, Scope, type SeenType } from './object-set/scope.ts'
import { jsonText, propertyValue } from './object-set/values.ts'
import type { Predicate } from './object-set/where.ts'
import type { LoadRequest, ObjectSet } from './object-set/wire.ts'
import type { ObjectPage } from './page.ts'
import { openPageToken, type PagePlace, type PageTokenDeps, sealPageToken } from './page-token.ts'

export interface LoadDeps extends PageTokenDeps {
  /** The object set behind a reference of this caller; null for one that is not there. */
  readonly reference: (rid: string) => ObjectSet | null
  /** The most identifying level to read at; what the grants give, unless it is said. */
  readonly level?: 'identifiable' | 'pseudonymised'
  readonly justification?: string
  /** The data of a first page as they were after this entry; as they are now, unless it is said. */
  readonly asOf?: EntryIndex
}

/** Levels at which rows are read, most identifying first, up to the one that is asked for. */
export function rowLevels({ level }: Pick<LoadDeps, 'level'>): readonly ('identifiable' | 'pseudonymised')[] {
  return level === 'pseudonymised' ? ['pseudonymised'] : ['identifiable', 'pseudonymised']
}

/**
 * One page of an object set of one type, as JSON texts made by the engine. Decided and logged as one read; data are as of
 * the first page, permission as of now. FDP_ONTOLOGY_* for what is wrong with the request; a name that may not be seen is
 * told like one that does not exist, and the gate has put it on record.
 */
export async function loadObjects(session: Session, request: LoadRequest, deps: LoadDeps): Promise<ObjectPage> {
  return await load(session, request, deps, 'one-type')
}

/** The same for a set that may hold objects of several types, type after type in the order of their names. */
export async function loadObjectsOfTypes(session: Session, request: LoadRequest, deps: LoadDeps): Promise<ObjectPage> {
  return await load(session, request, deps, 'any-types')
}

async function load(
  session: Session,
  request: LoadRequest,
  deps: LoadDeps,
  which: 'one-type' | 'any-types',
): Promise<ObjectPage> {
  const { subject, purpose } = session
  const asked = {
    objectSet: request.objectSet,
    select: request.select,
    orderBy: request.orderBy,
    rid: request.includeRid,
  }
  const query = sha256Hex(canonicalJson({ ...asked, which, levels: rowLevels(deps) } as unknown as JsonObject))
  const place = request.pageToken === null ? null : openPageToken(deps, request.pageToken, { subject, purpose, query })
  // Looked up once: each look is a decision of its own.
  const sight = sightOf(session, rowLevels(deps))
  const types = await typesToRead(session, request, deps, which, sight)
  const asOf = place?.asOf ?? deps.asOf ?? session.now()
  let next: PagePlace = place ?? { subject, purpose, query, asOf, type: 0, last: null, total: 0, given: 0 }
  const objects: string[] = []
  while (next.type < types.length && objects.length < request.pageSize) {
    const at: PagePlace = next
    const rows = request.pageSize - objects.length
    const read = await readPage(session, request, deps, {
      type: types[at.type]!,
      place: at,
      rows,
      isFirst: at.last === null,
      sight,
    })
    objects.push(...read.objects)
    const given = at.given + read.objects.length
    const total = at.total + (read.total ?? 0)
    const isDone = read.objects.length < rows || given >= total
    next = { ...at, given, total, last: isDone ? null : read.last, type: isDone ? at.type + 1 : at.type }
  }
  const isEnd = next.type >= types.length
  return { objects, totalCount: next.total, nextPageToken: isEnd ? null : sealPageToken(deps, next) }
}

/** Names of the types to read. FDP_ONTOLOGY_TYPES where there should be one. */
async function typesToRead(
  session: Session,
  request: LoadRequest,
  deps: LoadDeps,
  which: 'one-type' | 'any-types',
  sight: Sight,
): Promise<readonly string[]> {
  const scope = scopeOf(session, deps, sight)
  const types = typesOf(scope, request.objectSet)
  if (scope.refused) await refuse(session, scope, request, deps)
  if (which === 'one-type' && types.length > 1) throw ontologyErrors('FDP_ONTOLOGY_TYPES', { types: types.length })
  return types.map(({ type }) => type.apiName).sort()
}

interface PartOfPage {
  readonly type: string
  readonly place: PagePlace
  readonly rows: number
  readonly isFirst: boolean
  readonly sight: Sight
}

interface PageRead {
  readonly objects: readonly string[]
  readonly last: readonly (string | null)[] | null
  /** Of the whole set; null where an earlier page said so. */
  readonly total: number | null
}

async function readPage(session: Session, request: LoadRequest, deps: LoadDeps, part: PartOfPage): Promise<PageRead> {
  const scope = scopeOf(session, deps, part.sight)
  const seen = scope.type(part.type)
  if (!seen) return await refuse(session, scope, request, deps)
  const { holds, derived } = membersOf(scope, request.objectSet, seen)
  const keys = sortKeys(scope, seen, derived, request.orderBy)
  const properties = request.select.length > 0 ? request.select : [...seen.columns, ...derived.keys()]
  const members = propertiesOf(scope, seen, derived, [...new Set(properties)])
  const shownKey = seen.columns.has(seen.type.primaryKey) ? seen.type.primaryKey : null
  if (shownKey) scope.property(seen, shownKey)
  if (request.includeRid) scope.rid(seen)
  if (scope.refused) return await refuse(session, scope, request, deps)
  const plan = { seen, holds, keys, members, shownKey, rid: request.includeRid, part }
  const { name } = seen.type
  const question: Question & { readonly person: string } = {
    ...aboutOf(request, deps),
    relations: scope.relations(),
    person: name,
    asOf: part.place.asOf as EntryIndex,
    build: (relations, open) => pageSql(plan, { relations, open, alias: aliases(), input: '' }),
  }
  await using result = await session.rows(question)
  return await readRows(result.batches(), keys.length)
}

/** What a question says of itself: names for good, values in the part that can be erased. */
export function aboutOf(request: Pick<LoadRequest, 'objectSet'> & Partial<LoadRequest>, { justification }: LoadDeps) {
  const { objectSet, select = [], orderBy = [] } = request
  return {
    about: {
      kind: 'object-set',
      set: objectSet.type,
      select: [...select].slice(0, 200),
      orderBy: orderBy.map(({ field }) => field),
    },
    detail: { objectSet: JSON.parse(JSON.stringify(objectSet)) as JsonObject },
    ...(justification === undefined ? {} : { justification }),
  }
}

interface Member {
  readonly name: string
  readonly json: (row: string, building: Building) => Sql
}

function propertiesOf(
  scope: Scope,
  seen: SeenType,
  derived: ReturnType<typeof membersOf>['derived'],
  names: readonly string[],
): readonly Member[] {
  return names.flatMap((name) => {
    const worked = derived.get(name)
    if (worked) {
      const { type, value } = worked
      return [{ name, json: (row: string, building: Building) => jsonText({ type, value: value(row, building) }) }]
    }
    const property = scope.property(seen, name)
    if (!property) return []
    return [{ name, json: (row: string) => jsonText(propertyValue(row, seen.type, property, seen.level)) }]
  })
}

interface PagePlan {
  readonly seen: SeenType
  readonly holds: Predicate
  readonly keys: readonly SortKey[]
  readonly members: readonly Member[]
  readonly shownKey: string | null
  readonly rid: boolean
  readonly part: PartOfPage
}

/** First the rows of the page, then what is shown of them: nothing is worked out for rows that do not leave. */
function pageSql(plan: PagePlan, building: Building): Sql {
  const { seen, holds, keys, part } = plan
  const relation = building.relations[seen.type.name]
  if (!relation) throw new Error('a relation that was not asked for')
  const row = building.alias()
  const sorted = keys.map(({ value }, i) => sql`, ${value(row, building)} AS ${key(i)}`)
  const members = sql`SELECT ${ident(row)}.*, ${ident(row)}."_order" AS o${joinSql(sorted, '')} FROM ${relation} AS ${ident(row)} WHERE ${holds(row, building)}`
  const { last } = part.place
  const after = last ? sql` WHERE ${afterSql(keys, last)}` : rawSql('')
  const counted = building.alias()
  const total = part.isFirst
    ? sql`(SELECT count(*) FROM ${relation} AS ${ident(counted)} WHERE ${holds(counted, building)})`
    : rawSql('NULL')
  const page = building.alias()
  const person = seen.type.personLevel ? sql`, ${ident(page)}."_person" AS "_person"` : rawSql('')
  const back = [...keys.map((_, i) => key(i)), rawSql('o')].map(
    (each, i) => sql`CAST(${ident(page)}.${each} AS VARCHAR) AS ${ident(`s${i}`)}`,
  )
  return sql`SELECT ${objectJson(plan, page, building)} AS "object", ${joinSql(back, ', ')}, ${total} AS "total"${person}
    FROM (SELECT * FROM (${members}) AS m${after} ORDER BY ${orderSql(keys)} LIMIT ${part.rows}) AS ${ident(page)}
    ORDER BY ${orderSql(keys)}`
}

/** The JSON text of one object; what is null is left out. */
function objectJson({ seen, members, shownKey, rid }: PagePlan, row: string, building: Building): Sql {
  const { type, level } = seen
  const parts = [literal(`"__apiName":${JSON.stringify(type.apiName)}`)]
  const keyProperty = type.properties.find(({ name }) => name === shownKey)
  if (keyProperty) parts.push(sql`'"__primaryKey":' || ${jsonText(propertyValue(row, type, keyProperty, level))}`)
  if (rid) {
    parts.push(sql`'"__rid":' || to_json(${literal(ridPrefix(type.apiName))} || CAST(${ident(row)}."~rid" AS VARCHAR))`)
  }
  for (const { name, json } of members) {
    // A name of the sender's own (of a derived property) is written as JSON first.
    parts.push(sql`${`${JSON.stringify(name)}:`} || ${json(row, building)}`)
  }
  return sql`'{' || concat_ws(',', ${joinSql(parts, ', ')}) || '}'`
}

async function readRows(
  batches: AsyncIterable<{ rowCount: number; columns: readonly (readonly unknown[])[] }>,
  keys: number,
): Promise<PageRead> {
  const objects: string[] = []
  let last: (string | null)[] | null = null
  let total: number | null = null
  for await (const { columns, rowCount } of batches) {
    if (rowCount === 0) continue
    objects.push(...(columns[0] as string[]))
    last = columns.slice(1, keys + 2).map((column) => (column[rowCount - 1] ?? null) as string | null)
    const counted = columns[keys + 2]?.[0] ?? null
    total ??= counted === null ? null : Number(counted)
  }
  return { objects, last, total }
}

export function scopeOf(
  session: Session,
  deps: Pick<LoadDeps, 'reference' | 'level'>,
  sight: Sight = sightOf(session, rowLevels(deps)),
): Scope {
  return new Scope({ visible: (object) => sight.of(object), reference: deps.reference })
}

/** Lets the gate refuse what may not be seen, so that the reason is on record, then says that it does not exist. */
export async function refuse(
  session: Session,
  scope: Scope,
  request: Pick<LoadRequest, 'objectSet'>,
  deps: LoadDeps,
): Promise<never> {
  const relations = scope.hidden()
  if (Object.keys(relations).length > 0) {
    try {
      const question = {
        ...aboutOf(request, deps),
        relations,
        person: null,
        build: () => rawSql('SELECT 1 WHERE FALSE'),
      }
      await using _ = await session.rows(question)
    } catch (error) {
      if (!isFdpError(error, 'FDP_GATE_NOT_AVAILABLE')) throw error
    }
  }
  throw scope.refused ?? ontologyErrors('FDP_ONTOLOGY_OBJECT_TYPE', { objectType: '(none)' })
}

/** Names for the rows of one statement. */
export function aliases(): () => string {
  let made = 0
  return () => `r${made++}`
}
