import type { SocketCall } from '../endpoint.ts'
import { type Opened, openFor } from '../ontology/call.ts'

/** A session for what is told at one time, opened when something has to be read for it, closed right after. */
export class Reading implements AsyncDisposable {
  readonly #call: SocketCall
  #opened: Promise<Opened> | null = null

  constructor(call: SocketCall) {
    this.#call = call
  }

  opened(): Promise<Opened> {
    this.#opened ??= openFor(this.#call)
    return this.#opened
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // That it could not be opened was told to whoever asked for it.
    const opened = await this.#opened?.catch(() => null)
    await opened?.session.close()
  }
}
