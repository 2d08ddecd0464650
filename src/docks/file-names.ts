import { type DateOnly, parseDate } from '#kernel'

/** The day that a file of this name speaks of; null if it is none of the dock's. */
export function dayOfName(pattern: string, name: string): DateOnly | null {
  const [, before = '', how = '', after = ''] = /^(.*)\{(date|yyyymmdd)\}(.*)$/.exec(pattern) ?? []
  if (!name.startsWith(before) || !name.endsWith(after)) return null
  const text = name.slice(before.length, name.length - after.length)
  const shape = how === 'date' ? /^(\d{4})-(\d\d)-(\d\d)$/ : /^(\d{4})(\d\d)(\d\d)$/
  const [, year, month, day] = shape.exec(text) ?? []
  if (day === undefined) return null
  try {
    return parseDate(`${year}-${month}-${day}`)
  } catch {
    return null
  }
}
