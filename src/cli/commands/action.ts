import type { Command } from 'commander'
import { type ActionDeclaration, applyAction, isAvailable, wireBatchApplied } from '#actions'
import { isFdpError, type Json } from '#kernel'
import { cliErrors, usage } from '../errors.ts'
import { printRows } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { actingOptions, contextOf, type Scene } from '../scene.ts'

/** `fdp action list`, `fdp action apply`: the declared ways to change records. */
export function actionCommands(program: Command, act: Act): void {
  const action = noun(
    program,
    'action',
    'declared ways to change records; each change is an edit until its source has it',
  )
  act(
    actingOptions(action.command('list').description('the actions that you may take now, with what each asks for')),
    async (scene, options) => {
      const session = await (await scene.acting(contextOf(options))).session()
      const own = (await actionsOf(scene)).filter((each) => isAvailable(session, each))
      printRows(
        scene.io,
        ['action', 'title', 'asks', 'may'],
        own.map(({ id, title, parameters }) => [
          ...[id, title, namesOf(parameters, true).join(', '), namesOf(parameters, false).join(', ')],
        ]),
      )
    },
  )
  act(
    actingOptions(
      action
        .command('apply')
        .argument('<action>')
        .argument('[values...]', 'name=value for each thing that it asks for; a record by its key')
        .description('apply an action to a record'),
    ),
    async (scene, options, [id = '', ...values]) => {
      const declaration = (await actionsOf(scene)).find((each) => each.id === id)
      if (!declaration) throw cliErrors('FDP_CLI_NO_ACTION')
      const { context, node, session: open } = await scene.acting(contextOf(options))
      const session = await open()
      if (!isAvailable(session, declaration)) throw cliErrors('FDP_CLI_NO_ACTION')
      const { because } = context
      const result = await applyAction(session, declaration, [givenOf(declaration, values)], {
        at: node.adapters.clock.now(),
        ...(because === undefined ? {} : { justification: because }),
      }).catch((error) => {
        throw isFdpError(error, 'FDP_GATE_NOT_AVAILABLE') ? cliErrors('FDP_CLI_NO_ACTION') : error
      })
      // Says what is wrong with a request that was not applied.
      wireBatchApplied(declaration, result, 'NONE')
      const { entry, edits } = result.applied!
      printRows(
        scene.io,
        ['object', 'primaryKey', 'kind', 'entry'],
        edits.map(({ object, primaryKey, kind }) => [object, primaryKey, kind, entry as number]),
      )
    },
  )
}

async function actionsOf({ host }: Scene): Promise<readonly ActionDeclaration[]> {
  return (await host.products()).flatMap(({ actions }) => Object.values(actions))
}

function namesOf(parameters: ActionDeclaration['parameters'], required: boolean): string[] {
  return Object.entries(parameters).flatMap(([name, each]) => (each.required === required ? [name] : []))
}

/** Texts as they are typed; numbers, yes or no, and lists as JSON has them. */
function givenOf({ parameters }: ActionDeclaration, values: readonly string[]): Readonly<Record<string, Json>> {
  const pairs = values.map((typed): [string, Json] => {
    const at = typed.indexOf('=')
    if (at < 1) throw usage('values are given as `name=value`', 'action apply')
    const [name, text] = [typed.slice(0, at), typed.slice(at + 1)]
    const parameter = parameters[name]
    const isText = parameter?.kind !== 'value' || ['text', 'date', 'timestamp'].includes(parameter.type)
    return [name, isText ? text : parsedOr(text)]
  })
  return Object.fromEntries(pairs)
}

function parsedOr(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}
