import { compileView, fhirErrorOf, parseView, viewOrigins } from '#fhir'
import { canonicalJson, ident, type JsonObject, joinSql, rawSql, type Sql, sha256Hex, sql } from '#kernel'
import type { Mapping } from './submission.ts'

const nameDigits = 16
/** Rows of one resource after the first lie so far apart, above every file's rows. */
const positionsApart = 1_000_000_000

/**
 * A ViewDefinition of SQL on FHIR as a mapping: its columns are the properties of the object. The first row that a
 * resource gives has the resource's position, the n-th has that and n − 1 thousand millions. Its name is made from what
 * it says, so that another view is another mapping. Errors: FDP_FHIR_VIEW, FDP_FHIR_PATH, FDP_FHIR_TOO_LARGE.
 */
export function viewMapping(definition: JsonObject): Mapping {
  const view = parseView(definition)
  const sqlOf = (raw: Sql) => textsOf(compileView(view, raw, { position: '_row' }))
  // What it cannot be compiled to is said now, not once the file has landed.
  sqlOf(rawSql('raw'))
  const sha256 = sha256Hex(canonicalJson(definition))
  return {
    id: `fhir-view-${sha256.slice(0, nameDigits)}`,
    version: 1,
    sql: sqlOf,
    problem: fhirErrorOf,
    origins: { sha256, ...viewOrigins(view) },
  }
}

type Compiled = ReturnType<typeof compileView>

/** Lists become JSON, which the contract's lists are read from; all others are as they would stand in a file. */
function textsOf({ columns, statement }: Compiled): Sql {
  const texts = columns.map(({ name, collection }) => {
    const value = collection ? sql`to_json(${ident(name)})` : ident(name)
    return sql`CAST(${value} AS VARCHAR) AS ${ident(name)}`
  })
  const position = sql`"_row" + ("_nth" - 1) * ${rawSql(String(positionsApart))} AS "_row"`
  return sql`SELECT ${joinSql([position, ...texts], ', ')} FROM (${statement})`
}
