import type { Command } from 'commander'
import { type OneRow, openingMinutesMax, openRow, type RecordAsked } from '#node'
import { usage } from '../errors.ts'
import { printWords } from '../io.ts'
import type { Act } from '../program.ts'
import { readNamesOption, readOdsOption, readPersonOption, readPurposeOption, readWholeOption } from '../read-option.ts'
import { actingOptions, contextOf } from '../scene.ts'

const command = 'engineer row'
const rowMax = 1_000_000_000

/** `fdp engineer row`: one record for an engineer, opened by somebody who looks on. */
export function engineerRowCommand(engineer: Command, act: Act): void {
  act(
    actingOptions(
      engineer
        .command('row')
        .argument('<object>')
        .argument('[record]', 'the id that the controller gave the record')
        .description(
          'open one record to an engineer for an hour at most, as the witness: a read of yours finds it, and you look on',
        ),
    )
      .requiredOption('--to <person>', 'who is to see it')
      .requiredOption('--for <purpose>', 'what they see it for')
      .requiredOption('--dpia <id>', 'the DPIA that foresees it')
      .requiredOption('--reason <text>', 'why; kept in the erasable part, for whoever reviews')
      .option('--controller <ods>', 'whose own id of the record it is')
      .option('--submission <id>', 'instead: a row in quarantine; the beginning of the submission’s id')
      .option('--row <n>', 'with `--submission`: its position in the file, from 1')
      .option('--columns <names>', 'only these, separated by commas')
      .option('--contract <id>', 'for a processor’s staff: the contract')
      .option('--instruction <id>', 'with `--contract`: the instruction in it')
      .option('--minutes <n>', 'how long', String(openingMinutesMax)),
    async (scene, options, [object = '', record]) => {
      const asked = askedFor(object, record, options)
      const { tenant, session } = await scene.acting(contextOf(options))
      const { id, entry, until } = await openRow(tenant, await session(), asked)
      const words = `one row of \`${object}\` is open to \`${asked.engineer}\` for \`${asked.purpose}\` until ${until}: ${id}`
      printWords(scene.io, [words], { id, entry, until })
      scene.io.err('stay with them while they look; a review is due within a day, by somebody else\n')
    },
  )
}

function askedFor(object: string, record: string | undefined, options: Record<string, unknown>): OneRow {
  const minutes = { option: '--minutes', command }
  const { contract, instruction } = options
  if ((contract === undefined) !== (instruction === undefined))
    throw usage('`--contract` and `--instruction` go together', command)
  const columns = readNamesOption(options.columns)
  return {
    engineer: readPersonOption(options.to, { option: '--to', command }),
    purpose: readPurposeOption(options.for, { option: '--for', command }),
    ...{ object, record: recordOf(record, options), dpia: String(options.dpia), reason: String(options.reason) },
    minutes: readWholeOption(options.minutes, minutes, { min: 1, max: openingMinutesMax }),
    ...(columns.length > 0 ? { columns } : {}),
    ...(contract === undefined ? {} : { contract: { id: String(contract), instruction: String(instruction) } }),
  }
}

/** Never repeated in an error: an id may be a patient's. */
function recordOf(id: string | undefined, options: Record<string, unknown>): RecordAsked {
  const { submission, row, controller } = options
  if (id === undefined && submission !== undefined && row !== undefined) {
    const place = { option: '--row', command }
    return { submission: String(submission), row: readWholeOption(row, place, { min: 1, max: rowMax }) }
  }
  if (id === undefined || controller === undefined || submission !== undefined)
    throw usage('name one record: its id with `--controller`, or `--submission` with `--row`', command)
  return { id, controller: readOdsOption(controller, { option: '--controller', command }) }
}
