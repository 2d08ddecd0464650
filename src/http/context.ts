import type { MetricResult } from '#metrics'
import type { FdpNode } from '#node'
import type { TemporaryObjectSets } from '#ontology'
import type { Identity } from '#ports'
import type { Product } from '#products'
import type { GateSessions } from './gate-sessions.ts'
import type { SubscriptionHub } from './ontology-subscriptions/subscription-hub.ts'
import type { PendingSignIns } from './pending.ts'
import type { Sessions } from './sessions.ts'
import type { SignInRecord } from './sign-in-record.ts'

/** What every request is answered with. */
export interface HttpContext {
  readonly node: FdpNode
  /** Figures released when the day was run, each to somebody. */
  readonly released: readonly { readonly tenant: string; readonly result: MetricResult }[]
  /** Whose metrics are queries. */
  readonly products: readonly Product[]
  /** Null: nobody can sign in here. */
  readonly identity: Identity | null
  /** By which browsers know this node: scheme, host and port. */
  readonly origin: string
  readonly sessions: Sessions
  readonly pending: PendingSignIns
  readonly record: SignInRecord
  readonly objectSets: TemporaryObjectSets
  /** Of applications that ask much in a row. */
  readonly gateSessions: GateSessions
  readonly subscriptions: SubscriptionHub
}
