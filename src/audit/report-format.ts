import type { FormatSpec, Instant, JsonObject } from '#kernel'
import type { EntryProof, PersonProof } from '#ledger'

/**
 * `yes`: your key is in the signed list of that read (the proof shows it). `counted`: numbers were made over a table
 * that held a row of yours. `maybe`: cannot be told; `says` has the reason.
 */
export type Certainty = 'yes' | 'counted' | 'maybe'

export interface ReportUse extends JsonObject {
  /** Entry of the read in the ledger. */
  readonly read: number
  readonly at: Instant
  readonly who: {
    readonly role: string
    readonly organisation: string
    readonly kind: string
    readonly name: string | null
  }
  readonly purpose: {
    readonly id: string
    readonly name: string
    readonly words: string
    readonly lawfulBasis: string
    readonly confidentiality: string
  }
  readonly data: readonly {
    readonly object: string
    readonly level: string
    readonly columns: readonly string[]
    readonly words: string
  }[]
  readonly certainty: Certainty
  readonly says: string
  /** That your key is among those whose rows left; null unless certainty is `yes`. */
  readonly person: PersonProof | null
  /** The entry that opened the read; its text is withheld where staff are not named. */
  readonly opened: EntryProof
  /** The entry that ended it, where there is one and no person proof holds it. */
  readonly ended: EntryProof | null
}

export interface PersonReport extends JsonObject {
  readonly format: string
  readonly version: number
  readonly tenant: string
  readonly organisation: string
  /** Name of the ledger and the key that signs it; compare the key with one from elsewhere. */
  readonly origin: string
  readonly vkey: string
  readonly madeAt: Instant
  /** Entries of the ledger that were looked at: all before the question itself. */
  readonly entries: number
  readonly madeFor: {
    readonly who: 'self' | 'proxy'
    readonly authority: string | null
    readonly until: Instant | null
    readonly assurance: string
  }
  /** Your keys in this ledger: random, and of no use elsewhere. */
  readonly keys: readonly string[]
  readonly staff: 'role' | 'name'
  readonly uses: readonly ReportUse[]
  /** That something is withheld, and the class of reason; neither how much nor when. */
  readonly withheld: readonly { readonly reason: string; readonly words: string }[]
  /** What this report cannot tell. */
  readonly limits: readonly string[]
}

export const personReportFormat: FormatSpec<PersonReport> = {
  format: 'openfdp/person-report',
  version: 1,
  migrations: {},
  check: (document) => {
    const report = document as PersonReport
    const texts = [report.tenant, report.origin, report.vkey, report.madeAt, report.staff]
    const lists = [report.uses, report.withheld, report.keys, report.limits]
    const isSound =
      texts.every((text) => typeof text === 'string') &&
      lists.every(Array.isArray) &&
      Number.isSafeInteger(report.entries)
    if (!isSound) throw new RangeError('not a report about a person')
    return report
  },
}
