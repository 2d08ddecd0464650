import type { Command } from 'commander'
import type { EditDecision, EditLine, Session } from '#gate'
import { cliErrors } from '../errors.ts'
import { printRows, printWords } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { actingOptions, contextOf, type Scene } from '../scene.ts'

/** `fdp edits list`, `show`, `keep`, `withdraw`, `undo`: what actions edited and the source systems do not have yet. */
export function editsCommands(program: Command, act: Act): void {
  const edits = noun(program, 'edits', 'what actions edited and the source systems do not have yet')
  act(
    actingOptions(edits.command('list').description('open edits of the rows that you may see, the oldest first')),
    async (scene, options) => {
      const { io } = scene
      const lines = await within(scene, options, (session, because) => session.edits(because))
      printRows(
        io,
        ['edit', 'object', 'kind', 'action', 'state', 'since', 'in', 'due', 'returns', 'by'],
        lines.map((line) => [
          ...[line.id, line.object, line.kind, line.action, stateOf(line), line.at, line.owner, line.due],
          ...[line.counted ? 'count it' : 'wait for the source', line.by],
        ]),
      )
    },
  )
  act(
    actingOptions(edits.command('show').argument('<edit>').description('one open edit with its key and its values')),
    async (scene, options, [id = '']) => {
      const lines = await within(scene, options, (session, because) => session.edits(because))
      const line = lines.find((each) => each.id === id)
      if (!line) throw cliErrors('FDP_CLI_NO_EDIT')
      const said = Object.entries(line.values).map(
        ([name, { before, after }]) => `${name}: ${before ?? '(nothing)'} → ${after ?? '(nothing)'}`,
      )
      const where = `${line.object} ${line.primaryKey ?? '(not there any more)'}: ${line.kind} by ${line.action}, ${stateOf(line)}`
      printWords(scene.io, [where, ...said], { ...line })
    },
  )
  for (const decision of ['keep', 'withdraw'] as const) act(...decisionCommand(edits, decision))
  act(
    actingOptions(
      edits
        .command('undo')
        .argument('<entry>')
        .description('take back everything that one application of an action edited'),
    ),
    async (scene, options, [entry = '']) => {
      const index = /^[0-9]{1,15}$/.test(entry) ? Number(entry) : -1
      const undone = await within(scene, options, (session, because) => session.undo(index, because ?? ''))
      printWords(scene.io, [`undone, entry ${undone}`], { entry: undone })
    },
  )
}

function decisionCommand(edits: Command, decision: EditDecision): Parameters<Act> {
  const what =
    decision === 'keep'
      ? 'let an edit stand though its source says otherwise'
      : 'show an edit no more: what the source says stands'
  return [
    actingOptions(edits.command(decision).argument('<edit>').description(what)),
    async (scene, options, [id = '']) => {
      const entry = await within(scene, options, (session, because) => session.decideEdit(id, decision, because ?? ''))
      printWords(scene.io, [`${decision === 'keep' ? 'kept' : 'withdrawn'}, entry ${entry}`], { entry })
    },
  ]
}

function stateOf({ state, overdue }: EditLine): string {
  return overdue ? `${state}, overdue` : state
}

async function within<T>(
  scene: Scene,
  options: Parameters<typeof contextOf>[0],
  use: (session: Session, because: string | undefined) => Promise<T>,
): Promise<T> {
  const { tenant, context } = await scene.acting(contextOf(options))
  const { subject, purpose, because } = context
  await using session = await tenant.gate.open({
    ...{ subject, purpose },
    ...(because === undefined ? {} : { justification: because }),
  })
  return await use(session, because)
}
