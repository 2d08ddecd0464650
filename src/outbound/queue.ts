import { formatErrors, type Instant, type JsonObject, sha256Hex } from '#kernel'
import { keptFold, type Ledger, type LedgerEntry } from '#ledger'

/** One message that an action calls for. */
export interface QueuedMessage {
  /** The entry that calls for it, and the place of the edit in the action. */
  readonly id: string
  /** When that entry was written. */
  readonly at: Instant
  readonly action: string
  readonly object: string
  readonly event: string
  /** The `action.applied` entry, and the place in its detail. */
  readonly applied: number
  readonly place: number
  /** The entry as of which the record is read. */
  readonly asOf: number
  /** It may have left: an answer did not come, or nobody knows any more. */
  readonly tried: boolean
  /** The code of why it waits for a person; null while it waits for its turn. */
  readonly aside: string | null
}

/**
 * MSH-10, of 20 characters at most: the same for each copy, and another where entries were lost with a disk and their numbers
 * are given again.
 */
export function messageNumber({ id, at }: Pick<QueuedMessage, 'id' | 'at'>): string {
  return `${id}-${sha256Hex(at).slice(0, 6)}`
}

interface Called {
  readonly action: string
  readonly object: string
  readonly event: string
  readonly takenBack: string | null
}

/** The route that is in force, as its entry says it. */
export interface Routed {
  readonly declaration: string
  readonly messages: readonly Called[]
}

/** What the ledger says of one queue. */
export interface OutboundQueue {
  readonly routed: Routed | null
  /** Object types of which it ever told. */
  readonly objects: ReadonlySet<string>
  /** In the order of the entries that call for them. */
  readonly waiting: ReadonlyMap<string, QueuedMessage>
  readonly sent: number
  readonly lastSent: Instant | null
  /** The code of why nothing goes now. */
  readonly failing: string | null
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }
interface Held extends Writable<OutboundQueue> {
  waiting: Map<string, QueuedMessage>
  objects: Set<string>
  /** Of what was sent for actions that can still be taken back, by the id of the edit. */
  told: Map<string, QueuedMessage>
}

/** So many of the last messages are remembered for the case that their action is taken back. */
const toldMax = 100_000

/** As of the last durable entry. */
export async function outboundQueue(ledger: Ledger, queue: string): Promise<OutboundQueue> {
  return (await foldedQueues(ledger)).get(queue) ?? newQueue()
}

export async function outboundQueues(ledger: Ledger): Promise<ReadonlyMap<string, OutboundQueue>> {
  return await foldedQueues(ledger)
}

const foldedQueues = keptFold(() => new Map<string, Held>(), foldEntry)

function newQueue(): Held {
  const none = { routed: null, sent: 0, lastSent: null, failing: null }
  return { ...none, waiting: new Map(), told: new Map(), objects: new Set() }
}

function foldEntry(queues: Map<string, Held>, entry: LedgerEntry): void {
  const { type, governance } = entry
  if (type.startsWith('outbound.')) {
    if (governance.version !== 1) {
      throw formatErrors('FDP_FORMAT_NEWER', { format: type, found: Number(governance.version), known: 1 })
    }
    const name = String(governance.queue)
    const queue = queues.get(name) ?? newQueue()
    queues.set(name, queue)
    foldOwn(queue, entry)
    return
  }
  const fold = others[type]
  if (fold) for (const queue of queues.values()) fold(queue, entry)
}

function foldOwn(queue: Held, { time, type, governance }: LedgerEntry): void {
  const id = String(governance.message)
  switch (type) {
    case 'outbound.routed': {
      const { declaration, messages } = governance as unknown as Routed
      queue.routed = { declaration, messages }
      for (const { object } of messages) queue.objects.add(object)
      break
    }
    case 'outbound.ended':
      Object.assign(queue, { routed: null, waiting: new Map(), told: new Map(), failing: null })
      break
    case 'outbound.sending':
      change(queue, id, { tried: true })
      break
    case 'outbound.sent':
      takeSent(queue, id, time)
      break
    case 'outbound.failing':
      queue.failing = String(governance.code)
      break
    case 'outbound.put-aside':
      change(queue, id, { aside: String(governance.code) })
      queue.failing = null
      break
    case 'outbound.put-back':
      change(queue, id, { aside: null })
      break
    case 'outbound.dropped':
    case 'outbound.not-wanted':
      end(queue, id)
      break
  }
}

function change(queue: Held, id: string, to: Partial<QueuedMessage>): void {
  const message = queue.waiting.get(id)
  if (message) queue.waiting.set(id, { ...message, ...to })
}

function end(queue: Held, id: string): void {
  queue.waiting.delete(id)
  // Where nothing waits nothing fails.
  if (queue.waiting.size === 0) queue.failing = null
}

function takeSent(queue: Held, id: string, at: Instant): void {
  const message = queue.waiting.get(id)
  if (!message) return
  queue.waiting.delete(id)
  Object.assign(queue, { sent: queue.sent + 1, lastSent: at, failing: null })
  remember(queue, message)
}

function remember(queue: Held, message: QueuedMessage): void {
  // What tells of an action that was taken back is not taken back itself.
  if (message.id !== editOf(message)) return
  queue.told.set(message.id, message)
  if (queue.told.size > toldMax) queue.told.delete(queue.told.keys().next().value!)
}

const editOf = ({ applied, place }: QueuedMessage) => `${applied}.${place}`

/** What actions do, and what becomes of their edits. */
const others: Readonly<Record<string, (queue: Held, entry: LedgerEntry) => void>> = {
  'action.applied': callFor,
  'action.edit-withdrawn': (queue, entry) => takeBack(queue, entry, (edit) => edit === String(entry.governance.edit)),
  'action.undone': (queue, entry) =>
    takeBack(queue, entry, (edit) => edit.startsWith(`${Number(entry.governance.of)}.`)),
  'detail.erased': (queue, { governance }) => {
    const of = (message: QueuedMessage) => message.applied === governance.entry
    for (const message of [...queue.waiting.values()].filter(of)) end(queue, message.id)
    for (const message of [...queue.told.values()].filter(of)) queue.told.delete(message.id)
  },
}

function callFor(queue: Held, { index, time, governance }: LedgerEntry): void {
  const { about, edits } = governance as unknown as {
    readonly about: JsonObject
    readonly edits: readonly { readonly object: string; readonly kind: string; readonly count: number }[]
  }
  const called = queue.routed?.messages.find(({ action }) => action === about.action)
  if (!called) return
  let place = 0
  for (const { object, count } of edits) {
    for (let i = 0; i < count; i++, place++) {
      if (object !== called.object) continue
      const { action, event } = called
      const id = `${index}.${place}`
      const more = { applied: index, place, asOf: index, tried: false, aside: null }
      queue.waiting.set(id, { id, at: time, action, object, event, ...more })
    }
  }
}

/**
 * What the other side never heard of is not told at all; what it has, or may have, is told back where the route says how.
 * A record that the action made is told as it was made: it is not there any more.
 */
function takeBack(queue: Held, { index, time }: LedgerEntry, isOf: (edit: string) => boolean): void {
  const waiting = [...queue.waiting.values()].filter((message) => isOf(message.id) && message.id === editOf(message))
  for (const message of waiting.filter(({ tried, aside }) => !tried || aside !== null)) end(queue, message.id)
  const mayHave = [...waiting.filter(({ tried, aside }) => tried && aside === null), ...inTold(queue, isOf)]
  for (const message of mayHave) {
    queue.told.delete(message.id)
    const called = queue.routed?.messages.find(({ action }) => action === message.action)
    if (!called?.takenBack) continue
    const id = `${index}.${message.place}`
    const more = { id, at: time, event: called.takenBack, asOf: index, tried: false, aside: null }
    queue.waiting.set(id, { ...message, ...more })
  }
}

function inTold(queue: Held, isOf: (edit: string) => boolean): QueuedMessage[] {
  return [...queue.told.values()].filter(({ id }) => isOf(id))
}
