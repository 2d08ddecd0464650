import type { Command } from 'commander'
import { isFdpError } from '#kernel'
import { type MessageDock, messageErrors, messageEvents, runMessages } from '#messages'
import { landedAt, messageDockOf, readMessageDocks } from '#node'
import { printRows } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { type Acting, actingOptions, contextOf } from '../scene.ts'

/** `fdp messages list`, `status`, `run`, `refused`: what other systems send as it happens. */
export function messageCommands(program: Command, act: Act): void {
  const messages = noun(program, 'messages', 'what other systems send as it happens, over HL7 v2')
  act(
    actingOptions(messages.command('list').description('every message dock, and how it stands')),
    async (scene, options) => {
      const { node, tenant } = await scene.acting(contextOf(options))
      const rows: (readonly (string | number)[])[] = []
      for (const each of readMessageDocks(tenant)) {
        if ('wrong' in each) rows.push([each.id, '', '', '', '', '', each.wrong.message])
        else rows.push([each.id, each.dock.port, ...(await standing({ node, tenant }, each.id))])
      }
      printRows(scene.io, ['dock', 'port', 'landed', 'again', 'refused', 'last arrival', 'state'], rows)
    },
  )
  act(
    actingOptions(
      messages.command('status').argument('<dock>').description('how many messages of which event, and their rows'),
    ),
    async (scene, options, [id = '']) => {
      const { node, tenant } = await scene.acting(contextOf(options))
      const dock = messageDockOf(tenant, id)
      const { tally } = await landedAt(node, tenant, id)
      const { submitted } = await messageEvents(tenant.ledger, id)
      const events = [...tally.events].map(([event, { landed, again, refused }]) => [event, landed, again, refused])
      printRows(scene.io, ['event', 'landed', 'again', 'refused'], events)
      const rows = dock.maps.map(({ object }) => {
        const last = submitted.get(object)
        return [object, last?.messages ?? 0, last?.outcome ?? 'not yet', last?.at ?? '', last?.entry ?? '']
      })
      printRows(scene.io, ['rows of', 'from messages', 'outcome', 'at', 'entry'], rows)
    },
  )
  act(
    actingOptions(
      messages
        .command('run')
        .argument('<dock>')
        .description('make rows now, as whoever the dock acts for; a node that is serving does so itself'),
    ),
    async (scene, options, [id = '']) => {
      const { node, tenant, context } = await scene.acting(contextOf(options))
      const dock = messageDockOf(tenant, id)
      checkTheirs(dock, context)
      const done = await runMessages(dock, await landedAt(node, tenant, id), tenant.flows)
      const rows = done.map(({ object, what, rows, quarantined, code }) => [
        object,
        what,
        rows,
        quarantined,
        code ?? '',
      ])
      printRows(scene.io, ['rows of', 'what', 'rows', 'quarantined', 'why'], rows)
    },
  )
  act(
    actingOptions(
      messages
        .command('refused')
        .argument('<dock>')
        .description('why messages were refused, by event, segment and field; of none a value was kept'),
    ),
    async (scene, options, [id = '']) => {
      const { node, tenant } = await scene.acting(contextOf(options))
      messageDockOf(tenant, id)
      const { tally } = await landedAt(node, tenant, id)
      const rows = tally.refused.map(({ event, code, place, messages: count, last }) => [
        event,
        code,
        place,
        count,
        last,
      ])
      printRows(scene.io, ['event', 'why', 'where', 'messages', 'last'], rows)
    },
  )
}

async function standing({ node, tenant }: Pick<Acting, 'node' | 'tenant'>, id: string) {
  try {
    const { tally } = await landedAt(node, tenant, id)
    const { failing } = await messageEvents(tenant.ledger, id)
    const { landed, again, refused } = tally.total
    return [landed, again, refused, tally.last ?? 'never', failing?.code ?? 'good']
  } catch (error) {
    if (!isFdpError(error)) throw error
    return ['', '', '', '', error.message]
  }
}

/** Nobody lends themselves the right that a dock has. */
function checkTheirs({ id, by, purpose }: MessageDock, context: Acting['context']): void {
  if (context.subject !== by || context.purpose !== purpose) throw messageErrors('FDP_MESSAGES_NOT_YOURS', { dock: id })
}
