import { joinSql, literal, rawSql, type Sql, sql } from '#kernel'
import type { LiteralType } from '../path/expression.ts'
import type { Lambdas } from './lambdas.ts'
import { type Single, toText, type Value } from './value.ts'

const zone = literal('(Z|[+-][0-9]{2}:[0-9]{2})$')

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>='

const sqlOf: Readonly<Record<Comparison, Sql>> = {
  '=': rawSql('='),
  '!=': rawSql('<>'),
  '<': rawSql('<'),
  '<=': rawSql('<='),
  '>': rawSql('>'),
  '>=': rawSql('>='),
}

export function comparisonSql(operator: Comparison): Sql {
  return sqlOf[operator]
}

export function isTemporal({ type }: Value): boolean {
  return type !== null && (['date', 'dateTime', 'time'] as LiteralType[]).includes(type)
}

/**
 * Two dates, times of day or moments, by FHIRPath 2.0, "Equality" and "Comparison": from the left as far as both say something;
 * the same so far but of different precision is empty. Two moments with a zone are compared as moments; one with and one
 * without are not comparable.
 */
export function compareTemporal(operator: Comparison, left: Single, right: Single, lambdas: Lambdas): Sql {
  return lambdas.let(toText(left, lambdas), (a) =>
    lambdas.let(toText(right, lambdas), (b) => {
      const compare = comparisonSql(operator)
      return sql`CASE WHEN ${a} IS NULL OR ${b} IS NULL THEN NULL
        WHEN ${hasZone(a)} AND ${hasZone(b)} THEN CAST(${a} AS TIMESTAMPTZ) ${compare} CAST(${b} AS TIMESTAMPTZ)
        WHEN ${hasZone(a)} <> ${hasZone(b)} AND ${hasClock(a)} AND ${hasClock(b)} THEN NULL
        ELSE ${comparePrefixes(compare, local(a), local(b), lambdas)} END`
    }),
  )
}

function comparePrefixes(compare: Sql, left: Sql, right: Sql, lambdas: Lambdas): Sql {
  return lambdas.let(left, (a) =>
    lambdas.let(right, (b) => {
      const shared = sql`least(length(${a}), length(${b}))`
      const [start, other] = [sql`left(${a}, ${shared})`, sql`left(${b}, ${shared})`]
      return sql`CASE WHEN ${start} <> ${other} OR length(${a}) = length(${b}) THEN ${start} ${compare} ${other} END`
    }),
  )
}

function hasZone(text: Sql): Sql {
  return sql`regexp_matches(${text}, ${zone})`
}

function hasClock(text: Sql): Sql {
  return sql`contains(${text}, ':')`
}

/** Without a zone; seconds and their fraction are one precision, so seconds get a fraction of nine digits. */
function local(text: Sql): Sql {
  const plain = sql`regexp_replace(${text}, ${zone}, '')`
  const padded = sql`rpad(CASE WHEN contains(${plain}, '.') THEN ${plain} ELSE ${plain} || '.' END, ${secondsLength(plain)} + 10, '0')`
  return sql`CASE WHEN regexp_matches(${plain}, ':[0-9]{2}:[0-9]{2}') THEN ${padded} ELSE ${plain} END`
}

/** Characters up to the point of the seconds: 8 of a time of day, 19 of a moment. */
function secondsLength(text: Sql): Sql {
  return sql`(CASE WHEN contains(${text}, 'T') THEN 19 ELSE 8 END)`
}

const ends = {
  low: { date: '0000-01-01', clock: '00:00:00.000', zone: '+14:00' },
  high: { date: '0000-12-31', clock: '23:59:59.999', zone: '-12:00' },
} as const

/** The first or last day, time of day or moment that a text of less precision may stand for. */
export function temporalBoundary(end: 'low' | 'high', type: 'date' | 'dateTime' | 'time', text: Sql): Sql {
  if (type === 'time') return completeClock(end, text)
  const day = sql`left(${text}, 10)`
  if (type === 'date') return completeDate(end, day)
  const given = sql`regexp_extract(${text}, ${zone}, 1)`
  const clock = completeClock(end, sql`regexp_replace(substr(${text}, 12), ${zone}, '')`)
  const parts = [
    completeDate(end, day),
    literal('T'),
    clock,
    sql`coalesce(nullif(${given}, ''), ${literal(ends[end].zone)})`,
  ]
  return sql`(${joinSql(parts, ' || ')})`
}

function completeClock(end: 'low' | 'high', text: Sql): Sql {
  return sql`(${text} || substr(${literal(ends[end].clock)}, length(${text}) + 1))`
}

function completeDate(end: 'low' | 'high', text: Sql): Sql {
  const filled = sql`(${text} || substr(${literal(ends[end].date)}, length(${text}) + 1))`
  if (end === 'low') return filled
  return sql`CASE WHEN length(${text}) = 7 THEN CAST(last_day(CAST(${text} || '-01' AS DATE)) AS VARCHAR) ELSE ${filled} END`
}
