import type { Authority, Identifier } from './said-value.ts'

/** The universal id where it is said, else the name among these systems. */
function authorityName({ namespace, universalId }: Authority): string {
  return universalId ?? namespace ?? ''
}

export function sameAuthority(a: Identifier, b: Identifier): boolean {
  if (a.scheme === 'nhs-number' || b.scheme === 'nhs-number') return a.scheme === b.scheme
  return a.type === b.type && authorityName(a.authority) === authorityName(b.authority)
}

/**
 * The same text for the same number of the same authority and type. Where no authority is said it is the sender's
 * facility. An NHS number is one whatever way its authority is written.
 */
export function identifierKey(id: Identifier, facility: string): string {
  if (id.scheme === 'nhs-number') return JSON.stringify(['nhs-number', id.value.replaceAll(' ', '')])
  const authority = authorityName(id.authority)
  const numbers = authority === '' ? ['facility', facility] : ['authority', authority]
  return JSON.stringify([...numbers, id.type ?? '', id.value])
}
