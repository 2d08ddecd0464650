import type { Question, Session } from '#gate'
import { ident, joinSql, limits, literal, rawSql, type Sql, sql } from '#kernel'
import { ontologyErrors } from './errors.ts'
import { aboutOf, aliases, type LoadDeps, refuse, scopeOf } from './load.ts'
import { type Linking, linkedBy } from './object-set/linking.ts'
import { membersOf, typesOf } from './object-set/members.ts'
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
  readonly links: readonly { readonly link: SeenLink; readonly linking: Linking }[]
}

function planOf(scope: Scope, request: LinksRequest, from: SeenType, links: readonly (SeenLink | null)[]): LinksPlan {
  const { holds } = membersOf(scope, request.objectSet, from)
  const known = links.filter((link) => link !== null)
  for (const { type, columns } of [from, ...known.map(({ to }) => to)]) {
    const seen = scope.type(type.apiName)
    if (seen && columns.has(type.primaryKey)) scope.property(seen, type.primaryKey)
  }
  return { from, holds, links: known.map((link) => ({ link, linking: linkedBy(scope, link) })) }
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

/** One join for each link, and what they find put together by object: a sub-query for each runs out of memory at thirty. */
function linksSql({ from, holds, links }: LinksPlan, building: Building): Sql {
  const [row, source] = [building.alias(), building.alias()]
  const relation = relationOf(building, from)
  const found = links.map(({ link, linking }, i) => {
    const far = building.alias()
    const one = sql`'{"targetObject":' || ${locator(link.to, far)} || ',"linkType":' || ${literal(JSON.stringify(link.link.name))} || '}'`
    const { joined, meets } = linking.behind(source, building, 'each')
    return sql`SELECT ${ident(source)}."~at" AS "at", ${rawSql(String(i))} AS "link", ${one} AS "end"
      FROM sources AS ${ident(source)} ${joined} JOIN ${relationOf(building, link.to)} AS ${ident(far)} ON ${meets(far)}`
  })
  const none = rawSql('SELECT NULL::BIGINT AS "at", NULL::INTEGER AS "link", NULL::VARCHAR AS "end" WHERE FALSE')
  const person = from.type.personLevel ? rawSql(', any_value("_person") AS "_person"') : rawSql('')
  return sql`WITH sources AS MATERIALIZED (SELECT ${ident(row)}.*, ${locator(from, row)} AS "~source",
      row_number() OVER (ORDER BY ${ident(row)}."_order") AS "~at" FROM ${relation} AS ${ident(row)}
      WHERE ${holds(row, building)} ORDER BY ${ident(row)}."_order" LIMIT ${limits.linkSourcesMax + 1}),
    ends AS (${joinSql([none, ...found], ' UNION ALL ')})
    SELECT '{"sourceObject":' || any_value("~source") || ',"linkedObjects":[' || coalesce(string_agg("end", ',' ORDER BY "link"), '') || ']}' AS "links"${person}
    FROM sources LEFT JOIN ends ON ends."at" = sources."~at" GROUP BY "~at" ORDER BY "~at"`
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
