import { ident, joinSql, rawSql, type Sql, sql } from '#kernel'
import { disclosurePolicies } from '#privacy'
import type { SeenType } from '../object-set/scope.ts'
import type { Dimension } from './dimension.ts'
import type { Field } from './field.ts'

/*
 * What a release at aggregate level is made of, and the names of its columns: `k<dimension>_<level>` for the keys, as texts.
 */

export interface ReleasePlan {
  readonly seen: SeenType
  readonly dimensions: readonly Dimension[]
  /** Numbers of which means are taken. */
  readonly fields: readonly Field[]
}

/** Of each dimension the place in its `levels`, or null where the wider cell does not have it. */
export type Wider = readonly (number | null)[]

/** No policy shows a figure about fewer people. */
export const peopleMin = 1 + Math.max(...disclosurePolicies().map(({ subnational }) => subnational?.suppressUpTo ?? 0))

/** Every cell around one: with fewer dimensions, with coarser ones, and the whole. */
export function widerCells(dimensions: readonly Dimension[]): readonly Wider[] {
  const all = dimensions.reduce<Wider[]>(
    (found, { levels }) => found.flatMap((before) => [...levels.keys(), null].map((level) => [...before, level])),
    [[]],
  )
  return all.filter((each) => each.some((level) => level !== 0))
}

/** A test of a number of people, by the name of its column. */
export function atLeast(people: string): Sql {
  return rawSql(`${people} >= ${peopleMin}`)
}

/** Worked out once, however many others read it. */
export function named(name: string, of: Sql): Sql {
  return sql`${ident(name)} AS MATERIALIZED (${of})`
}

export function ownKeys({ dimensions }: ReleasePlan): Sql[] {
  return dimensions.map((_, d) => key(d, 0))
}

/** The column of a dimension's own values. */
export function keyName(dimension: number): string {
  return `k${dimension}_0`
}

export function key(dimension: number, level: number): Sql {
  return ident(`k${dimension}_${level}`)
}

export function sameKeys(keys: readonly Sql[], left: string, right: string): Sql {
  return every(keys.map((each) => sql`${ident(left)}.${each} = ${ident(right)}.${each}`))
}

export function groupBy(keys: readonly Sql[]): Sql {
  return keys.length === 0 ? rawSql('') : sql` GROUP BY ${list(keys)}`
}

export function every(tests: readonly Sql[]): Sql {
  return tests.length === 0 ? rawSql('TRUE') : joinSql(tests, ' AND ')
}

export function list(parts: readonly Sql[]): Sql {
  return joinSql(parts, ', ')
}
