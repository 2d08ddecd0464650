import { objectTypes } from '#contracts'
import { optOutsOf } from '#gate'
import { decide, type Level, type PolicyEngine } from '#governance'
import type { JsonObject, PurposeId, SubjectId } from '#kernel'
import type { DetailState } from '#ledger'
import type { RefusalFact } from './reads.ts'
import type { Moment } from './replay.ts'

export type RefusalAgain =
  | { readonly outcome: 'refused' }
  | { readonly outcome: 'allowed'; readonly object: string; readonly grant: string }
  | { readonly outcome: 'undecided'; readonly why: string }

const ofNoPolicy: readonly string[] = ['edit-below-identifiable', 'row-outside-grant', 'purpose-time-over']

/** Whether what was refused would be refused again, in the state and by the policies of that moment. */
export function decideRefusalAgain(of: {
  readonly refusal: RefusalFact
  readonly governance: JsonObject
  readonly detail: DetailState
  readonly moment: Moment
  readonly engine: PolicyEngine
}): RefusalAgain {
  const { refusal, governance, detail, moment, engine } = of
  const { subject, purpose } = refusal
  const { state, catalogue } = moment
  if (!state.persons.has(subject as SubjectId) || !state.purposes.has(purpose as PurposeId))
    return { outcome: 'refused' }
  if (!Array.isArray(governance.levels)) return { outcome: 'undecided', why: 'it does not say which levels were tried' }
  if (detail.state !== 'present') return { outcome: 'undecided', why: 'what was asked was erased' }
  const asked = (detail.detail.asked ?? {}) as {
    object?: string
    columns?: string[] | 'all-permitted'
    columnsAsked?: number
    named?: string[]
  }
  if (asked.columnsAsked !== undefined) return { outcome: 'undecided', why: 'not every column asked for is on record' }
  const type = objectTypes().find((each) => each.name === asked.object)
  const columns = asked.columns ?? []
  const names = new Set(type?.properties.map(({ name }) => name))
  if (!type || (columns !== 'all-permitted' && !columns.every((name) => names.has(name)))) return { outcome: 'refused' }
  const action = governance.action === 'edit' ? 'edit' : 'read'
  // What no policy says: what an edit may touch, where its row is, and how old a version may be.
  if (refusal.reasons.some((reason) => ofNoPolicy.includes(reason))) return { outcome: 'refused' }
  if (action === 'read' && catalogue.lakeManifest(type.name) === null) return { outcome: 'refused' }
  const who = { subject: subject as SubjectId, purpose: purpose as PurposeId }
  for (const level of governance.levels as Level[]) {
    const request = { ...who, object: type.name, columns, level, action, at: refusal.time } as const
    const decision = decide(state, request, engine)
    if (!decision.allowed) continue
    if (action === 'edit') {
      const named = (asked.named ?? []).filter((name) => names.has(name))
      const read = { ...request, action: 'read', columns: named } as const
      if (named.length > 0 && !decide(state, read, engine).allowed) continue
      return { outcome: 'allowed', object: type.name, grant: decision.grant }
    }
    // What no opt-out could mend was refused by its own rule, which no controller can relax.
    const use = { purpose: decision.purpose, level: decision.level, stricter: false }
    if (optOutsOf(type, use, catalogue)?.rulings.national.outcome === 'refuse') continue
    return { outcome: 'allowed', object: type.name, grant: decision.grant }
  }
  return { outcome: 'refused' }
}
