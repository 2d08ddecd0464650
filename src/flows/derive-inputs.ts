import { type ObjectType, type Property, sqlType } from '#contracts'
import { type DateOnly, ident, joinSql, literal, type Sql, sql } from '#kernel'
import { coarseSql, placement, shown } from '#privacy'
import { careFiles } from './clear-care.ts'

/** Files of one controller that speak of one day. */
export interface InputDay {
  readonly asAt: DateOnly
  readonly files: readonly string[]
}

export interface InputColumn {
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
export function inputSql(type: ObjectType, days: readonly InputDay[]): Sql {
  const columns = inputColumns(type)
  const known = type.personLevel ? sql`WHERE _person IS NOT NULL` : sql``
  const listed = (asAt: Sql, of: (column: InputColumn) => Sql) =>
    joinSql([sql`${asAt} AS ${ident('asAt')}`, ...columns.map((each) => sql`${of(each)} AS ${ident(each.name)}`)], ', ')
  if (days.length === 0) return sql`SELECT ${listed(sql`NULL::DATE`, ({ none }) => none)} WHERE false`
  const parts = days.map(({ asAt, files }) => {
    return sql`SELECT ${listed(sql`${literal(asAt)}::DATE`, ({ expression }) => expression)}
      FROM ${careFiles(files)} ${known}`
  })
  return joinSql(parts, ' UNION ALL ')
}
