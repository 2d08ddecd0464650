import assert from 'node:assert/strict'

/* What an answer of the Ontology API may look like, whatever was sent. */

export interface Reply {
  readonly status: number
  readonly text: string
  readonly json: unknown
}

/** Calls of one application over HTTP. */
export class Wire {
  readonly #base: string
  readonly #headers: Readonly<Record<string, string>>

  constructor(url: string, tenant: string, headers: Readonly<Record<string, string>>) {
    this.#base = `${url}/tenants/${tenant}/api/v2/ontologies/palantirukhealth-ontology/`
    this.#headers = headers
  }

  /** `body` is sent as it is; something that is no text, as JSON. */
  async post(path: string, body: unknown): Promise<Reply> {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const headers = { ...this.#headers, 'content-type': 'application/json' }
    return await replyOf(await fetch(`${this.#base}${path}`, { method: 'POST', body: text, headers }))
  }

  async get(path: string): Promise<Reply> {
    return await replyOf(await fetch(`${this.#base}${path}`, { headers: this.#headers }))
  }
}

async function replyOf(response: Response): Promise<Reply> {
  const text = await response.text()
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/, text.slice(0, 200))
  return { status: response.status, text, json: JSON.parse(text) }
}

const statusOf: Readonly<Record<string, number>> = {
  ...{ INVALID_ARGUMENT: 400, FAILED_PRECONDITION: 400, UNAUTHORIZED: 401, PERMISSION_DENIED: 403, NOT_FOUND: 404 },
  ...{ CONFLICT: 409, REQUEST_ENTITY_TOO_LARGE: 413, RATE_LIMIT: 429 },
}

/** The documented form of an error, which is never the server's own fault. */
export function isRefusal({ status, text, json }: Reply): void {
  const { errorCode, errorName, errorInstanceId, parameters, error, ...more } = json as Record<string, unknown>
  assert.equal(statusOf[errorCode as string], status, text)
  assert.match(errorName as string, /^[A-Z][A-Za-z]+$/, text)
  assert.match(errorInstanceId as string, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, text)
  assert.ok(typeof parameters === 'object' && parameters !== null && !Array.isArray(parameters), text)
  assert.match((error as { code: string }).code, /^FDP_[A-Z]+_[A-Z_]+$/, text)
  assert.deepEqual(more, {}, text)
}

/** Two refusals that say the same, whichever request each was of. */
export function sameRefusal(a: Reply, b: Reply, renamed: Readonly<Record<string, string>> = {}): void {
  const bare = ({ text, status }: Reply) => {
    const named = Object.entries(renamed).reduce((all, [from, to]) => all.replaceAll(from, to), text)
    return `${status} ${named.replace(/"errorInstanceId":"[^"]+"/, '')}`
  }
  assert.equal(bare(a), bare(b))
}
