import { globSync } from 'node:fs'
import { readFile, realpath } from 'node:fs/promises'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { type MappingFile, mappingErrors, readMappingFile, runMapping, runMappingTest, suggestMapping } from '#mapping'
import { cliErrors } from '../errors.ts'
import { printRows, shownLine } from '../io.ts'
import { type Act, noun } from '../program.ts'
import type { Scene } from '../scene.ts'
import { promotionCommands } from './promotion.ts'

const shipped = fileURLToPath(new URL('../../../mappings/', import.meta.url))
const engineSize = { memoryLimitMb: 512, threads: 1, tempDirectory: null }

/** `fdp mapping test`, `preview`, `suggest`: on made-up rows, never on what was landed; and those of promotion. */
export function mappingCommands(program: Command, act: Act): void {
  const mapping = noun(program, 'mapping', 'how the columns of a file become the properties of an object type')
  act(
    mapping
      .command('test')
      .argument('[file]', 'one mapping; all of this program if left out')
      .description('run the tests that stand in mappings'),
    async (scene, _options, [file]) => {
      const files = file ? [scene.path(file)] : globSync(`${shipped}*/*.yaml`).sort()
      let passed = 0
      let failed = 0
      for (const path of files) {
        const { mapping: given, tests } = await readMapping(path, file ?? relative(shipped, path))
        if (tests.length === 0) throw mappingErrors('FDP_MAPPING_NO_TESTS')
        for (const test of tests) {
          const differing = await onEngine(scene, (engine) => runMappingTest(given, test, engine))
          for (const line of differing) scene.io.out(`${shownLine(`failed  ${given.id}: ${test.name}: ${line}`)}\n`)
          if (differing.length === 0) passed++
          else failed++
        }
      }
      scene.io.out(`${passed} passed, ${failed} failed\n`)
      if (failed > 0) throw cliErrors('FDP_CLI_MAPPING_TESTS', { failed })
    },
  )
  act(
    mapping
      .command('preview')
      .argument('<file>', 'the mapping')
      .requiredOption('--rows <file>', 'a delimited file of made-up rows')
      .description('show what made-up rows become'),
    async (scene, options, [file = '']) => {
      const { mapping: given } = await readMapping(scene.path(file), file)
      const bytes = await madeUp(scene, String(options.rows))
      const { columns, rows, found, leftOut } = await onEngine(scene, (engine) =>
        runMapping(given, { ...engine, bytes }),
      )
      printRows(scene.io, columns, rows)
      if (leftOut > 0) scene.io.err(`${leftOut} rows are left out\n`)
      for (const [rule, count] of Object.entries(found)) scene.io.err(`${rule}: ${count} rows\n`)
    },
  )
  act(
    mapping
      .command('suggest')
      .argument('<rows>', 'a delimited file of made-up rows')
      .requiredOption('--object <type>', 'what they are to become')
      .description('print the draft of a mapping'),
    async (scene, options, [rows = '']) => {
      const bytes = await madeUp(scene, rows)
      scene.io.out(await onEngine(scene, (engine) => suggestMapping(String(options.object), { ...engine, bytes })))
    },
  )
  promotionCommands(mapping, act)
}

/** A mapping and its tests from a file that was named. FDP_CLI_NO_FILE, FDP_MAPPING_*. */
export async function readMapping(path: string, file: string): Promise<MappingFile> {
  return readMappingFile(await textOf(path, file))
}

export async function textOf(path: string, file: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) throw cliErrors('FDP_CLI_NO_FILE', { file })
  return text
}

/** Files of a node are no made-up rows, whatever they are called. */
async function madeUp(scene: Scene, file: string): Promise<() => AsyncIterable<Uint8Array>> {
  const path = await realpath(scene.path(file)).catch(() => null)
  if (path === null) throw cliErrors('FDP_CLI_NO_FILE', { file })
  const home = await realpath(scene.host.home).catch(() => scene.host.home)
  if (!relative(home, path).startsWith('..')) throw cliErrors('FDP_CLI_NOT_MADE_UP')
  const source = await scene.host.openFile(path)
  return () => source.open()
}

async function onEngine<T>(
  scene: Scene,
  run: (given: Pick<Parameters<typeof runMapping>[1], 'engine' | 'reader'>) => Promise<T>,
): Promise<T> {
  const { openEngine, readers } = scene.host.adapters
  await using engine = await openEngine(engineSize)
  return await run({ engine, reader: readers.csv })
}
