import { addMs, type Clock, type Instant, msBetween } from '#kernel'
import { fhirServerErrors } from './errors.ts'
import { type Allowed, followed } from './links.ts'
import { msToWait } from './retry-after.ts'

/** How often whatever may be repeated is tried in all. */
export const attemptsMax = 6
const redirectsMax = 3
/** Longer than this a server that is busy is not waited for: whoever asked comes back. */
const busyMsMax = 3_600_000
const redirects: readonly number[] = [301, 302, 303, 307, 308]

export interface Request {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Where it may be sent on to. */
  readonly allowed: Allowed
  /** Whether it carries a token; that goes to the server itself only. */
  readonly signed: boolean
  /** It does something there: without an answer it is not known whether it arrived, and it is not sent again. */
  readonly once?: boolean
}

export interface Reply {
  readonly status: number
  readonly headers: Headers
  /** Where it came from in the end. */
  readonly url: URL
  /** Once. Throws BrokenOff where it stops before its end. */
  bytes(): AsyncIterable<Buffer>
  /** Instead of reading it. */
  drop(): void
}

/** An answer that stopped in the middle; `final` is what that means where it is not tried again. */
export class BrokenOff extends Error {
  readonly final: Error

  constructor(final: Error) {
    super('broken off')
    this.final = final
  }
}

export interface WireInput {
  readonly server: URL
  readonly clock: Clock
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>
  readonly stopped: AbortSignal
  readonly requestSecondsMax: number
  readonly answerBytesMax: number
  readonly answerHoursMax: number
  readonly began: Instant
  readonly attempts: number
}

/** What gives tokens; null where none are wanted. */
export interface Tokens {
  token(wire: Wire): Promise<string>
  forget(token: string): void
}

/**
 * Requests for one answer, one after another. FDP_FHIRSERVER_AWAY, FDP_FHIRSERVER_TOO_LARGE, FDP_FHIRSERVER_TOO_LONG,
 * FDP_FHIRSERVER_ELSEWHERE.
 */
export class Wire {
  readonly #input: WireInput
  readonly #tokens: Tokens | null
  readonly #until: Instant
  #received = 0

  constructor(input: WireInput, tokens: Tokens | null) {
    this.#input = input
    this.#tokens = tokens
    this.#until = addMs(input.began, input.answerHoursMax * 3_600_000)
  }

  /**
   * Whatever the server says, asked for again while it is busy or at fault (429, and all from 500 on). What is still so
   * after the last attempt is FDP_FHIRSERVER_AWAY, or the answer where that is a fault of its own (500).
   */
  async call(request: Request): Promise<Reply> {
    let renewed = false
    for (let attempt = 1; ; attempt++) {
      const token = request.signed && this.#tokens ? await this.#tokens.token(this) : null
      const reply = await this.#send(request, token)
      if (reply?.status === 401 && token !== null && !renewed) {
        reply.drop()
        this.#tokens?.forget(token)
        renewed = true
        continue
      }
      if (reply && reply.status !== 429 && reply.status < 500) return reply
      const last = attempt >= this.#input.attempts || (reply === null && request.once === true)
      if (reply && last && ![429, 502, 503, 504].includes(reply.status)) return reply
      const ms = msToWait(reply?.headers ?? null, attempt, this.#input.clock)
      reply?.drop()
      if (last || ms > busyMsMax) throw away(reply ? `status ${reply.status}` : 'no answer')
      await this.pause(ms)
    }
  }

  /** A short answer, asked for again where it breaks off. */
  async text(request: Request, bytesMax: number): Promise<{ readonly reply: Reply; readonly text: string }> {
    for (let attempt = 1; ; attempt++) {
      const reply = await this.call(request)
      try {
        return { reply, text: (await readUpTo(reply.bytes(), bytesMax)).toString('utf8') }
      } catch (error) {
        if (error instanceof BrokenOff) await this.pauseAfterBreak(attempt, error)
        else throw error
      }
    }
  }

  /** Before the next attempt; throws what a break means after the last. */
  async pauseAfterBreak(attempt: number, broken: BrokenOff): Promise<void> {
    if (attempt >= this.#input.attempts) throw broken.final
    await this.pause(msToWait(null, attempt, this.#input.clock))
  }

  async pause(ms: number): Promise<void> {
    if (msBetween(this.#input.clock.now(), this.#until) < ms) throw this.#tooLong()
    await this.#input.wait(ms, this.#input.stopped).catch(() => {})
    this.#goesOn()
  }

  #goesOn(): void {
    if (this.#input.stopped.aborted) throw away('the connection was closed here')
    if (this.#input.clock.now() > this.#until) throw this.#tooLong()
  }

  async #send(request: Request, token: string | null): Promise<Reply | null> {
    let url = request.url
    for (let hops = 0; ; hops++) {
      this.#goesOn()
      const reply = await this.#fetch(request, url, token)
      if (reply === null || !redirects.includes(reply.status)) return reply
      reply.drop()
      const mayFollow = (request.method ?? 'GET') === 'GET' && hops < redirectsMax
      url = followed(mayFollow ? reply.headers.get('location') : null, url, request.allowed, 'it sends a request on')
    }
  }

  /** Null: no answer came. */
  async #fetch(request: Request, url: URL, token: string | null): Promise<Reply | null> {
    const { server, requestSecondsMax, stopped } = this.#input
    const giveUp = new AbortController()
    const signed = token !== null && url.origin === server.origin
    const silence = () => setTimeout(() => giveUp.abort(), requestSecondsMax * 1_000)
    const timer = silence()
    try {
      const response = await fetch(url, {
        method: request.method ?? 'GET',
        headers: { ...request.headers, ...(signed ? { authorization: `Bearer ${token}` } : {}) },
        ...(request.body === undefined ? {} : { body: request.body }),
        ...{ redirect: 'manual', credentials: 'omit', signal: AbortSignal.any([giveUp.signal, stopped]) },
      })
      const { status, headers } = response
      const bytes = () => this.#bytes(response, giveUp, silence)
      return { status, headers, url, bytes, drop: () => giveUp.abort() }
    } catch {
      return null
    } finally {
      clearTimeout(timer)
    }
  }

  async *#bytes(response: Response, giveUp: AbortController, silence: () => NodeJS.Timeout): AsyncGenerator<Buffer> {
    const reader = response.body?.getReader()
    try {
      while (reader) {
        const timer = silence()
        const { value, done } = await reader
          .read()
          .catch(() => {
            this.#goesOn()
            throw new BrokenOff(away('its answer broke off'))
          })
          .finally(() => clearTimeout(timer))
        if (done) return
        this.#goesOn()
        this.#received += value.length
        const max = this.#input.answerBytesMax
        if (this.#received > max) throw fhirServerErrors('FDP_FHIRSERVER_TOO_LARGE', { max })
        yield Buffer.from(value.buffer, value.byteOffset, value.length)
      }
    } finally {
      giveUp.abort()
    }
  }

  #tooLong(): Error {
    return fhirServerErrors('FDP_FHIRSERVER_TOO_LONG', { hours: this.#input.answerHoursMax })
  }
}

/** What an answer that is no success means. What stands in it is not looked at. */
export function refusalIn({ status }: Reply): Error {
  const what = `status ${status}`
  if (status === 401 || status === 403) return fhirServerErrors('FDP_FHIRSERVER_SIGN_IN', { what })
  if (status >= 400 && status < 500) return fhirServerErrors('FDP_FHIRSERVER_QUESTION', { what })
  return status >= 500 ? away(what) : fhirServerErrors('FDP_FHIRSERVER_ANSWER', { what })
}

/** FDP_FHIRSERVER_ANSWER for more. */
export async function readUpTo(bytes: AsyncIterable<Buffer>, bytesMax: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of bytes) {
    length += part.length
    if (length > bytesMax) throw fhirServerErrors('FDP_FHIRSERVER_ANSWER', { what: 'it is longer than such a one is' })
    parts.push(part)
  }
  return Buffer.concat(parts)
}

export function away(what: string): Error {
  return fhirServerErrors('FDP_FHIRSERVER_AWAY', { what })
}
