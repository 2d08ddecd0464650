import { ident, joinSql, literal, type Sql, sql } from '#kernel'
import { viewError } from '../definition/read-members.ts'
import type { Iteration, Select } from '../definition/view.ts'
import { compileColumn, type OutputColumn } from './column.ts'
import { compilePath } from './path.ts'
import { repeatedItems } from './repeat.ts'
import type { Scope } from './scope.ts'
import { item, toItems } from './value.ts'

/** Rows as a list of structs, one field a column. */
export interface Rows {
  readonly columns: readonly OutputColumn[]
  readonly sql: Sql
}

type Field = readonly [name: string, value: Sql]

/**
 * Rows of the selects that stand beside one another, each with each (the spec's "cross join"). Errors: FDP_FHIR_VIEW for a
 * name that is given twice.
 */
export function compileSelects(selects: readonly Select[], scope: Scope): Rows {
  const parts = selects.flatMap((select) => partsOf(select, scope))
  const columns = parts.flatMap((part) => part.columns)
  // The engine takes `id` and `ID` for one
  const names = columns.map(({ name }) => name.toLowerCase())
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw viewError(
      selects[0]?.place ?? 'select',
      `two columns are called \`${twice}\``,
      'give one of them another name',
    )
  return { columns, sql: product(parts, [], scope) }
}

/** What a select multiplies with its neighbours: itself if it iterates, else its parts, in the order of their columns. */
function partsOf(select: Select, scope: Scope): Rows[] {
  if (select.iteration !== null) return [iterated(select, select.iteration, scope)]
  const own = select.column.length > 0 ? [ownRow(select, scope)] : []
  const nested = select.select.flatMap((each) => partsOf(each, scope))
  return [...own, ...nested, ...(select.unionAll.length > 0 ? [union(select, scope)] : [])]
}

function ownRow({ column }: Select, scope: Scope): Rows {
  const fields = column.map((each): Field => [each.name, compileColumn(each, scope)])
  return {
    columns: column.map(({ name, type, collection }) => ({ name, type, collection })),
    sql: sql`[${struct(fields)}]`,
  }
}

function union({ unionAll, place }: Select, scope: Scope): Rows {
  const branches = unionAll.map((branch) => compileSelects([branch], scope))
  const columns = branches[0]?.columns ?? []
  branches.forEach((branch, i) => {
    if (!sameColumns(branch.columns, columns))
      throw viewError(
        `${place}.unionAll[${i}]`,
        'its columns are not those of the first branch',
        'give all branches the same names and types in the same order',
      )
  })
  return {
    columns,
    sql: sql`flatten([${joinSql(
      branches.map((branch) => branch.sql),
      ', ',
    )}])`,
  }
}

function sameColumns(some: readonly OutputColumn[], others: readonly OutputColumn[]): boolean {
  const key = (columns: readonly OutputColumn[]) => JSON.stringify(columns.map((c) => [c.name, c.type, c.collection]))
  return key(some) === key(others)
}

/** Rows of each item that a select iterates over, one after the other. */
function iterated(select: Select, iteration: Iteration, scope: Scope): Rows {
  const { lambdas } = scope
  let columns: readonly OutputColumn[] = []
  const rows = lambdas.mapWithPosition(itemsOf(iteration, scope), (it, rowIndex) => {
    const each = compileSelects([{ ...select, iteration: null }], { ...scope, focus: item(it), rowIndex })
    columns = each.columns
    return each.sql
  })
  return { columns, sql: sql`flatten(${rows})` }
}

function itemsOf({ kind, paths }: Iteration, scope: Scope): Sql {
  if (kind === 'repeat') return repeatedItems(paths, scope)
  const list = sql`flatten([${joinSql(
    paths.map((path) => toItems(compilePath(path, scope), scope.lambdas)),
    ', ',
  )}])`
  if (kind === 'forEach') return list
  return scope.lambdas.let(list, (all) => sql`CASE WHEN len(${all}) = 0 THEN CAST([NULL] AS JSON[]) ELSE ${all} END`)
}

/** Each row of the first part with each of the second, and so on; `fields` are those of the rows chosen so far. */
function product([part, ...rest]: readonly Rows[], fields: readonly Field[], { lambdas }: Pick<Scope, 'lambdas'>): Sql {
  if (part === undefined) return sql`[${struct(fields)}]`
  return lambdas.flatMap(part.sql, (row) => product(rest, [...fields, ...fieldsOf(part, row)], { lambdas }))
}

function fieldsOf({ columns }: Rows, row: Sql): Field[] {
  return columns.map(({ name }) => [name, fieldOf(row, name)])
}

/** A field of a row of the list that `compileSelects` gives. */
export function fieldOf(row: Sql, name: string): Sql {
  return sql`struct_extract(${row}, ${literal(name)})`
}

function struct(fields: readonly Field[]): Sql {
  return sql`struct_pack(${joinSql(
    fields.map(([name, value]) => sql`${ident(name)} := ${value}`),
    ', ',
  )})`
}
