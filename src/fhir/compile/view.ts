import { ident, joinSql, rawSql, type Sql, sql } from '#kernel'
import type { View } from '../definition/view.ts'
import type { OutputColumn } from './column.ts'
import { withMarkedNumbers } from './json-digits.ts'
import { Lambdas } from './lambdas.ts'
import { compilePath } from './path.ts'
import type { Scope } from './scope.ts'
import { compileSelects, fieldOf } from './select.ts'
import { item, toCondition } from './value.ts'

export interface CompiledView {
  /** In the order of the specification: of a select its own, then those of nested selects, then those of its union. */
  readonly columns: readonly OutputColumn[]
  /** One SELECT with these columns. */
  readonly statement: Sql
}

/**
 * A view as one statement over a relation with a column `resource`, FHIR resources as JSON or text; what is there of
 * another type is skipped. One pass, no join: the rows of a resource are made as a list and then unnested. Columns of
 * integer types are INTEGER (integer64: BIGINT), boolean is BOOLEAN, all others are VARCHAR with the digits and the
 * precision of the resource; with `collection` lists of these.
 *
 * With `position`, a column of the relation, each row has that column and `_nth`: the how-manieth row of its resource,
 * from 1. `relation` is spliced: a name or a sub-query in brackets that our own code wrote.
 * Errors: FDP_FHIR_PATH, FDP_FHIR_VIEW, FDP_FHIR_TOO_LARGE. The statement itself stops where a resource does not fit (`viewRows` says so).
 * Source: https://sql-on-fhir.org/ig/StructureDefinition-ViewDefinition.html, "Processing Algorithm".
 */
export function compileView(view: View, relation: Sql, options: { readonly position?: string } = {}): CompiledView {
  const lambdas = new Lambdas()
  const resource = ident('resource')
  const scope: Scope = { focus: item(resource), resource, rowIndex: rawSql('0'), constants: view.constants, lambdas }
  const rows = compileSelects(view.select, scope)
  const conditions = view.where.map((path) => sql`coalesce(${toCondition(compilePath(path, scope), lambdas)}, false)`)
  const kept = joinSql([rawSql('true'), ...conditions], ' AND ')
  const row = ident('row')
  const columns = rows.columns.map(({ name }) => sql`${fieldOf(row, name)} AS ${ident(name)}`)
  const kin = options.position === undefined ? [] : [ident(options.position)]
  const marked = sql`${withMarkedNumbers(sql`CAST(${resource} AS VARCHAR)`)} AS ${resource}`
  const ofType = sql`SELECT ${joinSql([...kin, marked], ', ')} FROM ${relation}
    WHERE json_extract_string(${resource}, '$.resourceType') = ${view.resource}`
  const statement =
    options.position === undefined
      ? sql`SELECT ${joinSql(columns, ', ')}
    FROM (SELECT unnest(${rows.sql}) AS ${row} FROM (${ofType}) WHERE ${kept})`
      : sql`SELECT ${joinSql([...kin, ident('_nth'), ...columns], ', ')} FROM (
      SELECT ${joinSql(kin, ', ')}, unnest(made) AS ${row}, generate_subscripts(made, 1) AS "_nth"
      FROM (SELECT ${joinSql(kin, ', ')}, ${rows.sql} AS made FROM (${ofType}) WHERE ${kept}))`
  return { columns: rows.columns, statement }
}
