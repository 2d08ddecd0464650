import type { Socket } from 'node:net'
import { type FdpError, isFdpError } from '#kernel'
import type { LinkEvent, ListenOptions } from '#ports'
import { inTime } from './deadline.ts'
import { mllpErrors } from './errors.ts'
import { FrameScanner, frame, type Scanned } from './frame-scanner.ts'

const lingerMsMax = 1_000

/** One sender, until it or the listener ends. */
export class Connection {
  readonly #socket: Socket
  readonly #options: ListenOptions
  readonly #scanner: FrameScanner
  #timer: NodeJS.Timeout | undefined
  #isClosing = false
  /** Resolves when all is over. Never rejects for anything that came over the socket. */
  readonly done: Promise<void>

  constructor(socket: Socket, options: ListenOptions) {
    this.#socket = socket
    this.#options = options
    this.#scanner = new FrameScanner(options.messageBytesMax)
    socket.on('error', () => {})
    this.done = this.#serve()
  }

  /** After the answer that is being prepared, if there is one. */
  close(): void {
    this.#isClosing = true
    if (this.#timer !== undefined) this.#socket.destroy()
  }

  #tell(event: LinkEvent): void {
    this.#options.told?.(event)
  }

  async #serve(): Promise<void> {
    this.#tell({ kind: 'connected' })
    try {
      this.#await(this.#options.idleMsMax)
      // The next chunk is asked for when the last is worked off: until then the other side has to wait.
      for await (const chunk of this.#chunks()) {
        clearTimeout(this.#timer)
        this.#timer = undefined
        if (!(await this.#work(chunk))) break
      }
      if (this.#scanner.isWithinMessage) this.#tell({ kind: 'cut-off' })
    } finally {
      clearTimeout(this.#timer)
      await this.#end()
      this.#tell({ kind: 'closed' })
    }
  }

  /** What comes, until the other side ends or is lost. */
  async *#chunks(): AsyncGenerator<Uint8Array> {
    const source = this.#socket.iterator({ destroyOnReturn: false })
    try {
      for (;;) {
        const next = await source.next().catch(() => null)
        if (next === null || next.done) return
        yield next.value
      }
    } finally {
      await source.return?.()?.catch(() => {})
    }
  }

  /** False when the connection has to end. */
  async #work(chunk: Uint8Array): Promise<boolean> {
    for (const scanned of this.#scanner.push(chunk)) {
      if (this.#isClosing || !(await this.#take(scanned))) return false
      this.#messageBegan = null
    }
    if (this.#isClosing) return false
    if (!this.#scanner.isWithinMessage) {
      this.#messageBegan = null
      this.#await(this.#options.idleMsMax)
      return true
    }
    // A message has a time of its own, which single bytes do not make longer.
    this.#messageBegan ??= performance.now()
    const left = this.#options.messageMsMax - (performance.now() - this.#messageBegan)
    this.#await(Math.max(0, left))
    return true
  }

  #messageBegan: number | null = null

  #await(msMax: number): void {
    this.#timer = setTimeout(() => {
      this.#tell({ kind: 'idle' })
      this.#socket.destroy()
    }, msMax)
  }

  async #take(scanned: Scanned): Promise<boolean> {
    switch (scanned.kind) {
      case 'stray':
      case 'cut-off':
        this.#tell(scanned)
        return true
      case 'too-large': {
        const max = this.#options.messageBytesMax
        await this.#answer(scanned.bytes, mllpErrors('FDP_MLLP_TOO_LARGE', { max }))
        return false
      }
      case 'broken':
        await this.#answer(scanned.bytes, mllpErrors('FDP_MLLP_FRAME'))
        return false
      case 'message':
        return await this.#takeMessage(scanned.bytes)
    }
  }

  async #takeMessage(bytes: Uint8Array): Promise<boolean> {
    const refused = await inTime(this.#stored(bytes), this.#options.storeMsMax)
    if (refused === null) this.#tell({ kind: 'stored' })
    if (refused !== 'late') return await this.#answer(bytes, refused)
    // It may still be stored; what comes after it must not overtake it.
    await this.#answer(bytes, mllpErrors('FDP_MLLP_STORE'))
    return false
  }

  /** Why it was not stored; null if it was. Whatever fails here must not end the process at a sender's will. */
  async #stored(bytes: Uint8Array): Promise<FdpError | null> {
    try {
      const refused = this.#options.language.refusal(bytes)
      if (!refused) await this.#options.store(bytes)
      return refused
    } catch (error) {
      return isFdpError(error) ? error : mllpErrors('FDP_MLLP_STORE')
    }
  }

  /** False where the other side does not take it. */
  async #answer(message: Uint8Array, refused: FdpError | null): Promise<boolean> {
    if (refused) this.#tell({ kind: 'refused', code: refused.code })
    const bytes = frame(this.#options.language.answer(message, refused))
    const taken = new Promise<boolean>((resolve) => {
      if (this.#socket.destroyed || !this.#socket.writable) resolve(false)
      else this.#socket.write(bytes, (error) => resolve(!error))
    })
    const isTaken = (await inTime(taken, this.#options.messageMsMax)) === true
    if (!isTaken) this.#tell({ kind: 'unanswered' })
    return isTaken
  }

  /**
   * Lets the last answer out. What still comes is read and thrown away for a while: closing over it would make the other
   * side's system forget the answer.
   */
  async #end(): Promise<void> {
    if (!this.#socket.destroyed) {
      const gone = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
      this.#socket.end()
      this.#socket.resume()
      await inTime(gone, lingerMsMax)
    }
    this.#socket.destroy()
  }
}
