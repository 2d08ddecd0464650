import type { WebSocket } from '@fastify/websocket'
import { connectionLimits } from './connection-limits.ts'

export interface SocketEvents {
  readonly message: (text: string) => void
  /** Called every half minute while the peer answers. */
  readonly look: () => void
  readonly closed: (code: number) => void
}

/**
 * One peer's end: texts in and out. A peer that no longer answers, that says nothing for long, or that sends what is not
 * text is let go.
 */
export class SubscriberSocket {
  readonly #socket: WebSocket
  readonly #timer: NodeJS.Timeout
  #answered = true
  #silentMs = 0
  sent = 0

  constructor(socket: WebSocket, { message, look, closed }: SocketEvents) {
    this.#socket = socket
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      this.#silentMs = 0
      if (isBinary) this.close(1003, 'FDP_ONTOLOGY_REQUEST')
      else message(data.toString('utf8'))
    })
    socket.on('pong', () => {
      this.#answered = true
    })
    socket.on('close', (code: number) => {
      clearInterval(this.#timer)
      closed(code)
    })
    this.#timer = setInterval(() => this.#isAlive() && look(), connectionLimits.lookMs)
    this.#timer.unref()
  }

  send(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.sent += 1
    this.#socket.send(text)
  }

  /** The peer has not read what it was sent. */
  get isBehind(): boolean {
    return this.#socket.bufferedAmount > connectionLimits.bufferedBytesMax
  }

  /** `why` is the code of an error. A peer that does not answer the farewell is cut off. */
  close(status: number, why: string): void {
    if (this.isBehind) this.#socket.terminate()
    else this.#socket.close(status, why)
  }

  #isAlive(): boolean {
    this.#silentMs += connectionLimits.lookMs
    if (!this.#answered) this.#socket.terminate()
    else if (this.#silentMs > connectionLimits.idleMsMax) this.close(1001, 'idle')
    else {
      this.#answered = false
      this.#socket.ping()
      return true
    }
    return false
  }
}
