import { type ObjectType, objectType, type Property, sqlType } from '#contracts'
import type { DerivedFinding, Fill, InputFiles } from '#flows'
import { type DateOnly, ident, joinSql, literal, type Sql, sql } from '#kernel'
import type { Engine } from '#ports'
import { coarseSql, placement, shown } from '#privacy'
import type { CheckedModel } from './check-model.ts'
import type { Model } from './declaration.ts'
import { statementOf } from './tree.ts'

/** Runs a model: its inputs as views under their own names, its query as it was understood, and a look at what came of it. */
export function fillOf({ model }: Pick<CheckedModel, 'model'>): Fill {
  return async (engine, inputs) => {
    for (const each of inputs) {
      await engine.execute(
        sql`CREATE OR REPLACE VIEW ${ident(each.object)} AS ${inputSql(objectType(each.object), each)}`,
      )
    }
    return await make(engine, model)
  }
}

/** Makes `made` from inputs that are there. */
export async function make(engine: Engine, model: Model): Promise<readonly DerivedFinding[]> {
  await engine.execute(sql`CREATE OR REPLACE TABLE made AS ${statementOf(model.sql)}`)
  return await findingsIn(engine, model.type)
}

interface InputColumn {
  readonly name: string
  readonly expression: Sql
  /** Its value where there is no row: of the same type. */
  readonly none: Sql
}

/** What a model sees of a type: the columns of a pseudonymised read, keys as the tenant has them. */
export function inputColumns(type: ObjectType): readonly InputColumn[] {
  const columns = type.properties.flatMap((property): InputColumn[] => {
    const how = shown(type, property, 'pseudonymised')
    const name = ident(property.name)
    if (how.kind === 'hidden' || how.kind === 'vault' || property.role === 'external-id') return []
    if (how.kind === 'token') return [{ name: property.name, expression: name, none: sql`NULL::BIGINT` }]
    const none = inLake(type, property)
    if (how.kind === 'clear') return [{ name: property.name, expression: name, none }]
    return [{ name: property.name, expression: coarseSql(how.rule, name), none: coarseSql(how.rule, none) }]
  })
  const person = { name: 'person', expression: ident('_person'), none: sql`NULL::BIGINT` }
  return type.personLevel ? [person, ...columns] : columns
}

function inLake(type: ObjectType, property: Property): Sql {
  const { lake } = placement(type, property)
  const none = sql`NULL::${sqlType(property.type)}`
  return typeof lake === 'object' ? coarseSql(lake.coarse, none, '2000-01-01' as DateOnly) : none
}

/** Rows of which nobody knows whom they are about stay out: no row could be told to be of one person. */
function inputSql(type: ObjectType, { days }: InputFiles): Sql {
  const columns = inputColumns(type)
  const known = type.personLevel ? sql`WHERE _person IS NOT NULL` : sql``
  const listed = (asAt: Sql, of: (column: InputColumn) => Sql) =>
    joinSql([sql`${asAt} AS ${ident('asAt')}`, ...columns.map((each) => sql`${of(each)} AS ${ident(each.name)}`)], ', ')
  if (days.length === 0) return sql`SELECT ${listed(sql`NULL::DATE`, ({ none }) => none)} WHERE false`
  const parts = days.map(({ asAt, files }) => {
    const paths = joinSql(files.map(literal), ', ')
    return sql`SELECT ${listed(sql`${literal(asAt)}::DATE`, ({ expression }) => expression)}
      FROM read_parquet([${paths}], hive_partitioning = false) ${known}`
  })
  return joinSql(parts, ' UNION ALL ')
}

/** What the contract does not allow, by rule and column; counts only. */
async function findingsIn(engine: Engine, type: ObjectType): Promise<DerivedFinding[]> {
  const found = await engine.rows(
    sql`SELECT column_name AS name, data_type AS type FROM duckdb_columns() WHERE table_name = 'made'`,
  )
  const types = new Map(found.map(({ name, type: is }) => [String(name), String(is)]))
  const wrong = type.properties.filter((property) => types.get(property.name) !== wantedType(property))
  if (wrong.length > 0) return wrong.map(({ name }) => ({ rule: 'type', column: name, rows: 0 }))
  const checks = [
    { rule: 'person.missing', column: null, bad: sql`person IS NULL` },
    ...type.properties.flatMap(({ name, nullable, values }) => {
      const value = ident(name)
      const outside = values && sql`${value} NOT IN (${joinSql((values as string[]).map(literal), ', ')})`
      return [
        ...(nullable ? [] : [{ rule: 'missing', column: name, bad: sql`${value} IS NULL` }]),
        ...(outside ? [{ rule: 'value-set', column: name, bad: outside }] : []),
      ]
    }),
  ]
  const counts = checks.map(({ bad }, i) => sql`count(*) FILTER (WHERE ${bad}) AS ${ident(`c${i}`)}`)
  const repeated = sql`count(*) - count(DISTINCT ${ident(type.primaryKey)}) AS repeated`
  const [row] = await engine.rows(sql`SELECT ${joinSql([...counts, repeated], ', ')} FROM made`)
  const all = [
    ...checks.map(({ rule, column }, i) => ({ rule, column, rows: Number(row?.[`c${i}`]) })),
    { rule: 'key.repeated', column: type.primaryKey, rows: Number(row?.repeated) },
  ]
  return all.filter(({ rows }) => rows > 0)
}

const engineTypes: Readonly<Record<string, string>> = {
  ...{ text: 'VARCHAR', integer: 'INTEGER', long: 'BIGINT', decimal: 'DECIMAL(18,4)', double: 'DOUBLE' },
  ...{ boolean: 'BOOLEAN', date: 'DATE', timestamp: 'TIMESTAMP' },
}

function wantedType({ type, references }: Property): string {
  return references ? 'BIGINT' : engineTypes[type]!
}
