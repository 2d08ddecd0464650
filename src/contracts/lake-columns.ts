import { ident, joinSql, type Sql, sql } from '#kernel'
import { sqlType } from './cell.ts'
import type { ObjectType, Property } from './object-type.ts'
import { keyProperties } from './parts.ts'

/** A column of a typed table or of the lake's files. */
export interface TableColumn {
  readonly name: string
  readonly sqlType: Sql
  /** Null for the columns that every table has. */
  readonly property: Property | null
}

/**
 * The columns of a type as they lie in the lake if nothing is made coarser: `_key`, `_person`, `_controller`, then keys
 * as 64-bit local numbers and care columns by type, in the contract's order. Identity and free text are not among them.
 */
export function lakeColumns(type: ObjectType): readonly TableColumn[] {
  const keys = new Set(keyProperties(type))
  const kept = type.properties.filter(
    (property) => keys.has(property) || !['direct', 'text'].includes(property.sensitivity),
  )
  return [
    { name: '_key', sqlType: sql`BIGINT`, property: null },
    { name: '_person', sqlType: sql`BIGINT`, property: null },
    { name: '_controller', sqlType: sql`VARCHAR`, property: null },
    ...kept.map((property) => ({
      name: property.name,
      sqlType: keys.has(property) ? keyType(property) : sqlType(property.type),
      property,
    })),
  ]
}

/** `CREATE TABLE` for such columns. */
export function createTableSql(table: string, columns: readonly TableColumn[]): Sql {
  const body = columns.map((column) => sql`${ident(column.name)} ${column.sqlType}`)
  return sql`CREATE TABLE ${ident(table)} (${joinSql(body, ', ')})`
}

function keyType(property: Property): Sql {
  return property.type === 'texts' ? sql`BIGINT[]` : sql`BIGINT`
}
