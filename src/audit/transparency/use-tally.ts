import { forbiddenUses, type GovernanceState, purposeAt } from '#governance'
import { dateOf, type PurposeId } from '#kernel'
import type { LedgerEntry } from '#ledger'
import { refusalOf } from '../reads.ts'

/** Reads, figures that were released, and refusals of one day, for one purpose, by people of one kind. */
export interface UseCount {
  readonly day: string
  readonly purpose: string
  readonly kind: string
  readonly reads: number
  readonly refusals: number
}

function isForbidden(use: string | null): boolean {
  return (forbiddenUses as readonly (string | null)[]).includes(use)
}

/** Policies that no grant overrides: purposes and recipients that nothing can open. */
export const forbiddenPrefix = 'never-'

/** Counts of acts, not of patients. Whoever was nobody in the register is of the kind `unknown`. */
export class UseTally {
  readonly #counts = new Map<string, UseCount>()
  readonly #forbidden = new Map<string, number>()

  /** `state`: the register before the entry. */
  take(entry: LedgerEntry, state: GovernanceState): void {
    if (entry.type === 'read.opened') {
      const { subject, purpose } = entry.governance
      this.#add(entry, state, String(subject), String(purpose), { reads: 1, refusals: 0 })
    }
    const refusal = refusalOf(entry)
    if (!refusal) return
    const { subject, purpose, count, reasons } = refusal
    this.#add(entry, state, subject, purpose, { reads: 0, refusals: count })
    const use = state.purposes.get(purpose as PurposeId)
    const asked = use ? purposeAt(use, entry.time).class : null
    const policies = [...reasons, ...(isForbidden(asked) ? [`${forbiddenPrefix}${asked}`] : [])]
    for (const policy of new Set(policies)) {
      if (policy.startsWith(forbiddenPrefix)) this.#forbidden.set(policy, this.forbidden(policy) + 1)
    }
  }

  /** Refusals that a policy had a part in, or would have had if there had been any grant to ask it about. */
  forbidden(policy: string): number {
    return this.#forbidden.get(policy) ?? 0
  }

  counts(): readonly UseCount[] {
    return [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count)
  }

  #add(
    { time }: LedgerEntry,
    state: GovernanceState,
    subject: string,
    purpose: string,
    { reads, refusals }: { reads: number; refusals: number },
  ): void {
    const day = dateOf(time)
    const kind = state.persons.get(subject)?.kind ?? 'unknown'
    const key = `${day}\t${purpose}\t${kind}`
    const before = this.#counts.get(key) ?? { day, purpose, kind, reads: 0, refusals: 0 }
    this.#counts.set(key, { ...before, reads: before.reads + reads, refusals: before.refusals + refusals })
  }
}
