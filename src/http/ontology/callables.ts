import type { Tenant } from '#node'
import { type CallableProvider, noCallables } from '#ontology'

/** What may be called at a tenant beside reading: the actions and the queries of its ontology. */
export function callablesOf(_tenant: Tenant): {
  readonly actions: CallableProvider
  readonly queries: CallableProvider
} {
  return { actions: noCallables, queries: noCallables }
}
