import type { Command } from 'commander'
import {
  agendaOf,
  type DayLog,
  type Dock,
  type DockDeps,
  DropWatch,
  dockErrors,
  dockLog,
  healthLog,
  mappingState,
  planOf,
  runDock,
} from '#docks'
import { isFdpError } from '#kernel'
import { Connections, dockDeps, dockOf, readAlerts, readDocks, tenantHealth } from '#node'
import { printRows } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { type Acting, actingOptions, contextOf } from '../scene.ts'

/** `fdp dock list`, `days`, `plan`, `run`: what other systems are expected to deliver every day. */
export function dockCommands(program: Command, act: Act): void {
  const dock = noun(program, 'dock', 'what other systems deliver every day')
  act(
    actingOptions(dock.command('list').description('every dock, and how its last day stands')),
    async (scene, options) => {
      const { tenant } = await scene.acting(contextOf(options))
      const log = await dockLog(tenant.ledger)
      const rows: string[][] = []
      for (const each of readDocks(tenant)) {
        if (isFdpError(each)) {
          rows.push([String(each.params.dock), '', '', '', '', each.message, ''])
          continue
        }
        const last = agendaOf(each, log, tenant.flows.clock.now()).at(-1)
        const mapping = await mappingState(each, tenant.flows)
        const stands = [last?.day ?? '', last?.state ?? 'nothing is due yet', mapping === 'none' ? '' : mapping]
        rows.push([each.id, each.object, each.due, each.about, ...stands])
      }
      printRows(scene.io, ['dock', 'object', 'due by', 'about', 'last day', 'state', 'mapping'], rows)
    },
  )
  act(
    actingOptions(
      dock
        .command('connections')
        .description('other systems that docks take from, and whether they are declared right'),
    ),
    async (scene, options) => {
      const { node, tenant } = await scene.acting(contextOf(options))
      const found = new Connections(tenant.folder, node.adapters.connections).list()
      const rows = found.map(({ name, kind, problem }) => [name, kind ?? '', problem?.message ?? ''])
      printRows(scene.io, ['connection', 'kind', 'what is wrong'], rows)
    },
  )
  act(
    actingOptions(
      dock
        .command('health')
        .description('what is delivered: fresh, complete, as much as usual, as good, the same columns'),
    ),
    async (scene, options) => {
      const { tenant } = await scene.acting(contextOf(options))
      const rows = (await tenantHealth(tenant)).flatMap(({ object, controller, lastAsAt, signs }) =>
        signs.map(({ sign, grade, says }) => [object, controller, lastAsAt ?? '', sign, grade, says]),
      )
      printRows(scene.io, ['object', 'controller', 'as at', 'sign', 'grade', 'says'], rows)
    },
  )
  act(
    actingOptions(
      dock.command('alerts').description('what was not as usual and when, and up to where each connection was told'),
    ),
    async (scene, options) => {
      const { tenant } = await scene.acting(contextOf(options))
      const log = await healthLog(tenant.ledger)
      const rows = log.changes.map(({ entry, at, object, controller, sign, was, grade, says }) => [
        ...[entry, at, object, controller, sign],
        ...[`${was} → ${grade}`, says],
      ])
      printRows(scene.io, ['entry', 'at', 'object', 'controller', 'sign', 'grade', 'says'], rows)
      for (const name of readAlerts(tenant).tell) {
        const upTo = log.toldUpTo(name)
        scene.io.err(`${name}: ${upTo === null ? 'was told nothing yet' : `was told all up to entry ${upTo}`}\n`)
      }
    },
  )
  act(
    actingOptions(dock.command('days').argument('<dock>').description('each day that is looked at, and how it stands')),
    async (scene, options, [id = '']) => {
      const { tenant } = await scene.acting(contextOf(options))
      const log = await dockLog(tenant.ledger)
      const rows = agendaOf(dockOf(tenant, id), log, tenant.flows.clock.now()).map((each) => {
        const last = each.log.deliveries.at(-1)
        const why = each.state === 'failing' ? whyOf(each.log) : last?.submission.slice(0, 12)
        return [...[each.day, each.opens, each.deadline, each.state, each.corrections], last?.entry ?? '', why ?? '']
      })
      printRows(scene.io, ['day', 'opens', 'due', 'state', 'corrections', 'entry', 'submission or why'], rows)
    },
  )
  act(
    actingOptions(
      dock.command('plan').argument('<dock>').description('what a look would do now; nothing is done'),
    ).option('--complete', 'take every file to be complete'),
    async (scene, options, [id = '']) => {
      const acting = await scene.acting(contextOf(options))
      const found = dockOf(acting.tenant, id)
      const actions = await withDeps(acting, options, (deps) => planOf(found, deps))
      const rows = actions.map((each) => [each.day, each.kind, each.kind === 'fail' ? each.error.code : ''])
      printRows(scene.io, ['day', 'would', 'why'], rows)
    },
  )
  act(
    actingOptions(
      dock
        .command('run')
        .argument('<dock>')
        .description('look now, as whoever the dock acts for; a node that is serving does so itself'),
    ).option('--complete', 'take every file to be complete'),
    async (scene, options, [id = '']) => {
      const acting = await scene.acting(contextOf(options))
      const found = dockOf(acting.tenant, id)
      checkTheirs(found, acting)
      const done = await withDeps(acting, options, (deps) => runDock(found, deps))
      printRows(
        scene.io,
        ['day', 'what', 'why'],
        done.map(({ day, what, code }) => [day, what, code ?? '']),
      )
    },
  )
}

function whyOf({ failing }: DayLog): string {
  return [failing?.code, failing?.where].filter((each) => each).join(' ')
}

/** Nobody lends themselves the right that a dock has. */
function checkTheirs({ id, by, purpose }: Dock, { context }: Acting): void {
  if (context.subject !== by || context.purpose !== purpose) throw dockErrors('FDP_DOCK_NOT_YOURS', { dock: id })
}

/** One look has seen nothing grow: files are complete if whoever asks says so, or if they are old. */
async function withDeps<T>(
  { node, tenant }: Acting,
  { complete }: Readonly<Record<string, unknown>>,
  use: (deps: DockDeps) => Promise<T>,
): Promise<T> {
  const connections = new Connections(tenant.folder, node.adapters.connections)
  try {
    return await use(dockDeps(node, tenant, new DropWatch(complete === true), connections))
  } finally {
    await connections.close()
  }
}
