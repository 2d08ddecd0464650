import { type EntryIndex, type FdpError, isFdpError } from '#kernel'
import {
  changesOf,
  type DataChange,
  dueAfter,
  objectSetChanged,
  parseSubscribe,
  refreshObjectSet,
  type SubscribeAnswer,
  type Subscription,
  SubscriptionBook,
  type SubscriptionRequest,
  streamError,
  subscribeResponses,
  subscriptionClosed,
  type Watched,
  watch,
  withoutReferences,
} from '#ontology'
import type { SocketCall } from '../endpoint.ts'
import { type Opened, openFor } from '../ontology/call.ts'
import { apiErrorOf } from '../ontology/wire-error.ts'
import { connectionLimits } from './connection-limits.ts'
import { ReadAllowance } from './read-allowance.ts'
import { Reading } from './reading.ts'
import type { SubscriberSocket } from './subscriber-socket.ts'

/** A watched set, and what of it has not been told. */
interface Told extends Subscription {
  watched: Watched
  /** Up to which entry its changes were told. */
  upTo: EntryIndex
  due: 'refresh' | 'changes' | null
}

/** What may be watched, or why not. */
type Looked = Pick<Told, 'request' | 'watched'> | { readonly refused: FdpError }

type Peer = Pick<SubscriberSocket, 'send' | 'isBehind'>

/**
 * The object sets that one connection is told of. Nothing is kept but which they are: before anything is said of one, it
 * is decided anew whether it may be. Calls that wait for something come one after the other.
 */
export class ToldSets {
  readonly #call: SocketCall
  readonly #peer: Peer
  readonly #book: SubscriptionBook<Told>
  readonly #reads: ReadAllowance
  /** Its session for looking, never for reading: that would keep identities in memory as long as it is open. */
  #looking: Promise<Opened> | null = null
  #isOver = false

  constructor(call: SocketCall, peer: Peer) {
    this.#call = call
    this.#peer = peer
    const { clock, random } = call.context.node.adapters
    this.#book = new SubscriptionBook(random)
    this.#reads = new ReadAllowance(clock)
  }

  get size(): number {
    return this.#book.size
  }

  /** Whether something is due now. */
  notice(change: DataChange): boolean {
    for (const told of this.#book.all()) {
      const due = dueAfter(told.watched, change)
      if (due !== null && told.due !== 'refresh') told.due = due
    }
    return this.#book.all().some(({ due }) => due !== null)
  }

  /** Whatever is due, a client that is behind is told to load it all again. */
  fallBehind(): void {
    for (const told of this.#book.all()) told.due &&= 'refresh'
  }

  /**
   * All that the client wants from now on, answered. `isReplaced`: another message waits already, so what is watched is
   * not looked at a second time for this one.
   */
  async subscribe(text: string, isReplaced: boolean): Promise<void> {
    const { id, requests } = parseSubscribe(text)
    const looked: Looked[] = []
    for (const request of requests) {
      if (looked.length % connectionLimits.setsPerRequest === 0) await this.#call.count()
      looked.push(await this.#lookFor(request, isReplaced))
    }
    if (this.#isOver) return
    const good = looked.flatMap((each) => ('refused' in each ? [] : [each]))
    const watched = new Map(good.map((each) => [each.request.key, each.watched]))
    const upTo = this.#now()
    const ids = this.#book.replace(
      good.map(({ request }) => request),
      (made) => ({ ...made, watched: watched.get(made.request.key)!, upTo, due: null }),
    )
    const next = ids.values()
    const answers = looked.map((each): SubscribeAnswer => {
      if ('refused' in each) return { type: 'error', errors: [streamErrorOf(each.refused)] }
      return { type: 'success', id: next.next().value! }
    })
    this.#peer.send(subscribeResponses(id, answers))
  }

  /** Says what is due; `all` looks at the rest too, and closes what may not be watched any more. */
  async tell(all: boolean): Promise<void> {
    await using reading = new Reading(this.#call)
    for (const told of this.#book.all()) {
      if (this.#isOver) return
      if (told.due === null && !all) continue
      const looked = await this.#look(told.request)
      if ('refused' in looked) this.#close(told, looked.refused)
      else {
        told.watched = looked.watched
        if (told.due === 'changes') await this.#tellChanges(told, reading)
        else if (told.due === 'refresh') this.#tellRefresh(told, this.#now())
      }
    }
  }

  end(): void {
    this.#isOver = true
    void this.#looking?.then(({ session }) => session.close()).catch(() => {})
  }

  async #tellChanges(told: Told, reading: Reading): Promise<void> {
    const { request, watched, upTo: after } = told
    const upTo = this.#now()
    told.due = null
    if (this.#peer.isBehind || !this.#reads.take()) {
      this.#tellRefresh(told, upTo)
      return
    }
    try {
      const { session, deps } = await reading.opened()
      const updates = await changesOf(session, request, watched, { after, upTo }, deps)
      // A grant may have ended while the read did.
      await watch(session, request, deps)
      if (this.#isOver) return
      told.upTo = upTo
      if (updates === null) this.#tellRefresh(told, upTo)
      else if (updates.length > 0) for (const id of told.ids) this.#peer.send(objectSetChanged(id, updates))
    } catch (error) {
      // Somebody was erased meanwhile: what it was before cannot be compared with.
      if (isFdpError(error, 'FDP_GATE_VERSION_PURGED')) this.#tellRefresh(told, this.#now())
      else this.#close(told, refusalOf(error))
    }
  }

  #tellRefresh(told: Told, upTo: EntryIndex): void {
    told.due = null
    told.upTo = upTo
    for (const id of told.ids) this.#peer.send(refreshObjectSet(id, told.watched.objectType))
  }

  #close(told: Told, error: FdpError): void {
    this.#book.remove(told.request.key)
    for (const id of told.ids) this.#peer.send(subscriptionClosed(id, streamErrorOf(error)))
  }

  async #lookFor(request: SubscriptionRequest | FdpError, isReplaced: boolean): Promise<Looked> {
    if (isFdpError(request)) return { refused: request }
    return (isReplaced && this.#book.get(request.key)) || (await this.#look(request))
  }

  async #look(request: SubscriptionRequest): Promise<Looked> {
    try {
      const { session, deps } = await (this.#looking ??= this.#openLooking())
      const asked = this.#book.get(request.key)?.request ?? withoutReferences(request, deps)
      return { request: asked, watched: await watch(session, asked, deps) }
    } catch (error) {
      return { refused: refusalOf(error) }
    }
  }

  async #openLooking(): Promise<Opened> {
    try {
      return await openFor(this.#call)
    } catch (error) {
      this.#looking = null
      throw error
    }
  }

  #now(): EntryIndex {
    return this.#call.tenant.governance.catalogue().upTo as EntryIndex
  }
}

/** What a caller is refused with. That the node cannot answer anybody, or a fault of ours, ends the connection instead. */
function refusalOf(error: unknown): FdpError {
  if (isFdpError(error) && error.status < 500 && error.code !== 'FDP_GATE_CLOSED') return error
  throw error
}

function streamErrorOf(error: FdpError) {
  const { errorName, parameters } = apiErrorOf(error, error.status)
  return streamError(errorName, parameters)
}
