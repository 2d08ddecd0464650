import { type DateOnly, formatErrors, type Instant, type JsonObject } from '#kernel'
import type { Ledger, LedgerEntry } from '#ledger'

/** A file that went in, or was refused whole. */
export interface Delivery {
  readonly submission: string
  readonly outcome: 'published' | 'refused'
  readonly at: Instant
  /** Entry of the outcome, where its report is. */
  readonly entry: number
}

/** What the ledger says of one day of one dock. */
export interface DayLog {
  readonly deliveries: readonly Delivery[]
  /** When its deadline was found to have passed with nothing published. */
  readonly overdueAt: Instant | null
  /** When last a file was found that speaks of a day before the one that is published. */
  readonly supersededAt: Instant | null
  /** The last failure since the last delivery; one that goes on is said once. */
  readonly failing: { readonly at: Instant; readonly code: string } | null
}

export interface DockLog {
  day(dock: string, day: DateOnly): DayLog
}

const nothing: DayLog = { deliveries: [], overdueAt: null, supersededAt: null, failing: null }

interface Folding extends DockLog {
  upTo: number
  readonly days: Map<string, DayLog>
}

const folded = new WeakMap<Ledger, Folding>()

/** A fold of the ledger's `dock.*` entries as of the last durable one. Only entries since the last call are read. */
export async function dockLog(ledger: Ledger): Promise<DockLog> {
  let folding = folded.get(ledger)
  if (!folding) {
    const days = new Map<string, DayLog>()
    folding = { upTo: 0, days, day: (dock, day) => days.get(`${dock} ${day}`) ?? nothing }
    folded.set(ledger, folding)
  }
  for await (const entry of ledger.entries(folding.upTo)) {
    foldEntry(folding.days, entry)
    folding.upTo = entry.index + 1
  }
  return folding
}

function foldEntry(days: Map<string, DayLog>, { type, governance, time }: LedgerEntry): void {
  if (!type.startsWith('dock.')) return
  if (governance.version !== 1) {
    throw formatErrors('FDP_FORMAT_NEWER', { format: type, found: Number(governance.version), known: 1 })
  }
  const id = `${governance.dock} ${governance.day}`
  days.set(id, withEntry(days.get(id) ?? nothing, type, governance, time))
}

function withEntry(log: DayLog, type: string, governance: JsonObject, at: Instant): DayLog {
  switch (type) {
    case 'dock.delivered': {
      const { submission, outcome, entry } = governance as unknown as Delivery
      return { ...log, deliveries: [...log.deliveries, { submission, outcome, at, entry }], failing: null }
    }
    case 'dock.overdue':
      return { ...log, overdueAt: at }
    case 'dock.superseded':
      return { ...log, supersededAt: at }
    case 'dock.failed':
      return { ...log, failing: { at, code: String(governance.code) } }
    default:
      return log
  }
}
