import { type Clock, type Instant, type JsonObject, limits, msBetween, type SubjectId, sha256Hex } from '#kernel'
import type { FdpNode, Tenant } from '#node'
import type { ProvedIdentity } from '#ports'
import { httpErrors } from './errors.ts'
import { inPostAt } from './register.ts'

interface Window {
  readonly since: Instant
  written: number
  dropped: number
}

export interface RefusedSignIn {
  /** Code of the error that the caller got. */
  readonly reason: string
  /** Whom the attempt named, if anybody: it may be anything. */
  readonly subject: string | null
  /** The tenant that the request was about, if it named one. */
  readonly tenant: string | null
  readonly address: string
}

const windowMs = 60_000
const namedCharactersMax = 100
const tokensMax = 10_000

/**
 * Sign-ins in the ledgers: made, ended, refused. A refusal goes to the tenant that the request named; else to those
 * where the named person is registered; else to every tenant of the node, since any of them may have been meant. One by
 * one up to a rate for each tenant and person, then one summary a minute. No token and no session id is ever given to it.
 */
export class SignInRecord {
  readonly #node: FdpNode
  readonly #clock: Clock
  readonly #windows = new Map<string, Window>()
  readonly #tokens = new Set<string>()

  constructor(node: FdpNode) {
    this.#node = node
    this.#clock = node.adapters.clock
  }

  /** In every tenant where the person is in post. Durable when it resolves: no session begins before. */
  async made(subject: SubjectId, proved: ProvedIdentity): Promise<void> {
    const { issuer, kind, strength, authenticatedAt } = proved
    const how: JsonObject = { issuer, kind, strength: { acr: strength.acr, amr: [...strength.amr] }, authenticatedAt }
    await this.#everywhere(subject, { type: 'sign-in.made', governance: { subject, surface: 'http', ...how } })
  }

  /** The first time that a token is used; known again by its hash. */
  async madeByToken(token: string, subject: SubjectId, proved: ProvedIdentity): Promise<void> {
    const key = sha256Hex(token)
    if (this.#tokens.has(key)) return
    await this.made(subject, proved)
    this.#tokens.add(key)
    for (const oldest of this.#tokens) if (this.#tokens.size > tokensMax) this.#tokens.delete(oldest)
  }

  async ended(subject: SubjectId): Promise<void> {
    await this.#everywhere(subject, { type: 'sign-in.ended', governance: { subject, surface: 'http' } })
  }

  /** A refusal that cannot be written is still a refusal. */
  async refused(refusal: RefusedSignIn): Promise<void> {
    for (const tenant of this.#concerned(refusal)) await this.#write(tenant, refusal).catch(() => {})
  }

  /** Writes the summaries that are due; called when serving ends. */
  async flush(): Promise<void> {
    for (const key of [...this.#windows.keys()]) await this.#close(key).catch(() => {})
  }

  async #everywhere(subject: SubjectId, entry: Parameters<Tenant['ledger']['append']>[0]): Promise<void> {
    const posts = inPostAt(this.#node, subject, this.#clock.now())
    const writable = posts.filter((tenant) => tenant.standstill() === null)
    // What nobody can write down does not happen.
    if (writable.length === 0) throw posts[0]?.standstill() ?? httpErrors('FDP_HTTP_NOT_IN_POST')
    await Promise.all(writable.map(({ ledger }) => ledger.append(entry)))
  }

  #concerned({ tenant, subject }: RefusedSignIn): readonly Tenant[] {
    const all = [...this.#node.tenants.values()]
    const named = all.filter(({ profile }) => profile.id === tenant)
    if (named.length > 0) return named
    const theirs = all.filter((each) => subject !== null && isRegistered(each, subject))
    return theirs.length > 0 ? theirs : all
  }

  async #write(tenant: Tenant, { reason, subject, address }: RefusedSignIn): Promise<void> {
    const known = subject !== null && isRegistered(tenant, subject) ? subject : 'unknown'
    const window = await this.#window(`${tenant.profile.id} ${known}`)
    if (window.written >= limits.refusalsPerMinuteMax) {
      window.dropped += 1
      return
    }
    window.written += 1
    // Names that nobody registered are the caller's words: they go into the part that can be erased.
    const asked =
      known === 'unknown' && subject !== null ? { subject: subject.slice(0, namedCharactersMax).toWellFormed() } : {}
    const governance = { subject: known, reason, surface: 'http' }
    await tenant.ledger.append({ type: 'sign-in.refused', governance, detail: { from: address, asked } })
  }

  async #window(key: string): Promise<Window> {
    const now = this.#clock.now()
    const open = this.#windows.get(key)
    if (open && msBetween(open.since, now) < windowMs) return open
    await this.#close(key)
    const fresh = { since: now, written: 0, dropped: 0 }
    this.#windows.set(key, fresh)
    return fresh
  }

  async #close(key: string): Promise<void> {
    const window = this.#windows.get(key)
    this.#windows.delete(key)
    if (!window || window.dropped === 0) return
    const [tenant = '', subject = ''] = key.split(' ')
    await this.#node.tenant(tenant).ledger.append({
      type: 'sign-in.refusals-summarised',
      governance: { subject, since: window.since, refusals: window.dropped, surface: 'http' },
    })
  }
}

function isRegistered({ governance }: Tenant, subject: string): boolean {
  return governance.state().persons.has(subject)
}
