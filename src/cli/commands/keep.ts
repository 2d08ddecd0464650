import { join } from 'node:path'
import type { Command } from 'commander'
import { backupTenant, doctor, type Restored, restoreTenant } from '#node'
import { cliErrors } from '../errors.ts'
import { type Io, printRows } from '../io.ts'
import type { Act } from '../program.ts'

/** `fdp backup`, `fdp restore`, `fdp doctor`. */
export function keepCommands(program: Command, act: Act): void {
  act(
    program
      .command('backup')
      .requiredOption('--to <folder>', 'an empty or new folder; one sub-folder a tenant')
      .requiredOption(
        '--keys <folder>',
        'where the keys go, in place of those of earlier backups; never beside the backups',
      )
      .option('--tenant <id>', 'one tenant only')
      .description('copy tenants, sealed, and prove that ledger, lake and vault of the copy agree'),
    async (scene, options) => {
      const node = await scene.host.node()
      const tenants = options.tenant ? [node.tenant(String(options.tenant))] : [...node.tenants.values()]
      const rows = []
      for (const tenant of tenants) {
        const [to, keys] = [options.to, options.keys].map((folder) =>
          join(scene.path(String(folder)), tenant.profile.id as string),
        )
        const report = await backupTenant(tenant, to!, keys!, node.adapters)
        rows.push([report.tenant, report.files, report.bytes, report.entries])
      }
      printRows(scene.io, ['tenant', 'files', 'bytes', 'ledgerEntries'], rows)
    },
  )
  act(
    program
      .command('restore')
      .argument('<folder>', 'one tenant’s folder of a backup')
      .option('--keys <folder>', 'the tenant’s folder among the keys that the last backup wrote')
      .option('--in-part', 'if what was current in it is not whole any more, restore what is left')
      .description('put a tenant back; it refuses reads until the witnesses agree or a recovery is signed'),
    async (scene, options, [folder = '']) => {
      const keys = typeof options.keys === 'string' ? { keys: scene.path(options.keys) } : {}
      const { home, adapters } = scene.host
      const inPart = options.inPart === true
      const restored = await restoreTenant(scene.path(folder), home, adapters, { ...keys, inPart })
      sayRestored(scene.io, restored)
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

function sayRestored(io: Io, { tenant, files, lost, isReached }: Restored): void {
  io.err(`${tenant}: ${files} files restored and checked; \`./fdp tenant list\` says whether it may be read\n`)
  const counts = new Map<string, number>()
  for (const { kind, object, isCurrent, why } of lost) {
    const because = why === null ? 'destroyed since' : `${why.because}, entry ${why.entry} of the ledger that was`
    const line = `${kind}${object === null ? '' : ` of ${object}`}${isCurrent ? ', current' : ''}: ${because}`
    counts.set(line, (counts.get(line) ?? 0) + 1)
  }
  for (const [line, count] of [...counts].sort()) io.err(`not opened any more: ${count} of ${line}\n`)
  if (lost.some(({ isCurrent }) => isCurrent)) {
    io.err(
      'what was current and is lost is refused until it is loaded again: lists of people who said no and patients first\n',
    )
  }
  if (!isReached) {
    io.err(
      'made by an earlier release, so no erasure reached it: whoever was erased since is in it again; ' +
        'compare `./fdp erase list` with your list of cases\n',
    )
  }
}
