import type { Command } from 'commander'
import { readRoutes, routeOf, sendSoon, sendWaiting } from '#node'
import { checkMayDecide, dropMessage, messageNumber, type OutboundQueue, outboundQueue, putBack } from '#outbound'
import { printRows } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { actingOptions, contextOf } from '../scene.ts'

/** `fdp outbound list`, `queue`, `send`, `retry`, `drop`: what goes to other systems when actions change records. */
export function outboundCommands(program: Command, act: Act): void {
  const outbound = noun(program, 'outbound', 'messages of HL7 v2 that go to other systems when actions change records')
  act(actingOptions(outbound.command('list').description('every queue, and how it stands')), async (scene, options) => {
    const { tenant } = await scene.acting(contextOf(options))
    const rows: (readonly (string | number)[])[] = []
    for (const each of readRoutes(tenant)) {
      if ('wrong' in each) rows.push([each.id, '', '', '', '', '', each.wrong.message])
      else
        rows.push([
          each.id,
          `${each.route.host}:${each.route.port}`,
          ...standing(await outboundQueue(tenant.ledger, each.id)),
        ])
    }
    printRows(scene.io, ['queue', 'to', 'waiting', 'put aside', 'sent', 'last sent', 'state'], rows)
  })
  act(
    actingOptions(
      outbound.command('queue').argument('<queue>').description('what waits, in order, and why; never what it says'),
    ),
    async (scene, options, [id = '']) => {
      const { tenant } = await scene.acting(contextOf(options))
      routeOf(tenant, id)
      const { waiting, failing } = await outboundQueue(tenant.ledger, id)
      const rows = [...waiting.values()].map((message, i) => {
        const { id, at, action, event, tried, aside } = message
        return [
          ...[id, messageNumber(message), event, action, at, aside ? 'put aside' : tried ? 'tried' : 'waits'],
          aside ?? (i === 0 ? (failing ?? '') : ''),
        ]
      })
      printRows(scene.io, ['message', 'number', 'event', 'action', 'since', 'state', 'why'], rows)
    },
  )
  act(
    actingOptions(
      outbound
        .command('send')
        .argument('<queue>')
        .description('send what waits now; a node that is serving does so itself'),
    ),
    async (scene, options, [id = '']) => {
      const { node, tenant, context } = await scene.acting(contextOf(options))
      const route = routeOf(tenant, id)
      await checkMayDecide(route, context, tenant.gate)
      const { sent, aside, waiting, code } = await sendWaiting(node, tenant, route)
      printRows(scene.io, ['sent', 'put aside', 'waiting', 'why'], [[sent, aside, waiting, code ?? '']])
    },
  )
  act(
    actingOptions(
      outbound
        .command('retry')
        .argument('<queue>')
        .argument('[message]', 'which, as `queue` lists it; all that was put aside if left out')
        .description('put messages back that were put aside, and try at once'),
    ),
    async (scene, options, [id = '', message]) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const back = await putBack(routeOf(tenant, id), message ?? null, context, tenant)
      sendSoon(tenant, id)
      printRows(
        scene.io,
        ['put back'],
        back.map((each) => [each]),
      )
    },
  )
  act(
    actingOptions(
      outbound
        .command('drop')
        .argument('<queue>')
        .argument('<message>', 'which, as `queue` lists it')
        .requiredOption('--reason <text>', 'why, in your words')
        .description('give a message up: it is never sent'),
    ),
    async (scene, options, [id = '', message = '']) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      await dropMessage(routeOf(tenant, id), message, String(options.reason), context, tenant)
      scene.io.err('dropped; what the other system needs to know has to be told by hand\n')
    },
  )
}

function standing({ waiting, sent, lastSent, failing, routed }: OutboundQueue): readonly (string | number)[] {
  const aside = [...waiting.values()].filter((each) => each.aside !== null).length
  const state = routed === null ? 'not in force yet' : (failing ?? (aside > 0 ? 'asks a person' : 'good'))
  return [waiting.size, aside, sent, lastSent ?? 'never', state]
}
