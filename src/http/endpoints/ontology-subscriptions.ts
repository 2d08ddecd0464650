import { socketEndpoint } from '../endpoint.ts'
import { httpErrors } from '../errors.ts'
import { checkOntology } from '../ontology/call.ts'
import { checkStanding } from '../ontology-subscriptions/standing.ts'
import { SubscriptionConnection } from '../ontology-subscriptions/subscription-connection.ts'

export const ontologySubscriptionEndpoints = [
  socketEndpoint({
    path: '/tenants/:tenant/api/v2/ontologySubscriptions/ontologies/:ontology/streamSubscriptions',
    summary: 'A websocket that says when watched object sets change; each message is decided anew.',
    admit(call) {
      const { context, tenant, params } = call
      checkOntology({ context, tenant, params: { ontology: params.ontology ?? '' } as never })
      checkStanding(call)
      if (!context.subscriptions.hasRoom(call.caller.subject)) throw httpErrors('FDP_HTTP_CONNECTIONS')
    },
    open(call, socket) {
      const { subscriptions } = call.context
      // Others may have come in at the same time.
      if (subscriptions.hasRoom(call.caller.subject)) new SubscriptionConnection(call, socket, subscriptions)
      else socket.close(1008, 'FDP_HTTP_CONNECTIONS')
    },
  }),
]
