import { type DateOnly, rawSql, type Sql, sql } from '#kernel'

/**
 * Ways to make a value coarser before it is written to the lake.
 * `birth-year`: DATE → 1 January of the birth year, everybody who is 90 or turns 90 in the as-at year pooled.
 * `month`: DATE → first of the month. `age-band`: whole years → first year of the five-year band, 90 and over pooled,
 * null below 0. `outward-code`: postcode → outward code; null for what is no postcode and for pseudo postcodes (ZZ99).
 */
export type StoredRule = 'birth-year' | 'month' | 'age-band' | 'outward-code'

/**
 * Ways to make a lake value coarser on its way out. `day`: TIMESTAMP → its DATE. `weight-500g`, `weight-10kg`: grams
 * and kilograms down to the last whole 500 g or 10 kg; null below 0.
 */
export type ReadRule = 'day' | 'weight-500g' | 'weight-10kg'

export type CoarseRule = StoredRule | ReadRule

const pooledFromAge = 90
const ageBandYears = 5
/** Form of a postcode without its space (DOMAIN section 2); the outward code is the first group. */
const postcodePattern = '^([A-Z]{1,2}[0-9][A-Z0-9]?)[0-9][A-Z]{2}$'

/**
 * A vectorised expression over a column of the type that the rule names; null stays null. `asAt` is the day the
 * version is about. Pooling goes by birth year and not by exact age, since the latter would show on which side of the
 * birthday the as-at day falls.
 */
export function coarseSql(rule: Exclude<CoarseRule, 'birth-year'>, column: Sql): Sql
export function coarseSql(rule: CoarseRule, column: Sql, asAt: DateOnly): Sql
export function coarseSql(rule: CoarseRule, column: Sql, asAt?: DateOnly): Sql {
  switch (rule) {
    case 'birth-year': {
      if (asAt === undefined) throw new Error('birth-year needs the as-at day')
      const oldest = wholeNumber(Number(asAt.slice(0, 4)) - pooledFromAge)
      return sql`make_date(CASE WHEN year(${column}) < ${oldest} THEN ${oldest} ELSE year(${column}) END, 1, 1)`
    }
    case 'month':
      return sql`CAST(date_trunc('month', ${column}) AS DATE)`
    case 'day':
      return sql`CAST(${column} AS DATE)`
    case 'age-band': {
      const pooled = wholeNumber(pooledFromAge)
      return sql`CASE WHEN ${column} >= ${pooled} THEN ${pooled} ELSE ${stepsOf(ageBandYears, column)} END`
    }
    case 'weight-500g':
      return stepsOf(500, column)
    case 'weight-10kg':
      return stepsOf(10, column)
    case 'outward-code':
      return outwardCode(sql`upper(replace(${column}, ' ', ''))`)
  }
}

function stepsOf(step: number, column: Sql): Sql {
  const width = wholeNumber(step)
  return sql`CASE WHEN ${column} >= 0 THEN TRY_CAST(floor(${column} / ${width}) * ${width} AS INTEGER) END`
}

function outwardCode(compact: Sql): Sql {
  const outward = sql`regexp_extract(${compact}, ${rawSql(`'${postcodePattern}'`)}, 1)`
  return sql`CASE WHEN ${outward} IN ('', 'ZZ99') THEN NULL ELSE ${outward} END`
}

/** Written into the text, not bound: an untyped parameter would make the engine guess the column's type. */
function wholeNumber(value: number): Sql {
  if (!Number.isInteger(value)) throw new Error('not a whole number')
  return rawSql(String(value))
}
