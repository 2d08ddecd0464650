import type { JsonObject } from '#kernel'
import type { RelationRequest } from './session.ts'

const namesMax = 100
const charactersMax = 200

/**
 * What was asked, for the erasable part of a refusal. The words are the caller's: cut to a bound, and made text that JSON
 * can hold, so that nobody can make the refusal of one thing fail otherwise than the refusal of another.
 */
export function askedFor({ object, columns }: Pick<RelationRequest, 'object' | 'columns'>): JsonObject {
  if (columns === 'all-permitted') return { object: shortened(object), columns }
  const more = columns.length > namesMax ? { columnsAsked: columns.length } : {}
  return { object: shortened(object), columns: columns.slice(0, namesMax).map(shortened), ...more }
}

export function shortened(text: string): string {
  return String(text).slice(0, charactersMax).toWellFormed()
}
