import type { ObjectType, Property } from '#contracts'
import type { DerivedFinding, Fill } from '#flows'
import { ident, joinSql, literal, sql } from '#kernel'
import type { Engine } from '#ports'
import type { Model } from './declaration.ts'
import { statementOf } from './tree.ts'

/** Runs a model over inputs that are there under their own names: its query as it was understood, and a look at what came of it. */
export function fillOf(model: Model): Fill {
  return async (engine) => {
    await engine.execute(sql`CREATE OR REPLACE TABLE made AS ${statementOf(model.sql)}`)
    return await findingsIn(engine, model.type)
  }
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
