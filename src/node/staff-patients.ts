import { whyNotSigner } from '#audit'
import type { StaffPersons } from '#gate'
import type { GovernanceState } from '#governance'
import type { SubjectId } from '#kernel'
import type { Ledger, LedgerEntry } from '#ledger'

const linked = 'audit.staff-linked'

/**
 * Which members of staff are patients here: the entries that say so, as they come. Whom they mean is in the erasable part
 * and is asked for each time, so that a link whose detail was erased says nothing any more.
 */
export class StaffPatients {
  readonly #entries = new Map<string, number[]>()

  /** `state` is the register before the entry: a link that nobody was entitled to sign links nobody. */
  take(state: GovernanceState, { type, governance, time, index }: LedgerEntry): void {
    if (type !== linked || whyNotSigner(state, linked, governance.by as string | undefined, time) !== null) return
    const subject = String(governance.subject)
    this.#entries.set(subject, [...(this.#entries.get(subject) ?? []), index])
  }

  /** Everybody of the staff who is a patient here. A link whose detail was erased is no longer there. */
  async all(ledger: Pick<Ledger, 'persons'>): Promise<StaffPersons> {
    const subjects = [...this.#entries.keys()] as SubjectId[]
    return new Map(await Promise.all(subjects.map(async (each) => [each, await this.keysOf(ledger, each)] as const)))
  }

  /** Keys of the person that a member of staff is as a patient, as decimal text; none if nobody said so. */
  async keysOf(ledger: Pick<Ledger, 'persons'>, subject: SubjectId): Promise<readonly string[]> {
    const entries = this.#entries.get(subject) ?? []
    return (await Promise.all(entries.map(async (entry) => (await ledger.persons(entry)) ?? []))).flat()
  }
}
