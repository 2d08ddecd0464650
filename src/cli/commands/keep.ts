import { join } from 'node:path'
import type { Command } from 'commander'
import { backupTenant, doctor, restoreTenant } from '#node'
import { cliErrors } from '../errors.ts'
import { printRows } from '../io.ts'
import type { Act } from '../program.ts'

/** `fdp backup`, `fdp restore`, `fdp doctor`. */
export function keepCommands(program: Command, act: Act): void {
  act(
    program
      .command('backup')
      .requiredOption('--to <folder>', 'an empty or new folder; one sub-folder a tenant')
      .option('--tenant <id>', 'one tenant only')
      .option('--with-keys', 'put the keys in too; otherwise keep a copy of each `keys` folder somewhere else')
      .description('copy tenants and prove that ledger, lake and vault of the copy agree'),
    async (scene, options) => {
      const node = await scene.host.node()
      const tenants = options.tenant ? [node.tenant(String(options.tenant))] : [...node.tenants.values()]
      const rows = []
      for (const tenant of tenants) {
        const to = join(scene.path(String(options.to)), tenant.profile.id as string)
        const report = await backupTenant(tenant, to, { withKeys: options.withKeys === true }, node.adapters)
        rows.push([report.tenant, report.files, report.bytes, report.entries, options.withKeys === true])
      }
      printRows(scene.io, ['tenant', 'files', 'bytes', 'ledgerEntries', 'keysIncluded'], rows)
    },
  )
  act(
    program
      .command('restore')
      .argument('<folder>', 'one tenant’s folder of a backup')
      .option('--keys <folder>', 'where its keys were kept, if not in the backup')
      .description('put a tenant back; it refuses reads until the witnesses agree or a recovery is signed'),
    async (scene, options, [folder = '']) => {
      const keys = typeof options.keys === 'string' ? scene.path(options.keys) : undefined
      const { tenant, files } = await restoreTenant(scene.path(folder), scene.host.home, scene.host.adapters, keys)
      scene.io.err(
        `${tenant}: ${files} files restored and checked; \`./fdp tenant list\` says whether it may be read\n` +
          'whoever was erased after this backup was made is in it again: compare `./fdp erase list` with your list of cases\n',
      )
    },
  )
  act(
    program.command('doctor').description('look at volume, disk, clock, keys, versions and stores'),
    async ({ host, io }) => {
      const checks = await doctor(host.home, host.node, { node: process.version, version: host.version })
      printRows(
        io,
        ['check', 'outcome', 'says'],
        checks.map(({ what, outcome, says }) => [what, outcome, says]),
      )
      const bad = checks.filter(({ outcome }) => outcome === 'bad').length
      if (bad > 0) throw cliErrors('FDP_CLI_DOCTOR', { bad })
    },
  )
}
