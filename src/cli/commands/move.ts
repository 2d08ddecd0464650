import type { Command } from 'commander'
import { moveErrors, moveIn, readTokenFile } from '#node'
import { printRows } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { readDateOption, readNamesOption, readOdsOption, readWholeOption } from '../read-option.ts'
import { actingOptions, contextOf } from '../scene.ts'

const pageRows = '10000'
const place = (option: string) => ({ option, command: 'move in' })

/** `fdp move in`. */
export function moveCommands(program: Command, act: Act): void {
  act(
    actingOptions(
      noun(program, 'move', 'coming here from somewhere else')
        .command('in')
        .description('read another server of the Ontology API, type by type, and submit what it shows here'),
    )
      .requiredOption('--from <url>', 'what comes before `/api/v2` at the other server')
      .requiredOption('--token-file <file>', 'holds its bearer token; readable by you alone')
      .option('--ontology <name>', 'there', 'palantirukhealth-ontology')
      .option('--types <names>', 'object types, separated by commas; all that both sides have, if left out')
      .option('--controller <ods>', 'whose data it is; the tenant’s own controller, if left out')
      .option('--as-at <date>', 'the day that it speaks of; today, if left out')
      .option('--page-rows <rows>', 'objects asked for at once', pageRows)
      .option('--resume', 'go on where an earlier run stopped; otherwise begin anew'),
    async (scene, options) => {
      const { tenant, context, node } = await scene.acting(contextOf(options))
      const { subject, purpose, because } = context
      const { io } = scene
      const token = await readTokenFile(scene.path(String(options.tokenFile)))
      const remote = node.adapters.openRemoteOntology({
        ...{ baseUrl: String(options.from), ontology: String(options.ontology), token },
        ...(because ? { justification: because } : {}),
        waiting: (seconds) => io.err(`the other server is busy: asking again in ${Math.ceil(seconds)} seconds\n`),
      })
      const moved = await moveIn({
        ...{ tenant, remote, subject, purpose, adapters: node.adapters, resume: options.resume === true },
        ...(because ? { justification: because } : {}),
        types: readNamesOption(options.types),
        pageRows: readWholeOption(options.pageRows, place('--page-rows'), { min: 1, max: 10_000 }),
        ...(options.controller ? { controller: readOdsOption(options.controller, place('--controller')) } : {}),
        ...(options.asAt ? { asAt: readDateOption(options.asAt, place('--as-at')) } : {}),
        progress: (label, done, total) => io.progress(label, done, total),
      })
      const rows = moved.map((each) => [each.object, each.read, each.published, each.says])
      printRows(io, ['object', 'read', 'published', 'says'], rows)
      const types = moved.filter(({ whole }) => !whole).length
      if (types > 0) throw moveErrors('FDP_MOVE_INCOMPLETE', { types })
    },
  )
}
