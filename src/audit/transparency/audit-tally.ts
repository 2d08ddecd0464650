import type { GovernanceState } from '#governance'
import { isFdpError } from '#kernel'
import type { LedgerEntry } from '#ledger'
import { type AuditEvent, parseAuditEvent } from '../events.ts'
import { whyNotSigner } from '../sign.ts'

/** What scheduled audits found, and incidents, as numbers. Only what somebody entitled signed counts. */
export class AuditTally {
  #drawn = 0
  readonly #reviews = new Map<string, string>()
  readonly #incidents = new Map<string, 'opened' | 'reported' | 'closed'>()

  /** `state`: the register before the entry. */
  take(entry: LedgerEntry, state: GovernanceState): void {
    const event = eventIn(entry)
    if (!event) return
    const { by } = event.body as { by?: string }
    if (whyNotSigner(state, event.type, by, entry.time) !== null) return
    switch (event.type) {
      case 'audit.sample-drawn':
        this.#drawn += event.body.entries.length
        return
      case 'audit.reviewed':
        this.#reviews.set(`${event.body.sample} ${event.body.entry}`, event.body.outcome)
        return
      case 'incident.opened':
        this.#incidents.set(event.body.id, 'opened')
        return
      case 'incident.reported':
        this.#incidents.set(event.body.id, 'reported')
        return
      case 'incident.closed':
        this.#incidents.set(event.body.id, 'closed')
        return
      default:
    }
  }

  counts() {
    const reviewed = (outcome: string) => [...this.#reviews.values()].filter((each) => each === outcome).length
    const stage = (of: string) => [...this.#incidents.values()].filter((each) => each === of).length
    return {
      /** Reasons that readers gave, drawn at random by the ledger itself. */
      drawn: this.#drawn,
      reviewed: this.#reviews.size,
      outcomes: {
        ...{ acceptable: reviewed('acceptable'), unclear: reviewed('unclear') },
        notAcceptable: reviewed('not-acceptable'),
      },
      incidents: { open: stage('opened') + stage('reported'), closed: stage('closed') },
    }
  }
}

/** An entry that is no event of this release says nothing here; replay names it. */
function eventIn(entry: LedgerEntry): AuditEvent | null {
  try {
    return parseAuditEvent(entry)
  } catch (error) {
    if (isFdpError(error)) return null
    throw error
  }
}
