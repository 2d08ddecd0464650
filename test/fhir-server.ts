import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLocalJWKSet, exportJWK, generateKeyPair, type JWK, jwtVerify } from 'jose'
import { sharedPath } from './shared-data.ts'

/*
 * A server of FHIR R4 with searches, Bulk Data exports and SMART Backend Services, and whatever a test wants to go wrong.
 * `await using server = await openFhirServer({ Patient: lines })`.
 */

/** Lines of NDJSON by type. */
export type Resources = Readonly<Record<string, readonly string[]>>

type Answers = (reply: ServerResponse, request: IncomingMessage) => unknown

export interface FhirServer extends AsyncDisposable {
  readonly origin: string
  /** The base address. */
  readonly url: string
  /** Every request so far, `GET /fhir/Patient?_count=500`. */
  readonly asked: string[]
  readonly headers: IncomingMessage['headers'][]
  /** Answers the next requests instead whose line fits, in order. */
  instead(fits: RegExp, ...answers: readonly Answers[]): void
  /** Answers as usual again. */
  forget(): void
  /** How often a status says 202 before the export is there. */
  polls: number
  /** Changes the list of files of an export. */
  manifest: (usual: Readonly<Record<string, unknown>>) => unknown
  /** Exports under way, by number. */
  readonly jobs: Map<number, string>
  /** Whether a token is wanted, and those that are good. */
  locked: boolean
  readonly tokens: Set<string>
  /** What time it is there. */
  now: () => Date
  /** What the client of the tests signs with. */
  readonly key: JWK
}

export const clientId = 'fdp-of-the-tests'

export async function openFhirServer(resources: Resources, alg = 'ES384'): Promise<FhirServer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg }] })
  const plans: { fits: RegExp; answers: Answers }[] = []
  const state = {
    asked: [] as string[],
    headers: [] as IncomingMessage['headers'][],
    polls: 1,
    manifest: (usual: Readonly<Record<string, unknown>>): unknown => usual,
    jobs: new Map<number, string>(),
    locked: false,
    tokens: new Set<string>(),
    now: () => new Date('2026-11-22T06:00:00Z'),
    key: { ...(await exportJWK(privateKey)), kid: 'k1', alg },
    instead: (fits: RegExp, ...answers: readonly Answers[]) =>
      void plans.push(...answers.map((each) => ({ fits, answers: each }))),
  }
  const forget = () => {
    plans.length = 0
  }
  const server = createServer((request, reply) => {
    const line = `${request.method} ${request.url}`
    state.asked.push(line)
    state.headers.push(request.headers)
    const at = plans.findIndex(({ fits }) => fits.test(line))
    if (at >= 0) return plans.splice(at, 1)[0]?.answers(reply, request)
    const url = new URL(request.url ?? '', opened.origin)
    if (url.pathname === '/token') return void giveToken(request, reply)
    const bearer = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
    if (state.locked && !state.tokens.has(bearer)) return reply.writeHead(401).end(said)
    answer(url, request, reply)
  })

  async function giveToken(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const form = new URLSearchParams(Buffer.concat(parts).toString())
    try {
      const about = { issuer: clientId, subject: clientId, audience: `${opened.origin}/token`, maxTokenAge: 300 }
      await jwtVerify(form.get('client_assertion') ?? '', keys, {
        ...about,
        algorithms: [alg],
        currentDate: state.now(),
      })
      const token = `token-${state.tokens.size}-${form.get('scope')}`.replaceAll(/[^\w-]/g, '.')
      state.tokens.add(token)
      sendJson(reply, { access_token: token, token_type: 'bearer', expires_in: 300 })
    } catch {
      reply.writeHead(400).end('{"error":"invalid_client"}')
    }
  }

  function answer(url: URL, request: IncomingMessage, reply: ServerResponse): unknown {
    const { pathname: path } = url
    if (path.endsWith('/$export')) return begin(url, reply)
    const job = /^\/jobs\/(\d+)$/.exec(path)
    if (job) return status(Number(job[1]), request, reply)
    const file = /^\/files\/(\w+)\.ndjson$/.exec(path)
    const lines = resources[file?.[1] ?? path.replace('/fhir/', '')]
    if (!lines) return reply.writeHead(404).end(said)
    return file ? sendFile(lines, request, reply) : sendPage(lines, url, reply)
  }

  function begin(url: URL, reply: ServerResponse): void {
    const job = state.jobs.size + 1
    state.jobs.set(job, url.search)
    reply.writeHead(202, { 'content-location': `${opened.origin}/jobs/${job}` }).end()
  }

  function status(job: number, request: IncomingMessage, reply: ServerResponse): unknown {
    const asked = state.jobs.get(job)
    if (asked === undefined) return reply.writeHead(404).end(said)
    if (request.method === 'DELETE') {
      state.jobs.delete(job)
      return reply.writeHead(202).end()
    }
    if (state.polls-- > 0) return reply.writeHead(202, { 'x-progress': 'a little', 'retry-after': '3' }).end()
    const types = new URLSearchParams(asked).get('_type')?.split(',') ?? Object.keys(resources)
    const output = types.map((type) => {
      return { type, url: `${opened.origin}/files/${type}.ndjson`, count: resources[type]?.length }
    })
    const usual = { transactionTime: '2026-11-22T00:00:00Z', request: url(asked), requiresAccessToken: state.locked }
    return sendJson(reply, state.manifest({ ...usual, output, error: [] }))
  }

  const url = (search: string) => `${opened.url}/$export${search}`
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const opened: FhirServer = Object.assign(state, {
    ...{ origin, url: `${origin}/fhir`, forget },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
  return opened
}

/** What a server might let slip. */
export const canary = 'Canaryhurst'
const said = JSON.stringify({ resourceType: 'OperationOutcome', issue: [{ severity: 'error', diagnostics: canary }] })

export function sendJson(reply: ServerResponse, body: unknown): unknown {
  return reply.setHeader('content-type', 'application/fhir+json').end(JSON.stringify(body))
}

/** A page of a search, resources as they stand. */
export function pageOf(lines: readonly string[], next: string | null = null, type = 'searchset'): string {
  const link = next === null ? '' : `,"link":[{"relation":"next","url":${JSON.stringify(next)}}]`
  const entries = lines.map((line) => `{"fullUrl":"urn:x","resource":${line},"search":{"mode":"match"}}`)
  return `{"resourceType":"Bundle","type":"${type}"${link},"entry":[${entries.join(',')}]}`
}

function sendPage(lines: readonly string[], url: URL, reply: ServerResponse): void {
  const [from, count] = [Number(url.searchParams.get('from')), Number(url.searchParams.get('_count'))]
  const next = new URL(url)
  next.searchParams.set('from', String(from + count))
  reply.setHeader('content-type', 'application/fhir+json')
  reply.end(pageOf(lines.slice(from, from + count), from + count < lines.length ? next.href : null))
}

export function sendFile(lines: readonly string[], request: IncomingMessage, reply: ServerResponse): void {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  const etag = `"${createHash('sha256').update(bytes).digest('hex')}"`
  const headers = { 'content-type': 'application/fhir+ndjson', etag, 'accept-ranges': 'bytes' }
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')
  if (range === null || request.headers['if-range'] !== etag) {
    reply.writeHead(200, { ...headers, 'content-length': bytes.length }).end(bytes)
    return
  }
  const from = Number(range[1])
  const rest = bytes.subarray(from)
  const place = `bytes ${from}-${bytes.length - 1}/${bytes.length}`
  reply.writeHead(206, { ...headers, 'content-length': rest.length, 'content-range': place }).end(rest)
}

/** Says how long the answer is, sends a part of it, and hangs up. */
export function cutOff(body: string | Buffer, bytes: number, headers: Readonly<Record<string, string>> = {}): Answers {
  const whole = Buffer.from(body as string)
  return (reply) => {
    reply.writeHead(200, { ...headers, 'content-length': whole.length })
    reply.write(whole.subarray(0, bytes), () => setTimeout(() => reply.destroy(), 20))
  }
}

export function failing(status: number, headers: Readonly<Record<string, string>> = {}): Answers {
  return (reply) => reply.writeHead(status, { ...headers }).end(said)
}

/** The published resources of ten people, as they were exported. */
export function publishedResources(): Resources {
  const folder = sharedPath('data/fhir/bulk-10')
  const files = readdirSync(folder).filter((name) => name.endsWith('.000.ndjson'))
  const linesOf = (name: string) => readFileSync(`${folder}/${name}`, 'utf8').trimEnd().split('\n')
  return Object.fromEntries(files.map((name) => [name.split('.')[0]!, linesOf(name)]))
}
