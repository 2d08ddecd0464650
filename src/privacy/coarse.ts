import { type DateOnly, rawSql, type Sql, sql } from '#kernel'

/**
 * Ways to make a value coarser.
 * `birth-year`: DATE → 1 January of the birth year, everybody who is 90 or turns 90 in the as-at year pooled.
 * `month`: DATE → first of the month. `day`: TIMESTAMP → its DATE.
 * `age-band`: whole years → first year of the five-year band, 90 and over pooled; a negative age is null.
 * `outward-code`: postcode → outward code; anything that is no postcode, and pseudo postcodes (ZZ99), null.
 */
export type CoarseRule = 'birth-year' | 'month' | 'day' | 'age-band' | 'outward-code'

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
    case 'age-band':
      return sql`CAST(CASE WHEN ${column} < 0 THEN NULL WHEN ${column} >= ${wholeNumber(pooledFromAge)} THEN ${wholeNumber(pooledFromAge)} ELSE ${column} - ${column} % ${wholeNumber(ageBandYears)} END AS INTEGER)`
    case 'outward-code':
      return outwardCode(sql`upper(replace(${column}, ' ', ''))`)
  }
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
