import type { Command } from 'commander'
import { checkImport, exportErrors, exportTenant, importTenant } from '#node'
import { reasonOf } from '../acting-context.ts'
import { printRows } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { actingOptions, contextOf } from '../scene.ts'

/** `fdp export tenant`, `fdp import tenant`, `fdp import check`. */
export function exportCommands(program: Command, act: Act): void {
  act(
    actingOptions(
      noun(program, 'export', 'taking everything out in open formats')
        .command('tenant')
        .argument('<folder>', 'new or empty, on an encrypted volume, outside the home folder')
        .description(
          'write all that you may read whole, with ledger, governance and contracts; one logged read a type',
        ),
    ),
    async (scene, options, [folder = '']) => {
      const { tenant, context, session } = await scene.acting(contextOf(options))
      const to = scene.path(folder)
      const report = await exportTenant({
        ...{ tenant, to, home: scene.host.home, ...reasonOf(context) },
        session: await session(),
        progress: (label, done, total) => scene.io.progress(label, done, total),
      })
      const rows = report.objects.map((each) => [each.object, each.controller, each.asAt, each.rows, each.path])
      printRows(scene.io, ['object', 'controller', 'asAt', 'rows', 'file'], rows)
      scene.io.err(
        `${report.files} files, ${report.bytes} bytes; manifest ${report.manifestSha256}; entry ${report.entry} of the ledger\n` +
          'the folder holds identities in clear: keep it on an encrypted volume, and destroy it when it has arrived\n',
      )
    },
  )
  const into = noun(program, 'import', 'taking an export in elsewhere')
  act(
    actingOptions(
      into
        .command('tenant')
        .argument('<folder>', 'an export')
        .description('submit every file of an export to a tenant that holds nothing yet, and compare the counts'),
    ),
    async (scene, options, [folder = '']) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const { subject, purpose } = context
      const { files, edits } = await importTenant({
        ...{ tenant, subject, purpose, folder: scene.path(folder), ...reasonOf(context) },
        progress: (label, done, total) => scene.io.progress(label, done, total),
      })
      const rows = files.map((each) => [each.object, each.controller, each.rows, each.published, each.says])
      printRows(scene.io, ['object', 'controller', 'rows', 'published', 'says'], rows)
      if (edits.madeAgain > 0) scene.io.err(`${edits.madeAgain} edits wait for their source here too\n`)
      if (edits.asValues > 0) {
        scene.io.err(
          `${edits.asValues} edits are in the rows as values: see that the source has them, or do them again\n`,
        )
      }
      refuseIfAny(files.filter(({ says }) => says !== '').length)
    },
  )
  act(
    actingOptions(
      into
        .command('check')
        .argument('<folder>', 'an export')
        .description(
          'read everything back and compare it with the hashes of the export; needs the rights of an export',
        ),
    ),
    async (scene, options, [folder = '']) => {
      const { context, session } = await scene.acting(contextOf(options))
      const checked = await checkImport(await session(), scene.path(folder), {
        ...reasonOf(context),
        progress: (label, done, total) => scene.io.progress(label, done, total),
      })
      const rows = checked.map((each) => [each.object, each.controller, each.rows, each.outcome])
      printRows(scene.io, ['object', 'controller', 'rows', 'outcome'], rows)
      refuseIfAny(checked.filter(({ outcome }) => outcome !== 'same').length)
    },
  )
}

function refuseIfAny(files: number): void {
  if (files > 0) throw exportErrors('FDP_IMPORT_DIFFERS', { files })
}
