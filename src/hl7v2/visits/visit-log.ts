import type { MessageName, Saying } from '../saying/saying.ts'
import { compareOrder, compareText, contentOf, saidOrder } from './said-order.ts'

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

/** The log with one message more, as a copy: for a few. Many at once are `visitLogOf`. */
export function withSaying(log: VisitLog, saying: Saying): VisitLog {
  return put(new Map(log), saying)
}

/** The log of many. */
export function visitLogOf(sayings: Iterable<Saying>): VisitLog {
  const log = new Map<string, Heard>()
  for (const saying of sayings) put(log, saying)
  return log
}

function put(log: Map<string, Heard>, saying: Saying): Map<string, Heard> {
  const key = nameKey(saying.name)
  const before = log.get(key)
  if (!before) return log.set(key, { saying, differed: false })
  if (contentOf(before.saying) === contentOf(saying)) return log
  return log.set(key, { saying: later(before.saying, saying), differed: true })
}

function later(a: Saying, b: Saying): Saying {
  const [x, y] = [saidOrder(a), saidOrder(b)]
  if (x && y) return compareOrder(x, y) > 0 ? a : b
  if (x || y) return x ? a : b
  return compareText(contentOf(a), contentOf(b)) > 0 ? a : b
}
