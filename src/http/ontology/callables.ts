import type { CallableProvider } from '#ontology'
import { actionsOf } from './actions.ts'
import type { OntologyCall } from './call.ts'
import { queriesOf } from './queries.ts'

/** What may be called at a tenant beside reading: the actions and the queries of its ontology. */
export function callablesOf(call: Pick<OntologyCall, 'context' | 'tenant'>): {
  readonly actions: CallableProvider
  readonly queries: CallableProvider
} {
  return { actions: actionsOf(call), queries: queriesOf(call) }
}
