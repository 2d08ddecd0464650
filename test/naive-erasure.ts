import type { FoldableEntry } from '#governance'
import { isInPost, naiveReplay, type World } from './naive-register.ts'

/*
 * Who may have a person erased, a second time: by hand over the bare list of entries, with no Cedar and nothing of
 * src/governance but types. Tests hold `decideErasure` against it.
 */
export function naiveMayErase(entries: readonly FoldableEntry[], id: string, holds: readonly string[]): boolean {
  const order = entries.find(({ type, governance }) => type === 'governance.erasure-ordered' && governance.id === id)
  const approval = entries.find(
    ({ type, governance, index }) =>
      type === 'governance.erasure-approved' &&
      governance.erasure === id &&
      order !== undefined &&
      index > order.index &&
      officerAt(entries, index) !== null,
  )
  if (!order || !approval || holds.length > 0) return false
  const orderer = officerAt(entries, order.index)
  const approver = officerAt(entries, approval.index)
  if (!orderer || !approver || order.governance.by === approval.governance.by) return false
  const controller = naiveReplay(entries)?.controller
  for (const { kind, employer } of [orderer, approver])
    if (kind !== 'controller-staff' || employer !== controller) return false
  const has = (duties: readonly string[], ...any: string[]) => any.some((duty) => duties.includes(duty))
  if (!has(orderer.duties, 'information-asset-owner', 'caldicott-guardian', 'data-protection-officer')) return false
  return has(approver.duties, 'caldicott-guardian', 'senior-information-risk-owner')
}

/** Who signed an entry, as they were; null: not in post. */
function officerAt(entries: readonly FoldableEntry[], index: number): World['persons'][number] | null {
  const entry = entries.find((each) => each.index === index)!
  const world = naiveReplay(entries.filter((each) => each.index < index))
  const person = world?.persons.find(({ id }) => id === entry.governance.by)
  return isInPost(person, entry.time) ? { ...person } : null
}
