import { rawSql, type Sql, sql } from '#kernel'

/**
 * A table of `count` NHS numbers for people who do not exist: `n BIGINT` from 0, `nhs_number VARCHAR`. All begin with 9,
 * which live numbers do not, and pass Modulus 11 (NHS Data Dictionary, NHS NUMBER); a base whose check digit would be
 * 10 is passed over.
 */
export function nhsNumbersSql(count: number): Sql {
  // One base in eleven has no check digit; a tenth more than that, and a few, are always enough.
  const bases = Math.ceil(count * 1.15) + 100
  const weighted = Array.from({ length: 9 }, (_, i) => `${10 - i} * CAST(substr(base, ${i + 1}, 1) AS INTEGER)`).join(
    ' + ',
  )
  return sql`(
    WITH bases AS (
      SELECT i, CAST(900000000 + (i * 48271 + 7919) % 99000000 AS VARCHAR) AS base FROM range(${bases}) AS r(i)
    ), checked AS (
      SELECT i, base, (11 - (${rawSql(weighted)}) % 11) % 11 AS digit FROM bases
    )
    SELECT row_number() OVER (ORDER BY i) - 1 AS n, base || CAST(digit AS VARCHAR) AS nhs_number
    FROM checked WHERE digit < 10 ORDER BY i LIMIT ${count}
  )`
}
