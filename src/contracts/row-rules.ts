import { type DateOnly, literal, type Sql, sql } from '#kernel'
import type { RowRule } from './object-type.ts'

export interface RowRuleContext {
  readonly asAt: DateOnly
  /** Typed value of a property by name, or null where the file has no such column. */
  readonly typedValue: (property: string) => Sql | null
}

/** True where a row breaks the rule; null where the file lacks a column that the rule speaks of. */
export function rowRuleBreaksSql(rule: RowRule, { asAt, typedValue }: RowRuleContext): Sql | null {
  switch (rule.rule) {
    case 'date.order': {
      const earlier = typedValue(rule.earlier)
      const later = typedValue(rule.later)
      return earlier && later && sql`(${later} < ${earlier})`
    }
    case 'date.future': {
      const value = typedValue(rule.property)
      return value && sql`(CAST(${value} AS DATE) > CAST(${literal(asAt)} AS DATE))`
    }
    case 'present.iff': {
      const value = typedValue(rule.property)
      const other = typedValue(rule.other)
      if (!value || !other) return null
      const values = rule.values.map(literal).reduce((all, one) => sql`${all}, ${one}`)
      return sql`(coalesce(${other} IN (${values}), false) <> (${value} IS NOT NULL))`
    }
    case 'pattern': {
      const value = typedValue(rule.property)
      return value && sql`(NOT regexp_full_match(${value}, ${literal(rule.pattern)}))`
    }
    case 'range': {
      const value = typedValue(rule.property)
      if (!value) return null
      const low = rule.min === null ? sql`false` : sql`${value} < ${rule.min}`
      const high = rule.max === null ? sql`false` : sql`${value} > ${rule.max}`
      return sql`(${low} OR ${high})`
    }
  }
}
