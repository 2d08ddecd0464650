import type { Command } from 'commander'
import { registerActivities } from '#node'
import { printRows } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { actingOptions, contextOf } from '../scene.ts'

/** `fdp register activities`. */
export function registerCommands(program: Command, act: Act): void {
  const register = noun(program, 'register', 'papers that purposes and grants rest on, from published lists')
  act(
    actingOptions(
      register
        .command('activities')
        .description('register published activities with their lawful bases, so that purposes can name them'),
    ).requiredOption('--from <folder>', 'with data-map-lawful-basis-….csv, and activities.csv if there'),
    async (scene, options) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const { openFile } = scene.host
      const folder = scene.path(String(options.from))
      const made = await registerActivities(tenant, { folder, by: context.subject, openFile })
      printRows(
        scene.io,
        ['activity', 'function', 'name'],
        made.changed.map((each) => [each.id, each.function, each.name]),
      )
      const { unchanged, withoutBasis, cut, receipts } = made
      scene.io.err(
        `${receipts.length} registered, ${unchanged} known already; ${cut} texts cut to what an event holds, each with a note\n`,
      )
      if (withoutBasis.length > 0)
        scene.io.err(`without a published basis, not registered: ${withoutBasis.join(', ')}\n`)
    },
  )
}
