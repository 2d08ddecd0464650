import type { MessageName, Saying } from '../saying/saying.ts'
import { compareOrder, compareText, saidOrder } from './said-order.ts'

interface Heard {
  readonly saying: Saying
  /** True if the same name came with other content: somebody has used a number twice. */
  readonly differed: boolean
}

/**
 * What was heard, each message once. Adding is the same in any order, any number of times (a join): of two messages of one
 * name, the one said later stays, and that they differed is kept.
 */
export type VisitLog = ReadonlyMap<string, Heard>

export const emptyVisitLog: VisitLog = new Map()

export function nameKey({ application, facility, controlId }: MessageName): string {
  return JSON.stringify([application, facility, controlId])
}

/** The log with one message more. */
export function withSaying(log: VisitLog, saying: Saying): VisitLog {
  const key = nameKey(saying.name)
  const before = log.get(key)
  if (!before) return new Map(log).set(key, { saying, differed: false })
  if (JSON.stringify(before.saying) === JSON.stringify(saying)) return log
  return new Map(log).set(key, { saying: later(before.saying, saying), differed: true })
}

/** The log of many. */
export function visitLogOf(sayings: Iterable<Saying>): VisitLog {
  let log = new Map<string, Heard>()
  for (const saying of sayings) {
    const key = nameKey(saying.name)
    // Copied only where two of one name meet.
    if (log.has(key)) log = new Map(withSaying(log, saying))
    else log.set(key, { saying, differed: false })
  }
  return log
}

function later(a: Saying, b: Saying): Saying {
  const [x, y] = [saidOrder(a), saidOrder(b)]
  if (x && y) return compareOrder(x, y) > 0 ? a : b
  if (x || y) return x ? a : b
  return compareText(JSON.stringify(a), JSON.stringify(b)) > 0 ? a : b
}
