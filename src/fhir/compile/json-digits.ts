import { literal, rawSql, type Sql, sql } from '#kernel'

/**
 * The engine reads a JSON number as a double and writes 1.10 back as 1.1. FHIR's decimals carry their precision in their
 * digits (FHIR R4, "Data Types", decimal), so each number of a resource becomes a text before anything reads it: U+0001 and
 * the token as it was written. No text of a resource begins so, since FHIR forbids that character.
 */
export const numberMark = rawSql('chr(1)')

const text = String.raw`"(?:[^"\\]|\\.)*"`
const number = String.raw`-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?`

// Each match takes whole texts and whatever else is no number, then one number: so a match never begins within a text,
// as long as a number is left. The one put at the end sees to that, and goes again.
const upToNumber = `((?:${text}|[^"0-9-])*)(${number})`
const marked = String.raw`\1"\\u0001\2"`
const end = ' 0'
const markedEnd = String.raw` "\u00010"`

/** JSON text in, JSON out, with each number marked. */
export function withMarkedNumbers(resource: Sql): Sql {
  const replaced = sql`regexp_replace(${resource} || ${literal(end)}, ${literal(upToNumber)}, ${literal(marked)}, 'g')`
  return sql`CAST(left(${replaced}, ${rawSql(String(-markedEnd.length))}) AS JSON)`
}

/** A text with or without the mark, without it. */
export function unmarked(text: Sql): Sql {
  return sql`ltrim(${text}, ${numberMark})`
}

export function isMarked(text: Sql): Sql {
  return sql`starts_with(${text}, ${numberMark})`
}
