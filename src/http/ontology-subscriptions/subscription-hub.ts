import type { LedgerEntry } from '#ledger'
import type { Log, Tenant } from '#node'
import { type DataChange, dataChangeIn } from '#ontology'
import { connectionLimits } from './connection-limits.ts'

/** A connection, as far as the hub knows it. */
export interface Subscriber {
  readonly tenant: Tenant
  readonly subject: string
  readonly subscriptions: number
  /** Data changed. Must not throw: the ledger calls it. */
  notice(change: DataChange): void
  /** Who may do what may have changed. Must not throw. */
  lookAgain(): void
}

/**
 * All open connections of a node. Hears every entry of the tenants that somebody is connected to, and hands on what it
 * changes; keeps nothing of it.
 */
export class SubscriptionHub {
  readonly log: Log
  readonly #subscribers = new Set<Subscriber>()
  readonly #heard = new WeakSet<Tenant>()
  readonly #waiting: (() => void)[] = []
  #turns = 0

  constructor(log: Log) {
    this.log = log
  }

  /** Whether one more connection of this person is within the limits. */
  hasRoom(subject: string): boolean {
    const { connectionsMax, connectionsPerSubjectMax } = connectionLimits
    const own = [...this.#subscribers].filter((each) => each.subject === subject).length
    return this.#subscribers.size < connectionsMax && own < connectionsPerSubjectMax
  }

  add(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber)
    const { tenant } = subscriber
    if (this.#heard.has(tenant)) return
    this.#heard.add(tenant)
    tenant.ledger.onAppend((entry) => this.#hear(tenant, entry))
  }

  remove(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber)
  }

  /** For the metrics: how many connections, and how many object sets they watch. */
  figures(tenant: Tenant): { readonly connections: number; readonly subscriptions: number } {
    const own = [...this.#subscribers].filter((each) => each.tenant === tenant)
    return { connections: own.length, subscriptions: own.reduce((sum, { subscriptions }) => sum + subscriptions, 0) }
  }

  /** A few connections at a time are worked for; the others wait, at most one turn each. */
  async turn(work: () => Promise<void>): Promise<void> {
    if (this.#turns >= connectionLimits.turnsMax) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#turns += 1
    try {
      await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#turns -= 1
    }
  }

  #hear(tenant: Tenant, entry: LedgerEntry): void {
    const change = dataChangeIn(entry, tenant.edits)
    const governs = tenant.governance.state().changedAt === entry.index
    if (!change && !governs) return
    for (const subscriber of this.#subscribers) {
      if (subscriber.tenant !== tenant) continue
      if (change) subscriber.notice(change)
      if (governs) subscriber.lookAgain()
    }
  }
}
