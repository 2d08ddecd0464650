import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { asDeclared, readYaml, type Wrong } from '#declared'
import { connectionName } from '#docks'
import { isMissing, writeDurably } from '#files'
import { canonicalJson, type FdpError, isFdpError, type JsonObject } from '#kernel'
import type { Connection, Question } from '#ports'
import type { Adapters } from './adapters.ts'
import { nodeErrors } from './errors.ts'

/** A connection as it is declared, or what is wrong with its declaration. */
export interface DeclaredConnection {
  readonly name: string
  readonly kind: string | null
  readonly problem: FdpError | null
}

const suffix = '.yaml'
const secretName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/
const othersMask = 0o077

/**
 * What the folder `connections` of a tenant declares. Each is opened when it is first asked for, and anew when its
 * declaration has changed. FDP_NODE_CONNECTION, FDP_NODE_NO_CONNECTION.
 */
export class Connections {
  readonly #folder: string
  readonly #kinds: Adapters['connections']
  readonly #open = new Map<string, { readonly text: string; readonly connection: Connection }>()

  #isClosed = false

  constructor(tenantFolder: string, kinds: Adapters['connections']) {
    this.#folder = join(tenantFolder, 'connections')
    this.#kinds = kinds
  }

  list(): readonly DeclaredConnection[] {
    return this.#names().map((name) => {
      try {
        return { name, kind: this.#declared(name, this.#text(name)).kind, problem: null }
      } catch (error) {
        if (isFdpError(error)) return { name, kind: null, problem: error }
        throw error
      }
    })
  }

  of(name: string): Connection {
    if (this.#isClosed) throw nodeErrors('FDP_NODE_ENDING')
    const text = this.#text(name)
    const known = this.#open.get(name)
    if (known?.text === text) return known.connection
    const { kind, settings } = this.#declared(name, text)
    const connection = this.#kinds[kind]!.open(settings, (file) => this.#secret(name, file))
    void known?.connection.close().catch(() => {})
    this.#open.set(name, { text, connection })
    return connection
  }

  /** What is being asked fails; nothing is opened afterwards. */
  async close(): Promise<void> {
    this.#isClosed = true
    const open = [...this.#open.values()]
    this.#open.clear()
    await Promise.allSettled(open.map(({ connection }) => connection.close()))
  }

  #names(): readonly string[] {
    if (!existsSync(this.#folder)) return []
    const names = readdirSync(this.#folder).filter((file) => file.endsWith(suffix))
    return names
      .map((file) => file.slice(0, -suffix.length))
      .filter((name) => new RegExp(connectionName).test(name))
      .sort()
  }

  #text(name: string): string {
    const names = this.#names()
    if (!names.includes(name)) throw nodeErrors('FDP_NODE_NO_CONNECTION', { connection: name, known: names.join(', ') })
    return readFileSync(join(this.#folder, `${name}${suffix}`), 'utf8')
  }

  #declared(name: string, text: string): { readonly kind: string; readonly settings: JsonObject } {
    const wrong: Wrong = (where, what) => nodeErrors('FDP_NODE_CONNECTION', { connection: name, where, what })
    const { kind, ...given } = record(readYaml(text, wrong)) ?? {}
    const known = Object.keys(this.#kinds).sort()
    if (typeof kind !== 'string' || !known.includes(kind)) throw wrong('kind', `not one of ${known.join(', ')}`)
    const { settings: schema } = this.#kinds[kind]!
    const settings = asDeclared(schema, given, wrong) as JsonObject
    return { kind, settings }
  }

  /** Of a file beside the declaration that nobody but its owner may read. */
  #secret(name: string, file: string): string {
    const wrong = (what: string) => nodeErrors('FDP_NODE_CONNECTION', { connection: name, where: 'a secret', what })
    if (!secretName.test(file)) throw wrong('not the name of a file beside it')
    const path = join(this.#folder, file)
    const found = statSync(path, { throwIfNoEntry: false })
    if (!found?.isFile()) throw wrong('its file is not there')
    if (process.platform !== 'win32' && (found.mode & othersMask) !== 0)
      throw wrong('its file can be read by others than its owner')
    return readFileSync(path, 'utf8').trim()
  }
}

function record(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null
}

/** What an answer that takes hours notes for itself: a small file of the tenant for each dock. */
export function noteOf(tenantFolder: string, dock: string): Question['note'] {
  const folder = join(tenantFolder, 'notes')
  const path = join(folder, `${dock}.json`)
  return {
    async read() {
      try {
        return record(JSON.parse(await readFile(path, 'utf8'))) as JsonObject | null
      } catch (error) {
        if (isMissing(error) || error instanceof SyntaxError) return null
        throw error
      }
    },
    async write(note) {
      if (note === null) return await rm(path, { force: true })
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeDurably(path, `${path}.new`, Buffer.from(canonicalJson(note)))
    },
  }
}
