import type { CedarRequest } from './policy-engine.ts'

/**
 * What a request says once numbers are replaced by their rank among the numbers of the same request, and texts that no
 * policy mentions (`literals`) are called first, second, … in order of appearance. Two requests of one shape have the
 * same answer: `openPolicyEngine` admits no policy that looks inside a number or a text, which leaves equality and order
 * among the values of a request, and equality with what policies mention; renaming and ranking keep all three.
 */
export function requestShape(request: CedarRequest, literals: ReadonlySet<string>): string {
  const ranks = ranksOf(request)
  const names = new Map<string, string>()
  return JSON.stringify(request, (_, value) => {
    if (typeof value === 'number') return ranks.get(value)
    if (typeof value !== 'string' || literals.has(value)) return value
    return calledInOrder(names, value)
  })
}

function calledInOrder(names: Map<string, string>, name: string): string {
  const known = names.get(name)
  if (known !== undefined) return known
  const called = `#${names.size}`
  names.set(name, called)
  return called
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
