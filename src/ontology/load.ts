import { sortsOf } from '#contracts'
import type { Question, Session } from '#gate'
import { canonicalJson, type EntryIndex, isFdpError, type JsonObject, rawSql, sha256Hex } from '#kernel'
import { ontologyErrors } from './errors.ts'
import { type Sight, sightOf } from './metadata/sight.ts'
import { membersOf, typesOf } from './object-set/members.ts'
import { sortKeys } from './object-set/order.ts'
import { type Building, Scope, type SeenType } from './object-set/scope.ts'
import { jsonText, propertyValue } from './object-set/values.ts'
import type { LoadRequest, ObjectSet } from './object-set/wire.ts'
import type { ObjectPage } from './page.ts'
import { type Member, type PagePlan, pageSql } from './page-sql.ts'
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
  const { holds, derived, isWhole = false } = membersOf(scope, request.objectSet, seen)
  const counted = scope.named(seen)
  const keys = sortKeys(scope, seen, derived, request.orderBy)
  const found = scope.named(seen)
  const properties = request.select.length > 0 ? request.select : [...seen.columns, ...derived.keys()]
  const members = propertiesOf(scope, seen, derived, [...new Set(properties)])
  const shownKey = seen.columns.has(seen.type.primaryKey) ? seen.type.primaryKey : null
  if (shownKey) scope.property(seen, shownKey)
  if (request.includeRid) scope.rid(seen)
  if (scope.refused) return await refuse(session, scope, request, deps)
  const { name } = seen.type
  const [first] = request.orderBy
  const sortedBy = first === undefined ? '_order' : sortsOf(name).includes(first.field) ? first.field : null
  const { place, rows, isFirst } = part
  if (place.last && !isPlaceIn(seen, keys, place.last)) throw ontologyErrors('FDP_ONTOLOGY_PAGE_TOKEN')
  const plan: PagePlan = {
    ...{ seen, holds, keys, counted, found, members, shownKey, rid: request.includeRid },
    ...{ last: place.last, rows, isCounted: isFirst },
    isInOrder: isWhole && sortedBy !== null && request.orderBy.length <= 1 && first?.direction !== 'desc',
    isSortedApart: first !== undefined && sortedBy !== null,
  }
  const relations = scope.relations()
  const question: Question & { readonly person: string } = {
    ...aboutOf(request, deps),
    relations: { ...relations, [name]: { ...relations[name]!, ...(sortedBy === null ? {} : { sortedBy }) } },
    person: name,
    asOf: place.asOf as EntryIndex,
    build: (relations, open, pages) => pageSql(plan, { relations, open, alias: aliases(), input: '' }, pages),
  }
  await using result = await session.rows(question)
  return await readRows(result.batches(), keys.length)
}

/** Whether a row of an earlier page was told of as it would be now: at another level the order is another one. */
function isPlaceIn({ type, level }: SeenType, keys: readonly unknown[], last: readonly (string | null)[]): boolean {
  const isToken = type.personLevel && level !== 'identifiable'
  return last.length === keys.length + 1 && (isToken ? /^[0-9a-f-]{36}$/ : /^-?\d{1,19}$/).test(last.at(-1) ?? '')
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
    last = columns.slice(1, keys + 2).map((column) => {
      const value = column[rowCount - 1] ?? null
      return value === null ? null : String(value)
    })
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
