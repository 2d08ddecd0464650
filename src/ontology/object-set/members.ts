import { ident, joinSql, rawSql, type Sql, sql } from '#kernel'
import { type Derived, derive, noneDerived } from './derived.ts'
import { linkedBy } from './linking.ts'
import type { Building, Scope, SeenLink, SeenType } from './scope.ts'
import { everyOf, filterPredicate, notOf, type Predicate, someOf } from './where.ts'
import type { ObjectSet } from './wire.ts'

/** The type of the object whose derived property is worked out; its row is `building.input`. */
type Input = SeenType

/** What an object set is for rows of one type: which of them belong to it, and what was derived for them. */
export interface Members {
  readonly holds: Predicate
  readonly derived: Derived
  /** Whether it is every object of the type. */
  readonly isWhole?: boolean
  /** Another way to the same rows where a link leads straight to them from the row of the input: see `Linking.before`. */
  readonly straight?: (row: string, building: Building) => { readonly joined: Sql; readonly holds: Sql }
}

const rid =
  /^ri\.openfdp-objects\.main\.object\.([A-Za-z][A-Za-z0-9]{0,99})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** The address of an object of a type; the token is of the reader's purpose. */
export function ridPrefix(apiName: string): string {
  return `ri.openfdp-objects.main.object.${apiName}.`
}

/** The types whose objects the set may hold, by name; those that do not exist for the caller are noted as refused. */
export function typesOf(scope: Scope, set: ObjectSet, input: Input | null = null): readonly SeenType[] {
  switch (set.type) {
    case 'base':
      return present([scope.type(set.objectType)])
    case 'filter':
    case 'withProperties':
    case 'asBaseObjectTypes':
      return typesOf(scope, set.objectSet, input)
    case 'asType':
      return typesOf(scope, set.objectSet, input).filter(({ type }) => type.apiName === set.entityType)
    case 'union':
      return distinct(set.objectSets.flatMap((each) => typesOf(scope, each, input)))
    case 'intersect':
      return set.objectSets
        .map((each) => typesOf(scope, each, input))
        .reduce((both, more) => both.filter(({ type }) => more.some((other) => other.type === type)))
    case 'subtract': {
      const [first = [], ...others] = set.objectSets.map((each) => typesOf(scope, each, input))
      return others.length >= 0 ? first : []
    }
    case 'searchAround':
      return distinct(linksFrom(scope, set, input).map(({ to }) => to))
    case 'static':
      // Objects of a type that does not exist for the caller are objects that do not exist.
      return distinct(present(set.objects.map((each) => scope.find(rid.exec(each)?.[1] ?? ''))))
    case 'reference':
      return typesOf(scope, scope.reference(set.reference), input)
    case 'methodInput':
      return present([input])
  }
}

/** The members of a set among the rows of one type. */
export function membersOf(scope: Scope, set: ObjectSet, seen: SeenType, input: Input | null = null): Members {
  switch (set.type) {
    case 'base':
      if (scope.type(set.objectType)?.type !== seen.type) return plain(someOf([]))
      return { ...plain(everyOf([])), isWhole: true }
    case 'filter': {
      return filtered(membersOf(scope, set.objectSet, seen, input), (derived) =>
        filterPredicate(scope, seen, derived, set.where),
      )
    }
    case 'asBaseObjectTypes':
      return membersOf(scope, set.objectSet, seen, input)
    case 'asType':
      return seen.type.apiName === set.entityType ? membersOf(scope, set.objectSet, seen, input) : plain(someOf([]))
    case 'union':
    case 'intersect':
    case 'subtract':
      return combined(
        set.type,
        set.objectSets.map((each) => membersOf(scope, each, seen, input)),
      )
    case 'searchAround':
      return around(scope, set, seen, input)
    case 'static':
      scope.rid(seen)
      return plain(isOneOf(seen, set.objects))
    case 'reference':
      return membersOf(scope, scope.reference(set.reference), seen, input)
    case 'withProperties': {
      const inner = membersOf(scope, set.objectSet, seen, input)
      return { ...inner, derived: derive(scope, seen, inner.derived, set.derivedProperties) }
    }
    case 'methodInput':
      scope.rid(seen)
      return plain((row, { input: near }) => sql`${ident(row)}."~rid" = ${ident(near)}."~rid"`)
  }
}

function filtered({ holds, derived, straight }: Members, testOf: (derived: Derived) => Predicate): Members {
  const test = testOf(derived)
  const both = everyOf([holds, test])
  if (!straight) return { holds: both, derived }
  return {
    ...{ holds: both, derived },
    straight(row, building) {
      const { joined, holds: found } = straight(row, building)
      return { joined, holds: sql`${found} AND ${test(row, building)}` }
    },
  }
}

function combined(type: 'union' | 'intersect' | 'subtract', sets: readonly Members[]): Members {
  const holds = sets.map((each) => each.holds)
  const derived = sets[0]?.derived ?? noneDerived
  if (type === 'union') return { derived, holds: someOf(holds) }
  if (type === 'intersect') return { derived, holds: everyOf(holds) }
  const [first, ...others] = holds
  return { derived, holds: first ? everyOf([first, notOf(someOf(others))]) : someOf([]) }
}

function plain(holds: Predicate): Members {
  return { holds, derived: noneDerived }
}

type SearchAround = Extract<ObjectSet, { readonly type: 'searchAround' }>

/** The links of that name of whatever the set holds. */
function linksFrom(scope: Scope, { objectSet, link }: SearchAround, input: Input | null): readonly SeenLink[] {
  return presentLinks(typesOf(scope, objectSet, input).map((from) => scope.link(from, link)))
}

function around(scope: Scope, set: SearchAround, seen: SeenType, input: Input | null): Members {
  const links = linksFrom(scope, set, input)
  const members = plain(someOf(links.flatMap((link) => reached(scope, set, link, seen, input))))
  const [only] = links
  if (set.objectSet.type !== 'methodInput' || !only || only.to.type !== seen.type) return members
  const { before } = linkedBy(scope, only)
  if (!before) return members
  return {
    ...members,
    straight(row, building) {
      const { joined, meets } = before(building.input, row, building)
      return { joined, holds: meets }
    },
  }
}

/** Rows of `seen` that a link leads to from a member of the inner set. */
function reached(
  scope: Scope,
  { objectSet }: SearchAround,
  link: SeenLink,
  seen: SeenType,
  input: Input | null,
): Predicate[] {
  if (link.to.type !== seen.type) return []
  const linking = linkedBy(scope, link)
  if (objectSet.type === 'methodInput' && input)
    return [(row, building) => linking.meets(building.input, row, building)]
  const { holds } = membersOf(scope, objectSet, link.from, input)
  return [
    (row, building) => {
      const near = building.alias()
      const from = building.relations[link.from.type.name]
      if (!from) throw new Error('a relation that was not asked for')
      const { joined, meets } = linking.behind(near, building)
      return sql`EXISTS (SELECT 1 FROM ${from} AS ${ident(near)} ${joined} WHERE ${meets(row)} AND ${holds(near, building)})`
    },
  ]
}

function isOneOf(seen: SeenType, rids: readonly string[]): Predicate {
  const prefix = ridPrefix(seen.type.apiName)
  const tokens = rids
    .filter((each) => rid.test(each) && each.startsWith(prefix))
    .map((each) => each.slice(prefix.length))
  return (row) => {
    if (tokens.length === 0) return rawSql('FALSE')
    const list = tokens.map((token) => sql`CAST(${token} AS UUID)`)
    return sql`${ident(row)}."~rid" IN (${joinSql(list, ', ')})`
  }
}

function present(types: readonly (SeenType | null)[]): SeenType[] {
  return types.filter((each) => each !== null)
}

function presentLinks(links: readonly (SeenLink | null)[]): SeenLink[] {
  return links.filter((each) => each !== null)
}

function distinct(types: readonly SeenType[]): readonly SeenType[] {
  return types.filter(({ type }, i) => types.findIndex((other) => other.type === type) === i)
}
