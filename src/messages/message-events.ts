import { formatErrors, type Instant, type JsonObject } from '#kernel'
import { keptFold, type Ledger, type LedgerEntry } from '#ledger'
import type { Rewritten, SegmentMark } from '#ports'

/** The rows of an object type that were submitted last. */
export interface Submitted {
  readonly submission: string
  readonly outcome: 'published' | 'refused'
  /** Entry of the outcome, where its report is. */
  readonly entry: number
  /** Messages that had landed when they were made. */
  readonly messages: number
  /** Hash of the map and of what names a patient. */
  readonly map: string
  readonly at: Instant
}

/** What the ledger says of one message dock. */
export interface MessageEvents {
  readonly marks: ReadonlyMap<string, SegmentMark>
  /** Segments that were written anew without somebody who was erased. */
  readonly rewritten: readonly Rewritten[]
  /** Object types of which this dock has begun to submit rows. */
  readonly begun: ReadonlySet<string>
  readonly submitted: ReadonlyMap<string, Submitted>
  /** The last failure since; one that goes on is said once. */
  readonly failing: { readonly at: Instant; readonly code: string } | null
}

const nothing: MessageEvents = {
  ...{ marks: new Map(), rewritten: [], begun: new Set(), submitted: new Map(), failing: null },
}

/** As of the last durable entry. */
export async function messageEvents(ledger: Ledger, dock: string): Promise<MessageEvents> {
  return (await foldedDocks(ledger)).get(dock) ?? nothing
}

const foldedDocks = keptFold(() => new Map<string, MessageEvents>(), foldEntry)

function foldEntry(docks: Map<string, MessageEvents>, { type, governance, time }: LedgerEntry): void {
  if (!type.startsWith('message.')) return
  if (governance.version !== 1) {
    throw formatErrors('FDP_FORMAT_NEWER', { format: type, found: Number(governance.version), known: 1 })
  }
  const dock = String(governance.dock)
  docks.set(dock, withEntry(docks.get(dock) ?? nothing, type, governance, time))
}

function withEntry(events: MessageEvents, type: string, governance: JsonObject, at: Instant): MessageEvents {
  switch (type) {
    case 'message.landed': {
      const gone = new Set(events.rewritten.map(({ segment }) => segment))
      const marks = (governance.segments as unknown as readonly SegmentMark[]).filter(
        ({ segment }) => !gone.has(segment),
      )
      return { ...events, marks: new Map([...events.marks, ...marks.map((mark) => [mark.segment, mark] as const)]) }
    }
    case 'message.erased':
      return withErased(events, governance.replaced as unknown as readonly Rewritten[])
    case 'message.begun':
      return { ...events, begun: new Set([...events.begun, String(governance.object)]) }
    case 'message.submitted': {
      const { object, submission, outcome, entry, messages, map } = governance as unknown as Submitted & JsonObject
      const one = { submission, outcome, entry, messages, map, at }
      return { ...events, submitted: new Map([...events.submitted, [String(object), one]]), failing: null }
    }
    case 'message.failed':
      return { ...events, failing: { at, code: String(governance.code) } }
    default:
      return events
  }
}

/** Rows are made anew after it, however many messages there are then. */
function withErased(events: MessageEvents, replaced: readonly Rewritten[]): MessageEvents {
  const marks = new Map(events.marks)
  for (const { segment, by } of replaced) {
    marks.delete(segment)
    if (by) marks.set(by.segment, by)
  }
  const submitted = [...events.submitted].map(([object, one]) => [object, { ...one, messages: -1 }] as const)
  return { ...events, marks, rewritten: [...events.rewritten, ...replaced], submitted: new Map(submitted) }
}
