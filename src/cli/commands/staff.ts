import type { Command } from 'commander'
import { loadStaff, staffErrors } from '#node'
import { printRows } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { actingOptions, contextOf, type Scene } from '../scene.ts'

/** Problems that are shown of one file. */
const shownMax = 100

/** `fdp staff load`. */
export function staffCommands(program: Command, act: Act): void {
  const staff = noun(program, 'staff', 'the register of people, as a staff record has them')
  act(
    actingOptions(
      staff
        .command('load')
        .argument('<file>', 'CSV, one line a person and role in a team')
        .description('bring the register to what a staff file says: who joins, moves, changes team, leaves'),
    )
      .option('--dry-run', 'list what would change and write nothing')
      .option('--all', 'more than one in five people may leave by this file'),
    (scene, options, [file = '']) => load(scene, options, file),
  )
}

async function load(scene: Scene, options: Record<string, unknown>, file: string): Promise<void> {
  const { tenant, context } = await scene.acting(contextOf(options))
  const source = await scene.host.openFile(scene.path(file))
  const [all, dryRun] = [options.all === true, options.dryRun === true]
  const { plan, receipts } = await loadStaff(tenant, { source, by: context.subject, all, dryRun })
  const { drafts, refused } = plan
  if (refused.length > 0) {
    const rows = refused.slice(0, shownMax).map(({ line, error }) => [line, error.code, error.message])
    printRows(scene.io, ['line', 'code', 'why'], rows)
    throw staffErrors('FDP_STAFF_REFUSED', { refused: refused.length })
  }
  const rows = drafts.map(({ line, about, what }) => [line, about, what])
  printRows(scene.io, ['line', 'person', 'change'], rows)
  const [first, last] = [receipts.at(0), receipts.at(-1)]
  if (dryRun) scene.io.err(`${drafts.length} changes; nothing written\n`)
  else if (!first || !last) scene.io.err('nothing to change\n')
  else scene.io.err(`${receipts.length} changes signed; entries ${first.index} to ${last.index} of the ledger\n`)
}
