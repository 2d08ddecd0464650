import type { Grant } from './state.ts'
import { levels, type RowScope } from './vocabulary.ts'

/**
 * Least identifying, then narrowest: one patient or one record (the one opened last, since that is the one needed now),
 * fewer controllers, more conditions, fewer values; then by id.
 */
export function leastFirst(a: Grant, b: Grant): number {
  const byLevel = levels.indexOf(a.level) - levels.indexOf(b.level)
  if (byLevel !== 0) return byLevel
  const [x, y] = [breadth(a.rows), breadth(b.rows)]
  const i = x.findIndex((value, at) => value !== y[at])
  if (i >= 0) return x[i]! - y[i]!
  return a.id < b.id ? -1 : 1
}

function breadth(rows: RowScope): readonly number[] {
  const controllers = rows.controllers === 'all' ? Number.MAX_SAFE_INTEGER : rows.controllers.length
  const opened = rows.only === undefined ? 1 : -rows.only.entry
  return [opened, controllers, -rows.where.length, rows.where.reduce((n, condition) => n + condition.in.length, 0)]
}
