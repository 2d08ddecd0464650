import type { Json } from './plain-filter.ts'

/* The part of rule 10 of spec/object-sets.md that is about stretches of terms, in JavaScript. */

type Stretch = readonly [first: number, last: number]
type Finder = () => Stretch[]

export function hasStretch(rule: Json, has: readonly string[], termsOf: (text: string) => string[]): boolean {
  return find(rule, has, termsOf).length > 0
}

function find(rule: Json, has: readonly string[], termsOf: (text: string) => string[]): Stretch[] {
  const inner = (): Stretch[][] => (rule.rules as Json[]).map((each) => find(each, has, termsOf))
  const places = (fits: (term: string) => boolean) =>
    has.flatMap((term, at): Stretch[] => (fits(term) ? [[at, at]] : []))
  const exact = (wanted: string) => places((term) => term === wanted)
  const query = () => termsOf(String(rule.query))
  const finders: Readonly<Record<string, Finder>> = {
    match: () => together(query().map(exact), rule),
    prefixOnLastToken: () => {
      const [last, ...others] = query().toReversed()
      if (last === undefined) return []
      return together([...others.toReversed().map(exact), places((term) => term.startsWith(last))], { ordered: true })
    },
    fuzzy: () => {
      const wanted = String(rule.term).toLowerCase()
      const bytes = Buffer.byteLength(wanted)
      const most = (rule.fuzziness as number | undefined) ?? (bytes <= 2 ? 0 : bytes <= 5 ? 1 : 2)
      return places((term) => slips(term, wanted) <= most)
    },
    allOf: () => together(inner(), rule),
    anyOf: () => inner().flat(),
  }
  return finders[String(rule.type)]!()
}

function together(parts: readonly Stretch[][], { ordered, maxGaps }: Json): Stretch[] {
  if (parts.length === 0 || parts.some((each) => each.length === 0)) return []
  const chains = ordered ? parts[0]!.map((begun) => chainFrom(begun, parts.slice(1))) : anyOrder(parts)
  const most = typeof maxGaps === 'number' && maxGaps >= 0 ? maxGaps : Number.POSITIVE_INFINITY
  return chains.flatMap((chain): Stretch[] => {
    if (!chain) return []
    const whole: Stretch = [Math.min(...chain.map(([first]) => first)), Math.max(...chain.map(([, last]) => last))]
    const taken = new Set(
      chain.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i)),
    )
    return whole[1] - whole[0] + 1 - taken.size <= most ? [whole] : []
  })
}

function chainFrom(begun: Stretch, others: readonly Stretch[][]): Stretch[] | null {
  const chain = [begun]
  for (const other of others) {
    const next = endingFirst(other, chain.at(-1)![1] + 1)
    if (!next) return null
    chain.push(next)
  }
  return chain
}

function anyOrder(parts: readonly Stretch[][]): (Stretch[] | null)[] {
  return parts.flat().map(([start]) => {
    const chain = parts.map((each) => endingFirst(each, start))
    return chain.every((each) => each !== undefined) ? chain : null
  })
}

function endingFirst(stretches: readonly Stretch[], from: number): Stretch | undefined {
  return stretches.filter(([first]) => first >= from).toSorted((a, b) => a[1] - b[1] || a[0] - b[0])[0]
}

/** Insertions, deletions, substitutions and swaps of neighbours (Lowrance and Wagner), of bytes. */
function slips(one: string, other: string): number {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  const far = a.length + b.length
  const row = () => new Array<number>(b.length + 2).fill(far)
  const cost = Array.from({ length: a.length + 2 }, row)
  for (let i = 0; i <= a.length; i++) cost[i + 1]![1] = i
  for (let j = 0; j <= b.length; j++) cost[1]![j + 1] = j
  const seenAt = new Map<number, number>()
  for (let i = 1; i <= a.length; i++) {
    let matchedAt = 0
    for (let j = 1; j <= b.length; j++) {
      const [k, l] = [seenAt.get(b[j - 1]!) ?? 0, matchedAt]
      const same = a[i - 1] === b[j - 1]
      if (same) matchedAt = j
      cost[i + 1]![j + 1] = Math.min(
        cost[i]![j]! + (same ? 0 : 1),
        cost[i + 1]![j]! + 1,
        cost[i]![j + 1]! + 1,
        cost[k]![l]! + (i - k - 1) + 1 + (j - l - 1),
      )
    }
    seenAt.set(a[i - 1]!, i)
  }
  return cost[a.length + 1]![b.length + 1]!
}
