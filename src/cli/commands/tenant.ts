import type { Command } from 'commander'
import { largestSeen, signRecovery } from '#node'
import { printRows } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { actingOptions, contextOf } from '../scene.ts'
import { tenantInitCommand } from './tenant-init.ts'

/** `fdp tenant init`, `fdp tenant list`, `fdp tenant recover`. */
export function tenantCommands(program: Command, act: Act): void {
  const tenant = noun(program, 'tenant', 'the organisations in this home folder')
  tenantInitCommand(tenant, act)
  act(tenant.command('list').description('every tenant, and whether it may be read'), async ({ host, io }) => {
    const node = await host.node()
    const rows = [...node.tenants.values()].map((each) => [
      each.profile.id as string,
      each.profile.name,
      each.profile.kind,
      each.profile.controller as string,
      each.ledger.size,
      each.standstill()?.code ?? 'open',
    ])
    printRows(io, ['tenant', 'name', 'kind', 'controller', 'ledgerEntries', 'reads'], rows)
  })
  act(
    actingOptions(
      tenant
        .command('recover')
        .description('put on record that entries are lost, so that a restored tenant may be read'),
    ).requiredOption('--reason <text>', 'what happened; goes into the ledger for good'),
    async (scene, options) => {
      const { tenant: at, context, node } = await scene.acting(contextOf(options))
      const witnessed = await largestSeen(at, node.tenants)
      const receipt = await signRecovery(at, { by: context.subject, reason: String(options.reason), witnessed })
      scene.io.err(`recovery recorded as entry ${receipt.index}; ${at.profile.id} may be read again\n`)
    },
  )
}
