import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import WebSocket from 'ws'

/*
 * A client of the subscriptions over a real websocket, that keeps all it is told: `await using one = await
 * subscriber(site.url, token)`, then `await one.ask(1, base('RttPeriod'))` and `await one.next('refreshObjectSet')`.
 */

export interface StreamMessage {
  readonly type: string
  readonly id: string
  readonly [more: string]: unknown
}

export interface Answer {
  readonly type: 'success' | 'error'
  readonly id?: string
  readonly errors?: readonly { readonly error: string; readonly args: readonly { name: string; value: string }[] }[]
}

export const ontology = 'palantirukhealth-ontology'

export function streamPath(tenant = 'alder-vale', name = ontology): string {
  return `/tenants/${tenant}/api/v2/ontologySubscriptions/ontologies/${name}/streamSubscriptions`
}

export function base(objectType: string): object {
  return { type: 'base', objectType }
}

/** A request as the client makes it. */
export function watching(objectSet: object, propertySet: readonly string[] = []): object {
  const objectLoadingResponseOptions = { shouldLoadObjectRids: true }
  return { objectSet, propertySet, referenceSet: [], objectLoadingResponseOptions }
}

export class Subscriber implements AsyncDisposable {
  readonly socket: WebSocket
  readonly told: StreamMessage[] = []
  /** Code and reason, once it is closed. */
  closed: readonly [code: number, reason: string] | null = null
  #read = 0
  #asked = 0

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data) => this.told.push(JSON.parse(String(data)) as StreamMessage))
    socket.on('close', (code, reason) => {
      this.closed = [code, String(reason)]
    })
    socket.on('error', () => {})
  }

  /** Says all that it wants; gives back the answers. */
  async ask(...requests: readonly object[]): Promise<readonly Answer[]> {
    this.#asked += 1
    const id = String(this.#asked)
    this.socket.send(JSON.stringify({ id, requests }))
    const found = () => this.told.find((each) => each.type === 'subscribeResponses' && each.id === id)
    await until(() => found() !== undefined || this.closed !== null)
    return (found()?.responses ?? []) as readonly Answer[]
  }

  /** The next message that is no answer, within a quarter of a minute. */
  async next(): Promise<StreamMessage> {
    const rest = () => this.told.filter(({ type }) => type !== 'subscribeResponses')
    await until(() => rest().length > this.#read)
    this.#read += 1
    return rest()[this.#read - 1]!
  }

  /** Messages that came and were not asked for by `next`. */
  get unread(): readonly StreamMessage[] {
    return this.told.filter(({ type }) => type !== 'subscribeResponses').slice(this.#read)
  }

  async end(): Promise<readonly [number, string]> {
    await until(() => this.closed !== null)
    return this.closed!
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.closed !== null) return
    this.socket.terminate()
    await this.end()
  }
}

export interface Door {
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly protocols?: readonly string[]
}

/** A connection that is open. */
export async function subscriber(url: string, token: string, { path = streamPath(), headers = {} }: Door = {}) {
  const socket = new WebSocket(`${url}${path}`, [`Bearer-${token}`], { headers })
  const made = new Subscriber(socket)
  await once(socket, 'open')
  return made
}

/** What somebody is told at the door who is not let in: status, and the code of the error. */
export async function turnedAway(url: string, { path = streamPath(), headers = {}, protocols = [] }: Door) {
  const socket = new WebSocket(`${url}${path}`, [...protocols], { headers })
  socket.on('error', () => {})
  return await new Promise<readonly [status: number, code: string]>((resolve, reject) => {
    socket.once('open', () => {
      socket.terminate()
      reject(new Error('it was let in'))
    })
    socket.once('unexpected-response', (_, response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.once('end', () => {
        resolve([response.statusCode ?? 0, (JSON.parse(text) as { error: { code: string } }).error.code])
      })
    })
  })
}

export async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 1_500; i++) {
    if (isSo()) return
    await wait(10)
  }
  throw new Error('it did not happen within a quarter of a minute')
}
