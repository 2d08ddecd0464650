import { parsePeriod } from '../period.ts'
import type { Declaration } from './declaration.ts'

/** Classes a distribution may have, at most. */
const classesMax = 1_000

/** Values by name; at least one. */
export function readMap<T>(map: Declaration, read: (item: Declaration) => T): Record<string, T> {
  const entries = map.entries().map(([name, item]) => [name, read(item)] as const)
  if (entries.length === 0) throw map.refuse('at least one is needed', 'add one')
  return Object.fromEntries(entries)
}

export function readName(item: Declaration): string {
  const name = item.text()
  if (!/^[a-z][a-z0-9-]{0,59}$/.test(name))
    throw item.refuse('a name has lower-case letters, digits and hyphens', 'rename it')
  return name
}

/** A class of a distribution. */
export function readClass(item: Declaration): number {
  const value = item.integer()
  if (value < 0 || value >= classesMax) throw item.refuse(`a class is from 0 to ${classesMax - 1}`, 'correct it')
  return value
}

export function readPeriodText(item: Declaration): string {
  const text = item.text()
  try {
    return parsePeriod(text).id
  } catch {
    throw item.refuse('a period is a month such as 2026-01', 'write year, hyphen, month')
  }
}
