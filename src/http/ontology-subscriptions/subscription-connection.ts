import type { WebSocket } from '@fastify/websocket'
import { isFdpError } from '#kernel'
import { faultOf } from '#node'
import type { DataChange } from '#ontology'
import type { SocketCall } from '../endpoint.ts'
import { httpErrors } from '../errors.ts'
import { connectionLimits } from './connection-limits.ts'
import { checkStanding, closeStatusOf, msUntilExpiry } from './standing.ts'
import { SubscriberSocket } from './subscriber-socket.ts'
import type { Subscriber, SubscriptionHub } from './subscription-hub.ts'
import { ToldSets } from './told-sets.ts'

/**
 * One client of one person for one purpose. Its messages, and what it is told, go one after the other; before each it is
 * looked at again whether what was proved at the door still holds.
 */
export class SubscriptionConnection implements Subscriber {
  readonly #call: SocketCall
  readonly #hub: SubscriptionHub
  readonly #socket: SubscriberSocket
  readonly #sets: ToldSets
  readonly #expiry: NodeJS.Timeout
  readonly #waiting = { messages: 0, characters: 0 }
  #last: Promise<void> = Promise.resolve()
  #gathering: NodeJS.Timeout | null = null
  #lookAgain = false
  #behindMs = 0
  #isOver = false

  constructor(call: SocketCall, socket: WebSocket, hub: SubscriptionHub) {
    this.#call = call
    this.#hub = hub
    const look = () => this.#inTurn(async () => {})
    this.#socket = new SubscriberSocket(socket, {
      message: (text) => this.#take(text),
      look,
      closed: (status) => this.#closed(status),
    })
    this.#sets = new ToldSets(call, this.#socket)
    this.#expiry = setTimeout(look, msUntilExpiry(call)).unref()
    hub.add(this)
  }

  get tenant() {
    return this.#call.tenant
  }

  get subject() {
    return this.#call.caller.subject
  }

  get subscriptions() {
    return this.#sets.size
  }

  notice(change: DataChange): void {
    if (this.#sets.notice(change)) this.#gather(connectionLimits.gatherMs)
  }

  lookAgain(): void {
    this.#lookAgain = true
    this.#gather(connectionLimits.gatherMs)
  }

  #take(text: string): void {
    this.#waiting.messages += 1
    this.#waiting.characters += text.length
    const { messages, characters } = this.#waiting
    if (messages > connectionLimits.messagesWaitingMax || characters > connectionLimits.charactersWaitingMax) {
      this.#end(tooMuch())
      return
    }
    this.#inTurn(async () => {
      this.#waiting.messages -= 1
      this.#waiting.characters -= text.length
      await this.#call.count()
      await this.#sets.subscribe(text, this.#waiting.messages > 0)
    })
  }

  /** Entries that come while something is told are due again afterwards. */
  async #tell(): Promise<void> {
    if (this.#isOver || this.#sets.size === 0) return
    if (this.#socket.isBehind) {
      this.#wait()
      return
    }
    this.#behindMs = 0
    const all = this.#lookAgain
    this.#lookAgain = false
    await this.#sets.tell(all)
  }

  /** A client that does not read is told nothing until it does, and then to load again. */
  #wait(): void {
    this.#sets.fallBehind()
    this.#behindMs += connectionLimits.slowLookMs
    if (this.#behindMs > connectionLimits.slowMsMax) this.#end(tooMuch())
    else this.#gather(connectionLimits.slowLookMs)
  }

  #gather(ms: number): void {
    if (this.#isOver) return
    this.#gathering ??= setTimeout(() => {
      this.#gathering = null
      this.#inTurn(() => this.#hub.turn(() => this.#tell()))
    }, ms).unref()
  }

  #inTurn(work: () => Promise<void>): void {
    this.#last = this.#last.then(async () => {
      if (this.#isOver) return
      try {
        checkStanding(this.#call)
        await work()
      } catch (error) {
        this.#end(error)
      }
    })
  }

  #end(error: unknown): void {
    if (!isFdpError(error)) {
      const { kind, at } = faultOf(error)
      const more = { 'error.type': kind, 'code.stacktrace': at.join('\n'), 'request.id': this.#call.request.id }
      this.#hub.log.error(more, 'fault')
    }
    const { status, why } = closeStatusOf(error)
    this.#isOver = true
    this.#socket.close(status, why)
  }

  #closed(status: number): void {
    this.#isOver = true
    this.#hub.remove(this)
    clearTimeout(this.#expiry)
    if (this.#gathering) clearTimeout(this.#gathering)
    this.#sets.end()
    const { request } = this.#call
    this.#hub.log.info(
      {
        'http.route': request.routeOptions.url ?? 'none',
        'fdp.websocket.close_code': status,
        'fdp.websocket.messages_sent': this.#socket.sent,
        'request.id': request.id,
      },
      'websocket closed',
    )
  }
}

function tooMuch() {
  return httpErrors('FDP_HTTP_RATE', { seconds: 60 })
}
