import { lakeColumns, type ObjectType } from '#contracts'
import { ident, joinSql, literal, rawSql, type Sql, sql } from '#kernel'
import { flagOf } from './edit-tables.ts'
import type { RelationPlan, Sorted } from './relation-plan.ts'

/* The rows of a relation as they lie in its files: without those of people who said no, with what actions edited. */

/**
 * The rows of the source but those that actions edited, and these as they are now. A record that an action made is there
 * as soon as it is made, unless it is about somebody whose rows stay out.
 */
export function rowsAsEdited(plan: RelationPlan): Sql {
  const { edits, excluded } = plan
  const source = filesSql(plan)
  if (!edits) return source
  const table = ident(edits.table)
  const values = [...edits.columns].map(
    ([name, value]) =>
      sql`CASE WHEN edited.${ident(flagOf(name))} THEN ${value} ELSE source.${ident(name)} END AS ${ident(name)}`,
  )
  const whose = rawSql(`edited."_key" AS "_key", coalesce(source."_person", edited."_person") AS "_person",
    coalesce(source."_controller", edited."_controller") AS "_controller"`)
  const saidNo = excluded
    ? sql`AND (source."_key" IS NOT NULL OR edited."_person" IS NULL
        OR edited."_person" NOT IN (SELECT "_person" FROM (${excluded.persons}) WHERE "_person" IS NOT NULL))`
    : rawSql('')
  return sql`(SELECT source.* FROM ${source} AS source ANTI JOIN ${table} AS edited ON edited."_key" = source."_key"
    UNION ALL BY NAME
    SELECT source.* REPLACE (${joinSql([whose, ...values], ', ')})
    FROM ${table} AS edited LEFT JOIN ${source} AS source ON source."_key" = edited."_key"
    WHERE NOT edited."_deleted" AND (source."_key" IS NOT NULL OR edited."_created") ${saidNo})`
}

/** Rows of people who said no are looked for only in files that may have them. */
function filesSql({ type, files, excluded, sorted }: RelationPlan): Sql {
  // Where copies are read, no file has such rows.
  if (sorted) return copiesSql(type, sorted)
  if (!excluded) return parquetSql(type, files)
  const clear = sql`SELECT * FROM ${parquetSql(type, files)}`
  if (excluded.among.length === 0) return sql`(${clear})`
  const rest = sql`SELECT rest.* FROM ${parquetSql(type, excluded.among)} AS rest
    ANTI JOIN (${excluded.persons}) AS said_no ON said_no."_person" = rest."_person"`
  return files.length === 0 ? sql`(${rest})` : sql`(${clear} UNION ALL BY NAME ${rest})`
}

export function copiesSql(type: ObjectType, { runs, tokens }: Pick<Sorted, 'runs' | 'tokens'>): Sql {
  const files = runs.flat().map(({ file }) => file)
  return parquetSql(
    type,
    files,
    tokens ? [rawSql('CAST(NULL AS UUID) AS "_token", CAST(NULL AS BIGINT) AS "_first"')] : [],
  )
}

/** No file means no rows, of the columns that the lake's files have and these more. */
function parquetSql(type: ObjectType, files: readonly string[], more: readonly Sql[] = []): Sql {
  if (files.length === 0) {
    const nulls = lakeColumns(type).map(({ name, sqlType }) => sql`CAST(NULL AS ${sqlType}) AS ${ident(name)}`)
    return sql`(SELECT ${joinSql([...nulls, ...more], ', ')} WHERE FALSE)`
  }
  const paths = joinSql(files.map(literal), ', ')
  return sql`read_parquet([${paths}], hive_partitioning = false)`
}
