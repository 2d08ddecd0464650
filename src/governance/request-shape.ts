import type { CedarRequest } from './policy-engine.ts'

/**
 * What a request says once people and grants are called first, second, … and numbers are replaced by their rank among
 * the numbers of the same request. Two requests of one shape have the same answer, since `openPolicyEngine` admits no
 * policy that names a person or grant, names a number or calculates: what is left is equality and order, which renaming
 * and ranking keep.
 */
export function requestShape(request: CedarRequest): string {
  const ranks = ranksOf(request)
  const names = new Map<string, string>()
  return JSON.stringify(request, (_, value) => {
    if (typeof value === 'number') return ranks.get(value)
    return isPersonOrGrant(value) ? calledInOrder(names, `${value.type} ${value.id}`) : value
  })
}

function calledInOrder(names: Map<string, string>, name: string): string {
  const called = names.get(name) ?? `#${names.size}`
  names.set(name, called)
  return called
}

function isPersonOrGrant(value: unknown): value is { type: string; id: string } {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false
  return value.type === 'Person' || value.type === 'Grant'
}

function ranksOf(request: CedarRequest): ReadonlyMap<number, number> {
  const numbers = new Set<number>()
  collectNumbers(request, numbers)
  return new Map([...numbers].sort((a, b) => a - b).map((number, rank) => [number, rank]))
}

function collectNumbers(node: unknown, into: Set<number>): void {
  if (typeof node === 'number') into.add(node)
  else if (typeof node === 'object' && node !== null)
    for (const value of Object.values(node)) collectNumbers(value, into)
}
