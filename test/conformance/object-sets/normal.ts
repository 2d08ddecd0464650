/** A JSON value that equals another's where the two mean the same: members in any order, doubles added up in any order. */
export function normal(value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toPrecision(9)) + 0
  if (Array.isArray(value)) return value.map(normal)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([, each]) => each !== undefined)
  return Object.fromEntries(members.map(([name, each]) => [name, normal(each)] as const).sort())
}
