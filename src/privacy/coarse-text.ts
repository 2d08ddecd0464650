import type { DateOnly } from '#kernel'
import type { StoredRule } from './coarse.ts'

/**
 * `coarseSql` for one value as text, so that the exact one need not enter an engine: dates in ISO 8601, whole numbers in
 * digits. Null for what the rule makes nothing of.
 */
export function coarseText(rule: StoredRule, exact: string | null, asAt: DateOnly): string | null {
  if (exact === null) return null
  switch (rule) {
    case 'birth-year':
      return `${String(Math.max(Number(exact.slice(0, 4)), Number(asAt.slice(0, 4)) - 90)).padStart(4, '0')}-01-01`
    case 'month':
      return `${exact.slice(0, 7)}-01`
    case 'age-band': {
      const age = Number(exact)
      if (age < 0) return null
      return String(age >= 90 ? 90 : Math.floor(age / 5) * 5)
    }
    case 'outward-code': {
      const compact = exact.replaceAll(' ', '').toUpperCase()
      const outward = /^([A-Z]{1,2}[0-9][A-Z0-9]?)[0-9][A-Z]{2}$/.exec(compact)?.[1]
      return outward === undefined || outward === 'ZZ99' ? null : outward
    }
  }
}
