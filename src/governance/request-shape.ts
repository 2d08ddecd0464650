import type { CedarRequest } from './policy-engine.ts'

/**
 * What a request says once numbers are replaced by their rank among the numbers of the same request, and texts that no
 * policy mentions (`literals`) are called first, second, … in order of appearance. Two requests of one shape have the
 * same answer: `openPolicyEngine` admits no policy that looks inside a number or a text, which leaves equality and order
 * among the values of a request, and equality with what policies mention; renaming and ranking keep all three.
 */
export function requestShape(request: CedarRequest, literals: ReadonlySet<string>): string {
  const parts: (string | number)[] = []
  const numbers = new Set<number>()
  const names = new Map<string, string>()
  collect(request, parts, numbers, (text) => (literals.has(text) ? text : calledInOrder(names, text)))
  const ranks = new Map([...numbers].sort((a, b) => a - b).map((number, rank) => [number, rank]))
  return parts.map((part) => (typeof part === 'number' ? ranks.get(part) : part)).join('\t')
}

/** Keys and brackets are parts too, and a text has a mark, so that no two requests run into each other. */
function collect(
  node: unknown,
  parts: (string | number)[],
  numbers: Set<number>,
  called: (text: string) => string,
): void {
  if (typeof node === 'number') {
    numbers.add(node)
    parts.push(node)
  } else if (typeof node === 'string') parts.push(`'${called(node)}`)
  else if (typeof node !== 'object' || node === null) parts.push(String(node))
  else if (Array.isArray(node)) {
    parts.push('[')
    for (const item of node) collect(item, parts, numbers, called)
    parts.push(']')
  } else {
    parts.push('{')
    for (const key in node) {
      parts.push(key)
      collect((node as Record<string, unknown>)[key], parts, numbers, called)
    }
    parts.push('}')
  }
}

function calledInOrder(names: Map<string, string>, name: string): string {
  const known = names.get(name)
  if (known !== undefined) return known
  const called = `#${names.size}`
  names.set(name, called)
  return called
}
