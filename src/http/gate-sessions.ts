import type { Session } from '#gate'
import { sha256Hex } from '#kernel'

/** For whom a session of the gate is kept: nobody else, and for nothing else, uses it. */
export interface KeptFor {
  readonly tenant: string
  readonly subject: string
  readonly purpose: string
  /** In the caller's own words, where the purpose asks for them once a session. */
  readonly justification: string | undefined
  /** Session id of the browser, of which only the hash is kept; null for a bearer token. */
  readonly browser: string | null
}

interface Kept {
  readonly session: Promise<Session>
  readonly browser: string | null
  using: number
  idle: NodeJS.Timeout | null
}

const idleMs = 5 * 60_000
const keptMax = 500

/**
 * Sessions of the gate that outlive a request: an application that asks a hundred things in a row opens one, and the
 * identities that it may see are decrypted once. A session holds no right: whatever it is asked is decided anew. It ends
 * five minutes after it was last used, with the browser's own, or with the server.
 */
export class GateSessions {
  readonly #kept = new Map<string, Kept>()

  /** Calls `work` with the session kept for somebody, opened if there is none. */
  async with<T>(of: KeptFor, open: () => Promise<Session>, work: (session: Session) => Promise<T> | T): Promise<T> {
    const browser = of.browser === null ? null : sha256Hex(of.browser)
    const id = JSON.stringify([of.tenant, of.subject, of.purpose, of.justification ?? null, browser])
    const kept = this.#kept.get(id) ?? this.#begin(id, browser, open)
    kept.using += 1
    if (kept.idle) clearTimeout(kept.idle)
    kept.idle = null
    try {
      return await work(await kept.session)
    } finally {
      kept.using -= 1
      if (kept.using === 0 && this.#kept.get(id) === kept) {
        kept.idle = setTimeout(() => void this.#end(id), idleMs).unref()
      } else if (kept.using === 0) await close(kept)
    }
  }

  /** Ends what a browser was given, once nothing of it is on its way. */
  async endOf(browser: string): Promise<void> {
    const hash = sha256Hex(browser)
    await this.#endAll((kept) => kept.browser === hash)
  }

  async close(): Promise<void> {
    await this.#endAll(() => true)
  }

  #begin(id: string, browser: string | null, open: () => Promise<Session>): Kept {
    const kept: Kept = { session: open(), browser, using: 0, idle: null }
    // One that could not be opened is not kept: the next to ask tries again.
    kept.session.catch(() => this.#kept.delete(id))
    this.#kept.set(id, kept)
    for (const [oldest, { using }] of this.#kept) {
      if (this.#kept.size <= keptMax) break
      if (using === 0 && oldest !== id) void this.#end(oldest)
    }
    return kept
  }

  async #endAll(which: (kept: Kept) => boolean): Promise<void> {
    await Promise.all([...this.#kept].filter(([, kept]) => which(kept)).map(([id]) => this.#end(id)))
  }

  /** One in use is closed by whoever uses it last. */
  async #end(id: string): Promise<void> {
    const kept = this.#kept.get(id)
    this.#kept.delete(id)
    if (!kept) return
    if (kept.idle) clearTimeout(kept.idle)
    if (kept.using === 0) await close(kept)
  }
}

async function close({ session }: Kept): Promise<void> {
  await (await session.catch(() => null))?.close()
}
