import type { Command } from 'commander'
import { type ColumnProfile, type ProfiledColumn, profilePolicy } from '#metrics'
import { latestColumnProfile, type PublishedProfile, renewColumnProfile } from '#node'
import { disclosurePolicy } from '#privacy'
import { sampleFile, sampleRowsMax } from '#synthetic'
import { contextStore } from '../acting-context.ts'
import { cliErrors } from '../errors.ts'
import { type Cell, type Io, printRows } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { readPersonOption, readWholeOption } from '../read-option.ts'
import type { Scene } from '../scene.ts'
import { engineerRowCommand } from './engineer-row.ts'

const shownValues = 5
const notLookedAt = 'not looked at'

/** `fdp engineer profile`, `fdp engineer sample`, which need no grant, and `fdp engineer row`, when they do not help. */
export function engineerCommands(program: Command, act: Act): void {
  const engineer = noun(program, 'engineer', 'finding a defect without seeing data')
  act(
    registeredOptions(
      engineer
        .command('profile')
        .argument('<object>')
        .description(
          'what the columns of an object type hold, as far as disclosure control lets it out; no grant needed',
        ),
    )
      .option('--renew', 'have one made of the data in force, if there is none')
      .option('--json', 'the published document'),
    async (scene, options, [object = '']) => {
      const published = await publishedProfile(scene, options, object)
      if (options.json) scene.io.out(`${JSON.stringify(published.profile)}\n`)
      else printProfile(scene.io, published.profile)
      scene.io.err(`${sourceOf(published)}\n`)
    },
  )
  act(
    registeredOptions(
      engineer
        .command('sample')
        .argument('<object>')
        .description(
          'a CSV file of people who do not exist, of the same shape and with the same defects; no grant needed',
        ),
    )
      .option('--rows <n>', 'how many', '100')
      .option('--seed <text>', 'the same seed gives the same file', 's'),
    async (scene, options, [object = '']) => {
      const place = { option: '--rows', command: 'engineer sample' }
      const rows = readWholeOption(options.rows, place, { min: 1, max: sampleRowsMax })
      const published = await publishedProfile(scene, options, object)
      const { source, notMade } = sampleFile(published.profile, { rows, seed: String(options.seed) })
      for await (const bytes of source.open()) scene.io.out(Buffer.from(bytes).toString('utf8'))
      if (notMade.length > 0) scene.io.err(`not made, since it depends on more than a row: ${notMade.join('; ')}\n`)
      scene.io.err(`made up, of nobody; ${sourceOf(published)}\n`)
    },
  )
  engineerRowCommand(engineer, act)
}

function registeredOptions(command: Command): Command {
  return command.option('--tenant <id>', 'at which tenant').option('--as <person>', 'who asks')
}

/** Who asks has to be registered, and nothing more: no purpose, no grant. */
async function publishedProfile(
  { host }: Scene,
  options: Record<string, unknown>,
  object: string,
): Promise<PublishedProfile> {
  const stored = await contextStore(host.home).read()
  const id = options.tenant ?? stored.tenant
  const person = options.as ?? stored.as
  if (!id || !person) throw cliErrors('FDP_CLI_NO_CONTEXT', { missing: id ? '--as' : '--tenant' })
  const tenant = (await host.node()).tenant(String(id))
  const asker = readPersonOption(person, { option: '--as', command: 'engineer profile' })
  return await (options.renew ? renewColumnProfile : latestColumnProfile)(tenant, asker, object)
}

function sourceOf({ profile, entry, sha256 }: PublishedProfile): string {
  return `from release ${profile.release}, published in entry ${entry} of the ledger of ${profile.tenant} as ${sha256.slice(0, 12)}, data as at ${profile.asAt}`
}

function printProfile(io: Io, profile: ColumnProfile): void {
  const columns = profile.columns.map((column) => {
    const empty = column.kept === 'vault' ? notLookedAt : shareOf(column.empty, profile.rows)
    return [column.name, column.kept, empty, column.different ?? notLookedAt, valuesOf(column, profile.rows)]
  })
  printRows(io, ['column', 'kept', 'empty', 'different', 'values'], columns)
  const rules = profile.rules.map(({ rule, severity, column, rows }): Cell[] => [
    ...[rule, severity, column, rows === 0 ? 'the file' : shareOf(rows, profile.rowsRead)],
  ])
  printRows(io, ['rule', 'severity', 'column', 'broken'], rules)
  io.err(`${profile.statement}\n`)
}

/** Percent of the rounded whole, with the decimals that the policy leaves. */
function shareOf(rows: number | null, whole: number | null): string {
  if (rows === null) return 'fewer than 8'
  if (rows === 0) return '0 %'
  if (whole === null || whole === 0) return `${rows}`
  const { oneDecimalFrom = 0 } = disclosurePolicy(profilePolicy).subnational ?? {}
  return `${((rows / whole) * 100).toFixed(whole >= oneDecimalFrom ? 1 : 0)} %`
}

function valuesOf({ values, form }: ProfiledColumn, rows: number | null): string {
  const [first, last] = [values[0], values.at(-1)]
  if (!first || !last) return ''
  if (form !== 'value' && form !== 'band') return `${first.value} to ${last.value}`
  const common = [...values].sort((a, b) => b.rows - a.rows || (a.value < b.value ? -1 : 1))
  const named = common.slice(0, shownValues).map((each) => `${each.value} ${shareOf(each.rows, rows)}`)
  return [...named, ...(values.length > shownValues ? [`and ${values.length - shownValues} more`] : [])].join(', ')
}
