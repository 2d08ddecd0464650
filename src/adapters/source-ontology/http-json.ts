import { setTimeout as wait } from 'node:timers/promises'
import type { JsonObject } from '#kernel'
import type { RemoteAddress } from '#ports'
import { remoteErrors } from './errors.ts'

const attemptsMax = 6
const requestMsMax = 300_000
const waitSecondsMax = 600
const answerBytesMax = 256 * 1024 * 1024
const repeated: readonly number[] = [429, 502, 503, 504]

/** What a server answered that is no success: its error's name, where that looks like one. */
export class Refused extends Error {
  readonly status: number
  readonly errorName: string

  constructor(status: number, errorName: string) {
    super(`refused: ${status}`)
    this.status = status
    this.errorName = errorName
  }
}

/** What comes before `/api/v2`, without a slash at the end. FDP_REMOTE_ADDRESS. */
export function checkedBase(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null
  if (!url) throw remoteErrors('FDP_REMOTE_ADDRESS', { what: 'no address can be read' })
  const local = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && local)) {
    throw remoteErrors('FDP_REMOTE_ADDRESS', { what: 'a token is not sent in clear' })
  }
  if (url.username || url.password || url.search || url.hash) {
    throw remoteErrors('FDP_REMOTE_ADDRESS', { what: 'it holds more than host and path' })
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

/**
 * One call, repeated while the server is busy. `what` names it in errors, without values. Throws Refused for any other
 * answer than success; FDP_REMOTE_UNREACHABLE, FDP_REMOTE_SIGN_IN, FDP_REMOTE_ANSWER.
 */
export async function callJson(
  { token, justification, waiting }: RemoteAddress,
  what: string,
  url: string,
  body?: JsonObject,
): Promise<JsonObject> {
  for (let attempt = 1; ; attempt++) {
    const reply = await send(url, headersOf(token, justification, body), body)
    if (reply && !repeated.includes(reply.status)) return await answerOf(reply, what)
    const says = reply ? `status ${reply.status}` : 'no answer'
    const seconds = secondsToWait(reply, attempt)
    await reply?.body?.cancel().catch(() => {})
    if (attempt === attemptsMax || seconds > waitSecondsMax) {
      throw remoteErrors('FDP_REMOTE_UNREACHABLE', { what: says })
    }
    waiting?.(seconds)
    await wait(seconds * 1_000)
  }
}

async function send(url: string, headers: Record<string, string>, body?: JsonObject): Promise<Response | null> {
  try {
    return await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      ...{ headers, redirect: 'manual', signal: AbortSignal.timeout(requestMsMax) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch {
    return null
  }
}

function headersOf(token: string, justification: string | undefined, body?: JsonObject): Record<string, string> {
  return {
    ...{ authorization: `Bearer ${token}`, accept: 'application/json' },
    ...(justification === undefined ? {} : { 'fdp-justification': encodeURIComponent(justification) }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
}

/** As the server says (RFC 9110 section 10.2.3, seconds or a date), else 0.5, 1, 2, 4, … seconds. */
function secondsToWait(reply: Response | null, attempt: number): number {
  const said = reply?.headers.get('retry-after') ?? null
  if (said !== null && /^\d{1,9}$/.test(said)) return Number(said)
  const until = said === null ? Number.NaN : Date.parse(said)
  const now = Date.parse(reply?.headers.get('date') ?? '')
  if (!Number.isNaN(until - now)) return Math.max(0, (until - now) / 1_000)
  return 2 ** (attempt - 2)
}

async function answerOf(reply: Response, what: string): Promise<JsonObject> {
  const text = await readText(reply, what)
  if (reply.status === 401) throw remoteErrors('FDP_REMOTE_SIGN_IN')
  const answer = parse(text)
  if (reply.status === 200) {
    if (answer) return answer
    throw remoteErrors('FDP_REMOTE_ANSWER', { what, why: 'it is no JSON object or list' })
  }
  const name = answer?.errorName
  throw new Refused(reply.status, typeof name === 'string' && /^[A-Za-z]{1,80}$/.test(name) ? name : `${reply.status}`)
}

async function readText(reply: Response, what: string): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const part of reply.body ?? []) {
      bytes += part.length
      if (bytes > answerBytesMax) break
      parts.push(part)
    }
  } catch {
    throw remoteErrors('FDP_REMOTE_UNREACHABLE', { what: 'the answer broke off' })
  }
  if (bytes > answerBytesMax) throw remoteErrors('FDP_REMOTE_ANSWER', { what, why: 'it is too large' })
  return Buffer.concat(parts).toString('utf8')
}

function parse(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as JsonObject) : null
  } catch {
    return null
  }
}
