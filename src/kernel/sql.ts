/**
 * SQL text with its bound values. Text comes from our own templates; anything from outside is a bound value or a
 * quoted identifier, so no input is ever spliced into a statement.
 */
export type SqlValue = null | boolean | number | bigint | string | Uint8Array

export interface Sql {
  readonly sql: true
  readonly parts: readonly (string | { readonly value: SqlValue })[]
}

/** A statement as the Engine port takes it: `$1`, `$2`, … and their values. */
export interface Statement {
  readonly text: string
  readonly values: readonly SqlValue[]
}

/** Template tag: nested `Sql` is spliced, everything else is bound. */
export function sql(strings: TemplateStringsArray, ...values: readonly (Sql | SqlValue)[]): Sql {
  const parts: Sql['parts'][number][] = []
  strings.forEach((text, i) => {
    if (text !== '') parts.push(text)
    if (i >= values.length) return
    const value = values[i] as Sql | SqlValue
    if (isSql(value)) parts.push(...value.parts)
    else parts.push({ value })
  })
  return { sql: true, parts }
}

/** Text that our own code wrote. Never give it anything from outside. */
export function rawSql(text: string): Sql {
  return { sql: true, parts: text === '' ? [] : [text] }
}

/** A quoted identifier. */
export function ident(name: string): Sql {
  if (name.includes('\0')) throw new RangeError('a name with a null character')
  return rawSql(`"${name.replaceAll('"', '""')}"`)
}

/** A quoted text literal, for the few places where an engine takes no bound value (file lists, DDL). */
export function literal(text: string): Sql {
  if (text.includes('\0')) throw new RangeError('text with a null character')
  return rawSql(`'${text.replaceAll("'", "''")}'`)
}

export function joinSql(items: readonly Sql[], separator: string): Sql {
  const parts: Sql['parts'][number][] = []
  items.forEach((item, i) => {
    if (i > 0) parts.push(separator)
    parts.push(...item.parts)
  })
  return { sql: true, parts }
}

export function toStatement(fragment: Sql): Statement {
  const values: SqlValue[] = []
  const text = fragment.parts.map((part) => (typeof part === 'string' ? part : `$${values.push(part.value)}`)).join('')
  return { text, values }
}

function isSql(value: Sql | SqlValue): value is Sql {
  return typeof value === 'object' && value !== null && 'sql' in value
}
