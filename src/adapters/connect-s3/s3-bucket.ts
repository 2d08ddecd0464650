import { AwsV4Signer } from 'aws4fetch'
import { s3Errors } from './errors.ts'

export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Until an answer begins, and from each piece of it to the next. */
const silentMsMax = 60_000

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Of status 200: read to its end or given up, once. What is not begun has to be cancelled. */
  body(): AsyncGenerator<Uint8Array>
  cancel(): Promise<void>
}

/** Signed requests to one bucket. Throws FDP_S3_UNREACHABLE, FDP_S3_SIGN_IN; what else is refused is for the caller. */
export class S3Bucket {
  readonly #url: string
  readonly #region: string
  readonly #keys: () => Keys

  constructor(url: string, region: string, keys: () => Keys) {
    this.#url = url
    this.#region = region
    this.#keys = keys
  }

  async ask(
    method: 'GET' | 'HEAD',
    key: string,
    { query = {}, headers = {} }: { query?: Record<string, string>; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const search = Object.entries(query).map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    const path = key === '' ? '' : `/${key.split('/').map(encoded).join('/')}`
    const url = `${this.#url}${path}${search.length > 0 ? `?${search.join('&')}` : ''}`
    const silence = new Silence()
    const answer = await silence.until(() => this.#send(method, url, headers, silence.signal))
    const { status } = answer
    const lost = status >= 500 || status === 429 ? 'FDP_S3_UNREACHABLE' : null
    const refused = status === 401 || status === 403 ? 'FDP_S3_SIGN_IN' : null
    const code = lost ?? refused
    const cancel = async () => void (await answer.body?.cancel().catch(() => {}))
    if (status !== 200) await cancel()
    if (code) throw s3Errors(code)
    return { status, headers: answer.headers, body: () => pieces(answer, silence), cancel }
  }

  async #send(method: string, url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    const signer = new AwsV4Signer({ method, url, headers, service: 's3', region: this.#region, ...this.#keys() })
    const signed = await signer.sign()
    return await fetch(signed.url, { method, headers: signed.headers, redirect: 'manual', signal })
  }
}

/** Ends what is waited for too long. */
class Silence {
  readonly #ending = new AbortController()
  readonly signal = this.#ending.signal

  async until<T>(work: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.#ending.abort(), silentMsMax)
    try {
      return await work()
    } catch {
      throw s3Errors('FDP_S3_UNREACHABLE')
    } finally {
      clearTimeout(timer)
    }
  }
}

async function* pieces(answer: Response, silence: Silence): AsyncGenerator<Uint8Array> {
  const reader = answer.body?.getReader()
  if (!reader) return
  try {
    for (;;) {
      const { done, value } = await silence.until(() => reader.read())
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

/** As the signature has it (RFC 3986). */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)
}
