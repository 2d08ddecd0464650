import type { Command } from 'commander'
import { compare, compareErrors, ReportFile, readTokenFile } from '#node'
import type { RemoteOntology } from '#ports'
import { type Cell, printRows } from '../io.ts'
import type { Act } from '../program.ts'
import { readNamesOption, readWholeOption } from '../read-option.ts'
import type { Scene } from '../scene.ts'

const pageRows = '10000'
const published = 'palantirukhealth-ontology'
const columns = ['kind', 'name', 'old', 'new', 'differences']

/** `fdp compare`. */
export function compareCommands(program: Command, act: Act): void {
  act(
    program
      .command('compare')
      .description('hold two servers of the Ontology API against each other: objects, links and figures')
      .requiredOption('--old <url>', 'what comes before `/api/v2` at the one')
      .requiredOption('--old-token-file <file>', 'holds its bearer token; readable by you alone')
      .option('--old-ontology <name>', 'there', published)
      .requiredOption('--new <url>', 'and at the other')
      .requiredOption('--new-token-file <file>', 'holds that one’s token')
      .option('--new-ontology <name>', 'there', published)
      .option('--types <names>', 'object types, separated by commas; all, if left out')
      .option('--period <month>', 'for queries that take a `period`, `2026-01`')
      .option('--page-rows <rows>', 'objects asked for at once', pageRows)
      .option('--because <text>', 'a reason, where a purpose asks for one')
      .option('--report <file>', 'a new file for the keys and properties that differ; values are never written'),
    async (scene, options) => {
      const pair = { old: await serverOf(scene, options, 'old'), new: await serverOf(scene, options, 'new') }
      const { io } = scene
      await using report = await ReportFile.open(options.report ? scene.path(String(options.report)) : null)
      const compared = compare({
        ...{ pair, types: readNamesOption(options.types), parameters: parametersOf(options) },
        pageRows: readWholeOption(
          options.pageRows,
          { option: '--page-rows', command: 'compare' },
          { min: 1, max: 10_000 },
        ),
        difference: (each) => report.write(each),
        progress: (label, done, total) => io.progress(label, done, total),
      })
      const rows: Cell[][] = []
      let [differences, unanswered] = [0, 0]
      for await (const line of compared) {
        rows.push([line.kind, line.name, line.old, line.new, line.differences])
        differences += line.differences
        if (line.old === null && line.new === null) unanswered++
      }
      // People look for what differs; programs get every line.
      printRows(io, columns, io.isTerminal ? rows.filter(isTold) : rows)
      if (unanswered > 0) io.err(`${unanswered} could not be compared: neither server answers them with these tokens\n`)
      if (differences > 0) throw compareErrors('FDP_COMPARE_DIFFERS', { differences })
      io.err('no difference\n')
    },
  )
}

function isTold([kind, , old, now, differences]: readonly Cell[]): boolean {
  return kind === 'objects' || kind === 'differs in' || Number(differences) > 0 || (old === null && now === null)
}

function parametersOf({ period }: Record<string, unknown>): { period: string } | Record<string, never> {
  return typeof period === 'string' ? { period } : {}
}

async function serverOf(scene: Scene, options: Record<string, unknown>, side: 'old' | 'new'): Promise<RemoteOntology> {
  const token = await readTokenFile(scene.path(String(options[`${side}TokenFile`])))
  const { because } = options
  return scene.host.adapters.openRemoteOntology({
    ...{ baseUrl: String(options[side]), ontology: String(options[`${side}Ontology`]), token },
    ...(typeof because === 'string' ? { justification: because } : {}),
    waiting: (seconds) => scene.io.err(`the ${side} server is busy: asking again in ${Math.ceil(seconds)} seconds\n`),
  })
}
