import { type Property, recordTypeOf } from '#contracts'
import type { RowScope } from '#governance'
import { ident, joinSql, rawSql, type Sql, sql } from '#kernel'
import { coarseSql, placement, shown } from '#privacy'
import { exactTextSql, flagOf } from './edit-tables.ts'
import { hidesOrder, type Inside, propertyOf, type RelationPlan } from './relation-plan.ts'
import { rowsAsEdited } from './relation-source.ts'

/** What a view asks beside the relation itself. */
interface More {
  readonly added: readonly Sql[]
  /** The rows, in place of all of them. */
  readonly source: Sql
  /** A query of their keys, where they are few. */
  readonly keys: Sql | null
}

/** A sub-query with exactly the permitted columns and rows. What it does not select does not exist for what is built on it. */
export function relationSql(
  plan: RelationPlan,
  more: More = { added: [], source: rowsAsEdited(plan), keys: null },
): Sql {
  const selected = plan.columns.map((name) => sql`${columnSql(plan, propertyOf(plan.type, name))} AS ${ident(name)}`)
  selected.push(...plan.joins.map((name) => sql`${joinSqlOf(plan, name)} AS ${ident(`~${name}`)}`))
  if (plan.rid) selected.push(sql`${ident(plan.tokenFunction(recordTypeOf(plan.type)))}(lake."_key") AS "~rid"`)
  if (plan.whose) selected.push(rawSql('lake."_controller" AS "~controller"'))
  if (plan.persons) selected.push(rawSql('lake."_person" AS "~person"'))
  if (plan.asRows) selected.push(...rowColumns(plan))
  selected.push(...more.added)
  if (plan.inside) selected.push(...insideColumns(plan, plan.inside))
  // Rows can be counted without a column.
  if (selected.length === 0) selected.push(rawSql('TRUE AS "_row"'))
  return sql`(SELECT ${joinSql(selected, ', ')} FROM ${fromSql(plan, more)} WHERE ${joinSql([rowsSql(plan.rows), ...plan.where], ' AND ')})`
}

/**
 * Rows lie in the files in the order of their local keys, the same for every purpose: two results laid side by side
 * would join. Sorted by a token of the purpose they share no order.
 */
function rowColumns(plan: RelationPlan): Sql[] {
  const person = plan.type.personLevel ? [rawSql('lake."_person" AS "_person"')] : []
  return [...person, sql`${orderSql(plan)} AS "_order"`]
}

export function orderSql(plan: RelationPlan): Sql {
  if (!hidesOrder(plan)) return rawSql('lake."_key"')
  return plan.sorted?.tokens
    ? rawSql('lake."_token"')
    : sql`${ident(plan.tokenFunction(recordTypeOf(plan.type)))}(lake."_key")`
}

function insideColumns(plan: RelationPlan, { exact, inLake }: Inside): Sql[] {
  return [
    rawSql('lake."_key" AS "_key", lake."_controller" AS "_controller"'),
    ...exact.map((name) => sql`${exactSql(plan, propertyOf(plan.type, name))} AS ${ident(`~exact:${name}`)}`),
    ...inLake.map((name) => sql`CAST(lake.${ident(name)} AS VARCHAR) AS ${ident(`~lake:${name}`)}`),
  ]
}

function exactSql(plan: RelationPlan, property: Property): Sql {
  if (!placement(plan.type, property).vault) return exactTextSql(property, sql`lake.${ident(property.name)}`)
  return vaultSql(plan, property)
}

function fromSql({ vaultTable, edits }: RelationPlan, { source, keys }: More): Sql {
  const part = keys === null ? rawSql('') : sql` WHERE "_key" IN (${keys})`
  const vault = vaultTable === null ? null : sql`(SELECT * FROM ${ident(vaultTable)}${part})`
  const edited = edits?.vaultTable ? ident(edits.vaultTable) : null
  return joinSql(
    [
      sql`${source} AS lake`,
      ...(vault ? [sql`LEFT JOIN ${vault} AS vault ON vault."_key" = lake."_key"`] : []),
      ...(edited ? [sql`LEFT JOIN ${edited} AS edited_vault ON edited_vault."_key" = lake."_key"`] : []),
    ],
    ' ',
  )
}

/** Rows of two types meet by local keys, whatever either of them is shown as; everything else by the value as shown. */
function joinSqlOf(plan: RelationPlan, name: string): Sql {
  if (!plan.columns.includes(name)) throw new Error(`the column ${name} to link by was not asked for`)
  const property = propertyOf(plan.type, name)
  return placement(plan.type, property).lake === 'key' ? sql`lake.${ident(name)}` : columnSql(plan, property)
}

export function columnSql(plan: RelationPlan, property: Property): Sql {
  const how = shown(plan.type, property, plan.level)
  const stored = sql`lake.${ident(property.name)}`
  switch (how.kind) {
    case 'clear':
      return stored
    case 'coarse':
      return coarseSql(how.rule, stored)
    case 'token':
      return sql`${ident(plan.tokenFunction(how.keyType))}(${stored})`
    case 'vault':
      return vaultSql(plan, property)
    case 'hidden':
      throw new Error(`a decision let the hidden column ${property.name} through`)
  }
}

function vaultSql({ vaultTable, edits }: RelationPlan, { name }: Property): Sql {
  const stored = vaultTable === null ? rawSql('CAST(NULL AS VARCHAR)') : sql`vault.${ident(name)}`
  if (!edits?.vaultTable || !edits.vaultColumns.has(name)) return stored
  return sql`CASE WHEN edited_vault.${ident(flagOf(name))} THEN edited_vault.${ident(name)} ELSE ${stored} END`
}

export function rowsSql(rows: RowScope): Sql {
  const tests: Sql[] = []
  if (rows.controllers !== 'all') tests.push(inSql(sql`lake."_controller"`, rows.controllers))
  // As text, since that is what a grant holds; ISO 8601 for dates.
  for (const { property, in: values } of rows.where) {
    tests.push(inSql(sql`CAST(lake.${ident(property)} AS VARCHAR)`, values))
  }
  return tests.length === 0 ? rawSql('TRUE') : joinSql(tests, ' AND ')
}

function inSql(column: Sql, values: readonly string[]): Sql {
  if (values.length === 0) return rawSql('FALSE')
  return sql`${column} IN (${joinSql(
    values.map((value) => sql`${value}`),
    ', ',
  )})`
}
