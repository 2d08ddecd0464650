import type { Question, Session } from '#gate'
import { ident, joinSql, limits, literal, rawSql, type Sql, sql } from '#kernel'
import { ontologyErrors } from './errors.ts'
import { aboutOf, aliases, type LoadDeps, refuse, scopeOf } from './load.ts'
import { linkedBy, membersOf, typesOf } from './object-set/members.ts'
import type { Building, Scope, SeenLink, SeenType } from './object-set/scope.ts'
import { jsonText, propertyValue } from './object-set/values.ts'
import type { Predicate } from './object-set/where.ts'
import type { LinksRequest } from './object-set/wire.ts'

/**
 * For each object of a set the objects that links lead to, as JSON texts `{sourceObject, linkedObjects}` made by the
 * engine. All at once, since the client never asks for a second page: FDP_ONTOLOGY_LIMIT above `limits.linkSourcesMax`
 * objects. One read for each type in the set.
 */
export async function loadLinks(session: Session, request: LinksRequest, deps: LoadDeps): Promise<readonly string[]> {
  const found: string[] = []
  const types = typesOf(scopeOf(session, deps), request.objectSet).map(({ type }) => type.apiName)
  for (const type of types.length > 0 ? types.sort() : ['(none)']) {
    const scope = scopeOf(session, deps)
    typesOf(scope, request.objectSet)
    const from = types.length > 0 ? scope.type(type) : null
    const links = from ? request.links.map((name) => scope.link(from, name)) : []
    const plan = from && planOf(scope, request, from, links)
    if (scope.refused) await refuse(session, scope, request, deps)
    if (plan) found.push(...(await readLinks(session, scope, request, deps, plan)))
    if (found.length > limits.linkSourcesMax) {
      throw ontologyErrors('FDP_ONTOLOGY_LIMIT', { what: 'objects whose links are loaded', max: limits.linkSourcesMax })
    }
  }
  return found
}

interface LinksPlan {
  readonly from: SeenType
  readonly holds: Predicate
  readonly links: readonly { readonly link: SeenLink; readonly meets: (from: string, to: string) => Sql }[]
}

function planOf(scope: Scope, request: LinksRequest, from: SeenType, links: readonly (SeenLink | null)[]): LinksPlan {
  const { holds } = membersOf(scope, request.objectSet, from)
  const known = links.filter((link) => link !== null)
  for (const { type, columns } of [from, ...known.map(({ to }) => to)]) {
    const seen = scope.type(type.apiName)
    if (seen && columns.has(type.primaryKey)) scope.property(seen, type.primaryKey)
  }
  return { from, holds, links: known.map((link) => ({ link, meets: linkedBy(scope, link) })) }
}

async function readLinks(
  session: Session,
  scope: Scope,
  request: LinksRequest,
  deps: LoadDeps,
  plan: LinksPlan,
): Promise<string[]> {
  const question: Question & { readonly person: string } = {
    ...aboutOf({ objectSet: request.objectSet, select: request.links }, deps),
    relations: scope.relations(),
    person: plan.from.type.name,
    build: (relations, open) => linksSql(plan, { relations, open, alias: aliases(), input: '' }),
  }
  const found: string[] = []
  await using result = await session.rows(question)
  for await (const { columns } of result.batches()) found.push(...((columns[0] ?? []) as string[]))
  return found
}

function linksSql({ from, holds, links }: LinksPlan, building: Building): Sql {
  const row = building.alias()
  const lists = links.map(({ link, meets }) => {
    const far = building.alias()
    const one = sql`'{"targetObject":' || ${locator(link.to, far)} || ',"linkType":' || ${literal(JSON.stringify(link.link.name))} || '}'`
    const relation = relationOf(building, link.to)
    return sql`(SELECT coalesce(list(${one}), []) FROM ${relation} AS ${ident(far)} WHERE ${meets(row, far)})`
  })
  const all = lists.reduce((both, more) => sql`list_concat(${both}, ${more})`, rawSql('CAST([] AS VARCHAR[])'))
  const person = from.type.personLevel ? sql`, ${ident(row)}."_person" AS "_person"` : rawSql('')
  return sql`SELECT '{"sourceObject":' || ${locator(from, row)} || ',"linkedObjects":[' || array_to_string(${all}, ',') || ']}' AS "links"${person}
    FROM ${relationOf(building, from)} AS ${ident(row)} WHERE ${holds(row, building)}
    ORDER BY ${ident(row)}."_order" LIMIT ${limits.linkSourcesMax + 1}`
}

function relationOf({ relations }: Building, { type }: SeenType): Sql {
  const relation = relations[type.name]
  if (!relation) throw new Error('a relation that was not asked for')
  return relation
}

/** `{"__apiName":…,"__primaryKey":…}`; a key that may not be seen is left out. */
function locator({ type, level, columns }: SeenType, row: string): Sql {
  const named = literal(`"__apiName":${JSON.stringify(type.apiName)}`)
  const property = columns.has(type.primaryKey)
    ? type.properties.find(({ name }) => name === type.primaryKey)
    : undefined
  const key = property ? [sql`'"__primaryKey":' || ${jsonText(propertyValue(row, type, property, level))}`] : []
  return sql`'{' || concat_ws(',', ${joinSql([named, ...key], ', ')}) || '}'`
}
