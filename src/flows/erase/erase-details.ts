import type { Json, JsonObject } from '#kernel'
import { detailReason, erasureEntries } from './erasure-log.ts'
import { type Erasing, type Traces, traceFinder } from './traces.ts'

const ordered = 'governance.erasure-ordered'

/**
 * Destroys every detail of the ledger that holds a trace: filter values, reasons, requests, and what actions edited on
 * their records, which ends those edits. A detail goes whole. Lists of person keys stay: the key leads to nobody.
 */
export async function eraseDetails({ deps, id, entry, persons }: Erasing, traces: Traces): Promise<void> {
  const { ledger } = deps
  const isTrace = traceFinder(traces)
  const types = new Map<number, string>()
  // The order itself goes last, and marks by which somebody is known again stay.
  for await (const { index, type } of ledger.entries())
    if (index !== entry && type !== erasureEntries.keptOut) types.set(index, type)
  const theirs: number[] = []
  for await (const [index, detail] of ledger.details([...types.keys()])) {
    if (detail.state !== 'present') continue
    const type = types.get(index)!
    const isTheirs = holds(detail.detail, isTrace, traces.keys) || isEditOf(type, detail.detail, persons)
    if (isTheirs && (type !== ordered || (await isAbout(index)))) theirs.push(index)
  }
  for (const index of theirs) await ledger.eraseDetail(index, detailReason(id))

  /** An order about somebody else has to be known until it is done. */
  async function isAbout(index: number): Promise<boolean> {
    return (await ledger.persons(index))?.some((person) => persons.includes(person)) ?? false
  }
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
