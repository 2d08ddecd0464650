import type { Json, JsonObject } from '#kernel'
import { detailReason, erasureEntries } from './erasure-log.ts'
import { type Erasing, type Traces, traceFinder } from './traces.ts'

/** Details that say whom an erasure or a hold is about, or by what somebody is known again, are not looked through. */
const notLookedAt: ReadonlySet<string> = new Set([
  erasureEntries.keptOut,
  'governance.erasure-ordered',
  'governance.hold-placed',
])

/**
 * Destroys every detail of the ledger that holds a trace: filter values, reasons, requests, and what actions edited on
 * their records, which ends those edits. A detail goes whole. Lists of person keys stay: the key leads to nobody.
 */
export async function eraseDetails({ deps, id, persons }: Erasing, traces: Traces): Promise<void> {
  const { ledger } = deps
  const isTrace = traceFinder(traces)
  const types = new Map<number, string>()
  for await (const { index, type } of ledger.entries()) if (!notLookedAt.has(type)) types.set(index, type)
  const theirs: number[] = []
  for await (const [index, detail] of ledger.details([...types.keys()])) {
    if (detail.state !== 'present') continue
    if (holds(detail.detail, isTrace, traces.keys) || isEditOf(types.get(index)!, detail.detail, persons))
      theirs.push(index)
  }
  for (const index of theirs) await ledger.eraseDetail(index, detailReason(id))
}

function holds(value: Json, isTrace: (text: string) => boolean, keys: ReadonlySet<string>): boolean {
  if (typeof value === 'string') return keys.has(value) || isTrace(value)
  if (typeof value === 'number') return isTrace(String(value))
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some((each) => each !== undefined && holds(each as Json, isTrace, keys))
}

function isEditOf(type: string, { changes }: JsonObject, persons: readonly string[]): boolean {
  if (type !== 'action.applied' || !Array.isArray(changes)) return false
  return (changes as { person?: unknown }[]).some(({ person }) => persons.includes(String(person)))
}
