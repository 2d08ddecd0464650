import type { Edits, Gate, Session } from '#gate'
import { type EntryIndex, isFdpError, type JsonObject, sha256Hex } from '#kernel'
import type { Ledger } from '#ledger'
import type { OutboundRoute, RouteMessage } from './declaration.ts'
import { encodeMessage } from './encode.ts'
import { outboundErrors } from './errors.ts'
import type { OutboundLink } from './link.ts'
import { messageNumber, outboundQueue, type QueuedMessage } from './queue.ts'
import { type RecordRead, readRecord } from './read-record.ts'

export interface OutboundDeps {
  readonly ledger: Ledger
  readonly gate: Pick<Gate, 'open'>
  readonly edits: Edits
}

export interface OutboundDone {
  readonly sent: number
  readonly aside: number
  readonly waiting: number
  /** Why nothing goes now; null where all that could go has gone. */
  readonly code: string | null
}

interface Sending extends OutboundDeps {
  readonly reader: Reader
}

/** One session for a run, from the first message that is read; each read in it is decided by itself. */
interface Reader extends AsyncDisposable {
  session(): Promise<Session>
}

function readerOf({ id, by: subject, purpose }: OutboundRoute, gate: OutboundDeps['gate']): Reader {
  let opened: Session | null = null
  return {
    session: async () =>
      (opened ??= await gate.open({ subject, purpose, justification: `messages of the queue ${id}` })),
    [Symbol.asyncDispose]: async () => opened?.close(),
  }
}

/** Messages in one run, so that nobody who ends the node waits long. */
const runMax = 1_000

/**
 * Puts the route in force where it is not, and sends what waits, in order, until something fails that concerns the whole
 * queue. What concerns one message puts it aside; later ones about the same record wait behind it. One at a time for each
 * queue: the caller sees to that.
 */
export async function runOutbound(
  route: OutboundRoute,
  link: OutboundLink,
  deps: OutboundDeps,
  ending?: AbortSignal,
): Promise<OutboundDone> {
  await putInForce(route, deps.ledger)
  const done = { sent: 0, aside: 0 }
  let code: string | null = null
  await using reader = readerOf(route, deps.gate)
  try {
    const { waiting } = await outboundQueue(deps.ledger, route.id)
    const held = new Set<string>()
    for (const { id } of [...waiting.values()].some(({ aside }) => aside === null) ? [...waiting.values()] : []) {
      if (ending?.aborted || done.sent + done.aside === runMax) break
      const outcome = await sendOne(route, id, held, link, { ...deps, reader })
      if (outcome) done[outcome] += 1
    }
  } catch (error) {
    if (!isFdpError(error)) throw error
    code = error.code
    await fail(route, code, deps.ledger)
  }
  return { ...done, waiting: (await outboundQueue(deps.ledger, route.id)).waiting.size, code }
}

/** Who is sent what, and as whom it is read: an entry before anything is called for, and again whenever it changes. */
async function putInForce(route: OutboundRoute, ledger: Ledger): Promise<void> {
  const { id: queue, by, purpose, host, port, to, sha256, tlsCa, messages } = route
  const { routed } = await outboundQueue(ledger, queue)
  if (routed?.declaration === sha256) return
  const called = messages.map(({ action, event, takenBack, map }) => ({ action, object: map.object, event, takenBack }))
  const where = { host, port, encrypted: tlsCa !== undefined, to: { ...to } }
  const governance = { version: 1, by, queue, purpose, ...where, messages: called, declaration: sha256 }
  await ledger.append({ type: 'outbound.routed', governance: governance as unknown as JsonObject })
}

/** A queue whose file is gone: what waits is not sent, and nothing more is called for. */
export async function endRoute(queue: string, ledger: Ledger): Promise<void> {
  const { routed } = await outboundQueue(ledger, queue)
  if (routed) await ledger.append({ type: 'outbound.ended', governance: { version: 1, queue } })
}

/** A failure that goes on is said once; that the node ends is none. */
async function fail({ id, by }: OutboundRoute, code: string, ledger: Ledger): Promise<void> {
  if (code === 'FDP_MLLP_CLOSED') return
  if ((await outboundQueue(ledger, id)).failing === code) return
  await ledger.append({ type: 'outbound.failing', governance: { version: 1, by, queue: id, code } })
}

/** These are about one message; every other failure is the queue's. */
const ofOneMessage = [
  ...['FDP_OUTBOUND_NOT_DECLARED', 'FDP_OUTBOUND_NO_RECORD', 'FDP_OUTBOUND_TWO_RECORDS', 'FDP_OUTBOUND_INCOMPLETE'],
  ...['FDP_OUTBOUND_TOO_OLD', 'FDP_OUTBOUND_REFUSED', 'FDP_GATE_VERSION_PURGED'],
]

/** What became of it; null where it waits on, or ended otherwise. `held`: records whose messages wait for a person. */
async function sendOne(
  route: OutboundRoute,
  id: string,
  held: Set<string>,
  link: OutboundLink,
  deps: Sending,
): Promise<'sent' | 'aside' | null> {
  // As it is now: it may have been taken back while others were sent.
  const { waiting } = await outboundQueue(deps.ledger, route.id)
  const message = waiting.get(id)
  if (!message) return null
  const record = waiting.size === 1 ? null : await recordName(message, deps)
  if (record !== null && held.has(record)) return null
  if (message.aside === null) {
    try {
      await link.reach()
      return (await readAndSend(route, message, link, deps)) ? 'sent' : null
    } catch (error) {
      if (!isFdpError(error) || !ofOneMessage.includes(error.code)) throw error
      const { code, params } = error
      const answer = code === 'FDP_OUTBOUND_REFUSED' ? { answer: String(params.code) } : {}
      await append(route, message, 'outbound.put-aside', { code, ...answer }, deps.ledger)
    }
  }
  if (record !== null) held.add(record)
  return message.aside === null ? 'aside' : null
}

/** False where it is not to be sent after all. */
async function readAndSend(
  route: OutboundRoute,
  message: QueuedMessage,
  link: OutboundLink,
  deps: Sending,
): Promise<boolean> {
  const called = calledBy(route, message)
  const { key, person } = await changedRecord(message, deps)
  const { entry: read, values } = await readAs(route, called, message, key, deps)
  const isWanted = called.map.where.every(({ path, values: among }) => among.includes(values.get(path.path) ?? ''))
  if (!isWanted) {
    await append(route, message, 'outbound.not-wanted', { read }, deps.ledger)
    return false
  }
  const { at, event } = message
  const { from, to, processing, version } = route
  const id = messageNumber(message)
  const bytes = encodeMessage({ from, to, processing, version, id, at, event }, called.map, values)
  // Nobody can say of a message that may have left that it has not: this comes before its first byte.
  const left = { detail: { bytes: bytes.length, sha256: sha256Hex(bytes) }, ...(person ? { persons: [person] } : {}) }
  if (!message.tried) await append(route, message, 'outbound.sending', { event, read }, deps.ledger, left)
  // What was taken back, dropped or erased before that entry does not go.
  if (!(await outboundQueue(deps.ledger, route.id)).waiting.has(message.id)) return false
  const answer = await accepted(link, bytes)
  await append(route, message, 'outbound.sent', { event, read, answer }, deps.ledger, left)
  return true
}

/** FDP_OUTBOUND_REFUSED in place of the link's own. */
async function accepted(link: OutboundLink, bytes: Uint8Array): Promise<string> {
  try {
    return await link.send(bytes)
  } catch (error) {
    if (!isFdpError(error, 'FDP_MLLP_REFUSED')) throw error
    throw outboundErrors('FDP_OUTBOUND_REFUSED', { code: String(error.params.code) })
  }
}

function calledBy({ messages }: OutboundRoute, { action, object }: QueuedMessage): RouteMessage {
  const called = messages.find((each) => each.action === action && each.map.object === object)
  if (!called) throw outboundErrors('FDP_OUTBOUND_NOT_DECLARED', { action })
  return called
}

async function readAs(
  { id: queue }: OutboundRoute,
  { map }: RouteMessage,
  message: QueuedMessage,
  key: bigint,
  { edits, reader }: Sending,
): Promise<RecordRead> {
  const edit = edits.edit(`${message.applied}.${message.place}`)
  // Of what ended longer ago the gate does not know any more how it was.
  if (!edit) throw outboundErrors('FDP_OUTBOUND_TOO_OLD')
  const asOf = edit.kind === 'create' ? message.applied : message.asOf
  return await readRecord(await reader.session(), map, { queue, message: message.id, key, asOf: asOf as EntryIndex })
}

interface ChangedRecord {
  readonly name: string
  readonly key: bigint
  readonly person: string | null
}

/** What was changed, as the erasable part of the action's entry has it. FDP_OUTBOUND_NO_RECORD where that was erased. */
async function changedRecord({ applied, place }: QueuedMessage, { ledger }: OutboundDeps): Promise<ChangedRecord> {
  const found = await ledger.detail(applied)
  if (found.state !== 'present') throw outboundErrors('FDP_OUTBOUND_NO_RECORD')
  const changes = found.detail.changes as unknown as readonly {
    readonly object: string
    readonly key: string
    readonly person: string | null
  }[]
  const { object, key, person } = changes[place]!
  return { name: `${object} ${key}`, key: BigInt(key), person }
}

async function recordName(message: QueuedMessage, deps: OutboundDeps): Promise<string | null> {
  try {
    return (await changedRecord(message, deps)).name
  } catch (error) {
    if (isFdpError(error, 'FDP_OUTBOUND_NO_RECORD')) return null
    throw error
  }
}

async function append(
  { id: queue, by }: OutboundRoute,
  { id }: QueuedMessage,
  type: string,
  more: JsonObject,
  ledger: Ledger,
  left: { readonly detail?: JsonObject; readonly persons?: readonly string[] } = {},
): Promise<void> {
  await ledger.append({ type, governance: { version: 1, by, queue, message: id, ...more }, ...left })
}
