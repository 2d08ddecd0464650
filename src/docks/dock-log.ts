import { type DateOnly, formatErrors, type Instant, type JsonObject } from '#kernel'
import { keptFold, type Ledger, type LedgerEntry } from '#ledger'

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
  readonly failing: { readonly at: Instant; readonly code: string; readonly where: string | null } | null
}

export interface DockLog {
  day(dock: string, day: DateOnly): DayLog
}

const nothing: DayLog = { deliveries: [], overdueAt: null, supersededAt: null, failing: null }

/** As of the last durable entry. */
export async function dockLog(ledger: Ledger): Promise<DockLog> {
  const days = await foldedDays(ledger)
  return { day: (dock, day) => days.get(`${dock} ${day}`) ?? nothing }
}

/** The fold of the ledger's `dock.*` entries, by dock and day. */
const foldedDays = keptFold(() => new Map<string, DayLog>(), foldEntry)

/** Submissions of each dock, in the order in which they were delivered. */
export const foldedDeliveries = keptFold(
  () => new Map<string, readonly string[]>(),
  (docks, { type, governance }) => {
    if (type !== 'dock.delivered') return
    const dock = String(governance.dock)
    docks.set(dock, [...(docks.get(dock) ?? []), String(governance.submission)])
  },
)

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
      return {
        ...log,
        failing: { at, code: String(governance.code), where: (governance.where ?? null) as string | null },
      }
    default:
      return log
  }
}
