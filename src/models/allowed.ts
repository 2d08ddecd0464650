/*
 * What a query may call. All of it gives the same result for the same rows: nothing here looks at the clock, at chance, at
 * a file, at a setting, or at the order in which rows happen to come.
 */

export const scalars: ReadonlySet<string> = new Set([
  ...['+', '-', '*', '/', '//', '%', '||', '~~', '!~~', '~~*', '!~~*'],
  ...['abs', 'ceil', 'ceiling', 'floor', 'round', 'sign', 'greatest', 'least', 'nullif', 'ifnull'],
  ...['lower', 'upper', 'trim', 'ltrim', 'rtrim', 'left', 'right', 'substring', 'length', 'concat', 'replace'],
  ...['starts_with', 'contains', 'suffix', 'lpad'],
  ...['date_diff', 'datediff', 'date_trunc', 'date_part', 'last_day', 'make_date', 'year', 'month', 'day'],
  ...['quarter', 'isodow', 'weekofyear', 'to_days', 'to_weeks', 'to_months', 'to_years'],
])

export const aggregates: ReadonlySet<string> = new Set([
  ...['count', 'count_star', 'sum', 'avg', 'min', 'max', 'bool_and', 'bool_or', 'median'],
])

export const windows: ReadonlySet<string> = new Set([
  ...['WINDOW_ROW_NUMBER', 'WINDOW_RANK', 'WINDOW_RANK_DENSE', 'WINDOW_LAG', 'WINDOW_LEAD'],
  ...['WINDOW_FIRST_VALUE', 'WINDOW_LAST_VALUE'],
])

/** Windows that give rows which are alike the same. */
export const steady: ReadonlySet<string> = new Set(['WINDOW_RANK', 'WINDOW_RANK_DENSE'])

export const casts: ReadonlySet<string> = new Set([
  ...['VARCHAR', 'TINYINT', 'UTINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'DECIMAL', 'DOUBLE', 'BOOLEAN', 'DATE'],
  ...['TIMESTAMP', 'INTERVAL'],
])
