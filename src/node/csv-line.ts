/**
 * One record of RFC 4180 in the form that flows take in, its line end included. null is an empty field, a list is its
 * JSON; texts, dates and moments stand as they are, numbers with the fewest digits that give them back.
 */
export function csvLine(values: readonly unknown[]): string {
  return `${values.map(fieldOf).join(',')}\r\n`
}

function fieldOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
