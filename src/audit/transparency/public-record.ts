import {
  type Contradiction,
  emptyState,
  fold,
  type GovernanceEvent,
  type GovernanceState,
  parseEvent,
} from '#governance'
import type { Instant, TenantId } from '#kernel'
import type { LedgerEntry } from '#ledger'
import { OptOutTally } from '#privacy'
import { AuditTally } from './audit-tally.ts'
import { changeInWords } from './change-words.ts'
import { HealthTally } from './health-tally.ts'
import { Names } from './names.ts'
import { Ordinals } from './ordinals.ts'
import { StatusWatch } from './status-watch.ts'
import { insteadInWords } from './untrue.ts'
import { UseTally } from './use-tally.ts'

/** Something that the public is told of. An entry may bring several; they share its index. */
export interface PublicChange {
  readonly entry: number
  readonly time: Instant
  /** Type of the event, or `status.untrue`, `status.true-again`. */
  readonly kind: string
  readonly says: string
}

/**
 * What the public may know of a ledger: kept up entry by entry, from governance parts alone. Two records that took the
 * same entries draw the same document, whoever keeps them.
 */
export class PublicRecord {
  #state: GovernanceState
  readonly ordinals = new Ordinals()
  readonly uses = new UseTally()
  readonly optOuts = new OptOutTally()
  readonly audits = new AuditTally()
  readonly health = new HealthTally()
  readonly #names = new Names()
  readonly #status = new StatusWatch()
  readonly #changes: PublicChange[] = []

  constructor(tenant: TenantId) {
    this.#state = emptyState(tenant)
  }

  /** The register after the entries taken: the fold that decides every read. */
  get state(): GovernanceState {
    return this.#state
  }

  get size(): number {
    return this.#state.upTo + 1
  }

  /**
   * Those of the first `entriesMax` changed entries after `since`, in order, and whether there are more. People's names
   * that officers typed are taken out as of now.
   */
  changes(since = -1, entriesMax = Number.MAX_SAFE_INTEGER): { items: readonly PublicChange[]; more: boolean } {
    const first = this.#firstAfter(since)
    let [end, entries, last] = [first, 0, -1]
    for (; end < this.#changes.length; end++) {
      const { entry } = this.#changes[end]!
      if (entry !== last && ++entries > entriesMax) break
      last = entry
    }
    return { items: this.#shownFrom(first, end), more: end < this.#changes.length }
  }

  /** The last so many, in order. */
  latest(max: number): readonly PublicChange[] {
    return this.#shownFrom(Math.max(0, this.#changes.length - max), this.#changes.length)
  }

  get changeCount(): number {
    return this.#changes.length
  }

  /** The entry of the last change up to now; -1 before the first. */
  get lastChange(): number {
    return this.#changes.at(-1)?.entry ?? -1
  }

  isChange(entry: number): boolean {
    return this.#changes[this.#firstAfter(entry - 1)]?.entry === entry
  }

  /** What an officer typed, as the public sees it. */
  plain(text: string): string {
    return this.#names.without(text, this.#state)
  }

  /** A sentence with marked text in it. */
  shown(says: string): string {
    return says.replace(/⟦([^⟧]*)⟧/g, (_, typed: string) => this.plain(typed))
  }

  #shownFrom(first: number, end: number): readonly PublicChange[] {
    return this.#changes.slice(first, end).map((each) => ({ ...each, says: this.shown(each.says) }))
  }

  #firstAfter(since: number): number {
    let [low, high] = [0, this.#changes.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#changes[middle]!.entry <= since) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The next entry. Throws what the fold throws. */
  take(entry: LedgerEntry): void {
    const before = this.#state
    const event = parseEvent(entry)
    const state = fold(before, entry)
    this.#state = state
    this.uses.take(entry, before)
    this.optOuts.take(entry)
    this.audits.take(entry, before)
    this.health.take(entry)
    if (state.persons !== before.persons && event) this.ordinals.take(state, event)
    this.#note(entry, event, before)
  }

  #note(entry: LedgerEntry, event: GovernanceEvent | null, before: GovernanceState): void {
    const state = this.#state
    const says = event ? changeInWords(event, { state, before, plain: marked }) : otherChange(entry, before)
    if (says !== null) this.#push(entry, entry.type, says)
    const status = this.#status.after(state, event, entry.time)
    for (const each of status?.untrue ?? [])
      this.#push(
        entry,
        'status.untrue',
        `Not true any more, in ${placeOf(each)}: “${each.sentence}” Instead: ${insteadInWords(state, each)}.`,
      )
    for (const each of status?.trueAgain ?? [])
      this.#push(entry, 'status.true-again', `No longer untrue, in ${placeOf(each)}: “${each.sentence}”`)
  }

  #push({ index: entry, time }: LedgerEntry, kind: string, says: string): void {
    this.#changes.push({ entry, time, kind, says })
  }
}

function placeOf({ dpia, version }: Contradiction): string {
  return `the assessment ${dpia}, version ${version}`
}

/** Marks what an officer typed, until somebody asks for it. */
function marked(text: string): string {
  return `⟦${text.replaceAll(/[⟦⟧]/g, '')}⟧`
}

/** Entries of other modules that change what holds here. */
function otherChange({ type, governance }: LedgerEntry, before: GovernanceState): string | null {
  if (type === 'audit.policies-in-force') return 'Another set of policies decides from here on.'
  if (type === 'recovery.signed') return 'The tenant was restored from a backup, and what was lost was put on record.'
  if (type === 'tenant.exported')
    return 'Everything that the tenant holds was taken out, by the controller’s own staff.'
  if (type === 'tenant.imported') return 'Everything that another tenant had taken out was taken in here.'
  if (type === 'tenant.moved-in') return 'Data were moved in from another server.'
  if (type === 'flow.published' && !before.dataSets.has(String(governance.object)))
    return `Data of the type ${String(governance.object)} were published here for the first time.`
  return null
}
