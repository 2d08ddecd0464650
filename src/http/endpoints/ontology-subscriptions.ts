import { socketEndpoint } from '../endpoint.ts'
import { checkOntology } from '../ontology/call.ts'
import { checkStanding } from '../ontology-subscriptions/standing.ts'
import { SubscriptionConnection } from '../ontology-subscriptions/subscription-connection.ts'

export const ontologySubscriptionEndpoints = [
  socketEndpoint({
    path: '/tenants/:tenant/api/v2/ontologySubscriptions/ontologies/:ontology/streamSubscriptions',
    summary: 'A websocket that says when watched object sets change; each message is decided anew.',
    admit(call) {
      checkOntology({ tenant: call.tenant, params: { ontology: call.params.ontology ?? '' } as never })
      checkStanding(call)
      call.context.subscriptions.checkRoom(call.caller.subject)
    },
    open(call, socket) {
      new SubscriptionConnection(call, socket, call.context.subscriptions)
    },
  }),
]
