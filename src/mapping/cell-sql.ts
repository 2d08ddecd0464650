import { joinSql, literal, rawSql, type Sql, sql } from '#kernel'
import type { Reading } from './document.ts'

const none = rawSql('CAST(NULL AS VARCHAR)')
const forms = { day: '%Y-%m-%d', month: '%Y-%m', timestamp: '%Y-%m-%dT%H:%M:%S' } as const

/** The text of a property from the trimmed text of a cell. What cannot be read stays as it is. */
export function readSql(text: Sql, { blank, date, number, translate }: Reading): Sql {
  const said = blank.length === 0 ? text : sql`CASE WHEN ${isOneOf(text, blank)} THEN ${none} ELSE ${text} END`
  if (date) {
    const moment = sql`try_strptime(${said}, [${list(date.patterns)}])`
    return sql`coalesce(strftime(${moment}, ${literal(forms[date.as])}), ${said})`
  }
  if (number.length > 0) return numberSql(said, number)
  return translate ? translateSql(said, translate) : said
}

/** Holds where a value is there, is no mark, and the table does not have it. */
export function untranslatedSql(text: Sql, { blank, translate }: Reading, marks: readonly string[]): Sql | null {
  if (!translate || translate.others !== null) return null
  const known = [...translate.table.keys(), ...blank, ...marks]
  return sql`(${text} IS NOT NULL AND NOT ${isOneOf(text, known)})`
}

export function isOneOf(text: Sql, texts: readonly string[]): Sql {
  const filled = texts.filter((each) => each !== '')
  const parts = [
    ...(filled.length > 0 ? [sql`coalesce(${text} IN (${list(filled)}), false)`] : []),
    ...(filled.length < texts.length ? [sql`${text} IS NULL`] : []),
  ]
  return parts.length === 0 ? rawSql('false') : sql`(${joinSql(parts, ' OR ')})`
}

function translateSql(text: Sql, { table, others }: NonNullable<Reading['translate']>): Sql {
  const cases = [...table].map(([from, to]) => sql`WHEN ${isOneOf(text, [from])} THEN ${literal(to)}`)
  return sql`CASE ${joinSql(cases, ' ')} ELSE ${others === null ? text : literal(others)} END`
}

function numberSql(text: Sql, number: Reading['number']): Sql {
  const plain = number.includes('thousands')
    ? sql`CASE WHEN regexp_full_match(${text}, ${literal('[+-]?[0-9]{1,3}(,[0-9]{3})+([.][0-9]+)?%?')})
        THEN replace(${text}, ',', '') ELSE ${text} END`
    : text
  if (!number.includes('percent')) return plain
  return sql`CASE WHEN regexp_full_match(${plain}, ${literal('[+-]?[0-9]+([.][0-9]+)? ?%')})
    THEN CAST(CAST(rtrim(${plain}, ' %') AS DOUBLE) / 100 AS VARCHAR) ELSE ${plain} END`
}

function list(texts: readonly string[]): Sql {
  return joinSql(texts.map(literal), ', ')
}
