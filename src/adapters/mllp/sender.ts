import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import type { MessageSender, OpenMessageSender, SendOptions, Verdict } from '#ports'
import { inTime } from './deadline.ts'
import { mllpErrors } from './errors.ts'
import { FrameScanner, frame } from './frame-scanner.ts'

/** An answer holds no document. */
const answerBytesMax = 64 * 1024

/** See the port. Connects with the first message, and again whenever the connection is gone. */
export const openMessageSender: OpenMessageSender = (options) => new Sender(options)

class Sender implements MessageSender {
  readonly #options: SendOptions
  readonly #closing = new AbortController()
  #line: Line | null = null
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: SendOptions) {
    this.#options = options
  }

  async reach(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#closing.signal.aborted) throw mllpErrors('FDP_MLLP_CLOSED')
      if (!(await this.#connected())) throw mllpErrors('FDP_MLLP_UNREACHABLE', { attempts: 1 })
    })
  }

  /** FDP_MLLP_REFUSED, FDP_MLLP_UNREACHABLE, FDP_MLLP_UNANSWERED, FDP_MLLP_CLOSED; RangeError for VT or FS in it. */
  async send(message: Uint8Array): Promise<void> {
    const bytes = frame(message)
    await this.#inTurn(() => this.#sendInTurn(message, bytes))
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {})
    await done
  }

  async #sendInTurn(message: Uint8Array, bytes: Uint8Array): Promise<void> {
    const { attemptsMax, waitMs, waitMsMax } = this.#options
    let hasBeenSent = false
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      if (attempt > 1) await this.#pause(Math.min(waitMs * 2 ** (attempt - 2), waitMsMax))
      if (this.#closing.signal.aborted) throw mllpErrors('FDP_MLLP_CLOSED')
      const line = await this.#connected()
      if (!line) continue
      hasBeenSent = true
      const verdict = await this.#exchanged(line, message, bytes)
      if (verdict?.says === 'accepted') return
      if (verdict?.says === 'refused') throw mllpErrors('FDP_MLLP_REFUSED', { code: codeName(verdict.code) })
    }
    if (this.#closing.signal.aborted) throw mllpErrors('FDP_MLLP_CLOSED')
    throw mllpErrors(hasBeenSent ? 'FDP_MLLP_UNANSWERED' : 'FDP_MLLP_UNREACHABLE', { attempts: attemptsMax })
  }

  async #pause(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.#closing.signal }).catch(() => {})
  }

  async #connected(): Promise<Line | null> {
    if (this.#line?.isOpen) return this.#line
    this.#line = await openLine(this.#options)
    if (this.#closing.signal.aborted) this.#line?.end()
    return this.#line
  }

  /** Null without an answer to this message: the connection is given up, so that no later one is taken for it. */
  async #exchanged(line: Line, message: Uint8Array, bytes: Uint8Array): Promise<Verdict | null> {
    const answer = await line.exchange(bytes, this.#options.answerMsMax)
    const verdict = answer && this.#options.language.verdict(message, answer)
    if (verdict && verdict.says !== 'unrelated') return verdict
    line.end()
    return null
  }

  /** What is being sent is given up with FDP_MLLP_CLOSED, and whatever waits for its turn. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#line?.end()
    await this.#turn
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/** The other side's word, if it looks like a code. */
function codeName(code: string): string {
  return /^[A-Z]{2}$/.test(code) ? code : 'no code'
}

async function openLine({ host, port, tls, connectMsMax }: SendOptions): Promise<Line | null> {
  const socket = tls === null ? connect({ host, port }) : connectTls({ host, port, minVersion: 'TLSv1.2', ...tls })
  socket.on('error', () => {})
  const ready = new Promise<boolean>((resolve) => {
    socket.once(tls === null ? 'connect' : 'secureConnect', () => resolve(true))
    socket.once('close', () => resolve(false))
  })
  if ((await inTime(ready, connectMsMax)) === true) return new Line(socket)
  socket.destroy()
  return null
}

/** One connection: what is said, and what is answered to it. */
class Line {
  readonly #socket: Socket
  #scanner = new FrameScanner(answerBytesMax)
  #heard: ((answer: Uint8Array | null) => void) | null = null

  constructor(socket: Socket) {
    this.#socket = socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#hear(chunk))
    socket.once('end', () => socket.destroy())
    socket.once('close', () => this.#heard?.(null))
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable
  }

  /** What nobody has asked for, and what cannot be trusted, ends the connection. */
  #hear(chunk: Uint8Array): void {
    for (const scanned of this.#scanner.push(chunk)) {
      if (scanned.kind === 'stray' || scanned.kind === 'cut-off') continue
      if (scanned.kind === 'message' && this.#heard !== null) {
        this.#heard(scanned.bytes)
        this.#heard = null
      } else {
        this.end()
        return
      }
    }
  }

  async exchange(bytes: Uint8Array, msMax: number): Promise<Uint8Array | null> {
    const heard = new Promise<Uint8Array | null>((resolve) => {
      this.#heard = resolve
      if (!this.isOpen) return resolve(null)
      this.#socket.write(bytes)
    })
    const answer = await inTime(heard, msMax)
    this.#heard = null
    return answer === 'late' ? null : answer
  }

  end(): void {
    this.#socket.destroy()
  }
}
