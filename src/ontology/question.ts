import { objectTypes } from '#contracts'
import type { Question } from '#gate'
import { ident, joinSql, rawSql, type Sql, sql } from '#kernel'
import { checkQuery, checkSummary } from './check-query.ts'
import { ontologyErrors } from './errors.ts'
import type { Aggregation, ObjectQuery, ObjectSummary, Test, Where } from './object-query.ts'

/** The question behind an object query. Every property it mentions, in whatever clause, becomes a column asked for. */
export function questionOf(query: ObjectQuery): Question<'objects'> & { readonly person: 'objects' } {
  checkQuery(query)
  const order = query.orderBy ?? []
  const touched = [...query.select, ...propertiesOf(query.where), ...order.map((each) => each.property)]
  return {
    about: { kind: 'objects', object: query.object, select: [...query.select], filtered: propertiesOf(query.where) },
    ...(query.where ? { detail: { where: JSON.parse(JSON.stringify(query.where)) } } : {}),
    relations: { objects: { object: query.object, columns: [...new Set(touched)] } },
    person: 'objects',
    build: ({ objects }) => {
      const columns = [
        ...[...new Set(query.select)].map(ident),
        ...(isPersonLevel(query.object) ? [ident('_person')] : []),
      ]
      const sorted = order.map(({ property, descending }) =>
        descending ? sql`${ident(property)} DESC NULLS LAST` : sql`${ident(property)} ASC NULLS LAST`,
      )
      const by = joinSql([...sorted, ident('_order')], ', ')
      const where = whereSql(query.object, query.where)
      return sql`SELECT ${joinSql(columns, ', ')} FROM ${objects} AS objects WHERE ${where} ORDER BY ${by} LIMIT ${query.limit}`
    },
  }
}

/** The question behind a summary of objects: counts and the like, with no person column. */
export function summaryOf(summary: ObjectSummary): Question<'objects'> & { readonly person: null } {
  checkSummary(summary)
  const measured = summary.aggregations.flatMap((each) => (each.type === 'count' ? [] : [each.property]))
  const touched = [...summary.groupBy, ...propertiesOf(summary.where), ...measured]
  return {
    about: {
      kind: 'summary',
      object: summary.object,
      groupBy: [...summary.groupBy],
      // Without their names: those are the caller's words.
      aggregations: summary.aggregations.map(({ name: _, ...rest }) => rest),
      filtered: propertiesOf(summary.where),
    },
    ...(summary.where ? { detail: { where: JSON.parse(JSON.stringify(summary.where)) } } : {}),
    relations: { objects: { object: summary.object, columns: [...new Set(touched)] } },
    person: null,
    build: ({ objects }) => {
      const groups = summary.groupBy.map(ident)
      const selected = [...groups, ...summary.aggregations.map((each) => aggregationSql(summary.object, each))]
      const by =
        groups.length === 0 ? rawSql('') : sql` GROUP BY ${joinSql(groups, ', ')} ORDER BY ${joinSql(groups, ', ')}`
      return sql`SELECT ${joinSql(selected, ', ')} FROM ${objects} AS objects WHERE ${whereSql(summary.object, summary.where)}${by}`
    },
  }
}

/** Called once the properties are permitted: what is said about one here tells nothing about others. */
function aggregationSql(object: string, aggregation: Aggregation): Sql {
  const name = ident(aggregation.name)
  if (aggregation.type === 'count') return sql`count(*) AS ${name}`
  const property = ident(aggregation.property)
  const { type, property: of } = aggregation
  if ((type === 'sum' || type === 'avg') && !numbers.has(castType(object, of))) {
    throw ontologyErrors('FDP_ONTOLOGY_AGGREGATION', { type, property: of })
  }
  if (aggregation.type === 'countDistinct') return sql`count(DISTINCT ${property}) AS ${name}`
  return sql`${rawSql(aggregation.type)}(${property}) AS ${name}`
}

/** Keys show as text or as tokens depending on the level, so they are compared as text; the rest by their own type. */
function whereSql(object: string, where: Where | undefined): Sql {
  if (!where) return rawSql('TRUE')
  switch (where.type) {
    case 'and':
    case 'or': {
      if (where.of.length === 0) return rawSql(where.type === 'and' ? 'TRUE' : 'FALSE')
      const parts = where.of.map((each) => sql`(${whereSql(object, each)})`)
      return joinSql(parts, where.type === 'and' ? ' AND ' : ' OR ')
    }
    case 'not':
      return sql`NOT (${whereSql(object, where.of)})`
    default:
      return testSql(object, where)
  }
}

const comparison = { eq: '=', ne: '<>', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const

function testSql(object: string, test: Test): Sql {
  const column = ident(test.property)
  if (test.type === 'isNull') return sql`${column} IS NULL`
  const type = castType(object, test.property)
  const left = type === 'VARCHAR' ? sql`CAST(${column} AS VARCHAR)` : column
  const right = (value: string) => sql`TRY_CAST(${value} AS ${rawSql(type)})`
  if (test.type === 'in' && test.values.length === 0) return rawSql('FALSE')
  if (test.type === 'in') return sql`${left} IN (${joinSql(test.values.map(right), ', ')})`
  return sql`${left} ${rawSql(comparison[test.type])} ${right(test.value)}`
}

const casts: Readonly<Record<string, string>> = {
  integer: 'BIGINT',
  long: 'BIGINT',
  decimal: 'DOUBLE',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
}

const numbers: ReadonlySet<string> = new Set(['BIGINT', 'DOUBLE'])

function castType(object: string, name: string): string {
  const property = objectTypes()
    .find((type) => type.name === object)
    ?.properties.find((each) => each.name === name)
  return (property && property.role === null && casts[property.type]) || 'VARCHAR'
}

function isPersonLevel(object: string): boolean {
  return objectTypes().find((type) => type.name === object)?.personLevel ?? false
}

function propertiesOf(where: Where | undefined): string[] {
  if (!where) return []
  if (where.type === 'not') return propertiesOf(where.of)
  return 'of' in where ? [...new Set(where.of.flatMap(propertiesOf))] : [where.property]
}
