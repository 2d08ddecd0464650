import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { verifyLedger } from '#ledger'
import { readProfile } from '#node'
import { cliErrors } from '../errors.ts'
import { type Io, printRows } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { actingOptions, contextOf, type Scene } from '../scene.ts'

/** `fdp ledger verify`, `show`, `proof`. */
export function ledgerCommands(program: Command, act: Act): void {
  const ledger = noun(program, 'ledger', 'what was done: the signed, append-only record')
  act(
    ledger
      .command('verify')
      .argument('[folder]', 'a copy of a ledger folder; without it, every ledger of this home')
      .option('--vkey <key>', 'verifier key to hold the copy against; else the one it carries')
      .description('check every byte of the files alone: tree, entries, erasures, signatures'),
    async (scene, options, [folder]) => {
      if (folder !== undefined) return verifyFolder(scene, scene.path(folder), options.vkey as string | undefined)
      const node = await scene.host.node()
      let bad = 0
      for (const tenant of node.tenants.values()) {
        await tenant.ledger.settle()
        const report = await verifyLedger(
          node.adapters.ledgerReader(join(tenant.folder, 'ledger')),
          tenant.ledger.vkey,
          {
            keys: tenant.keys,
          },
        )
        bad += printReport(scene.io, tenant.profile.id, report)
      }
      if (bad > 0) throw cliErrors('FDP_CLI_LEDGER_BAD', { findings: bad })
    },
  )
  act(
    actingOptions(ledger.command('show').description('the latest entries, without their details'))
      .option('--last <n>', 'how many', '20')
      .option('--type <prefix>', 'only types that begin so, for example read.'),
    async (scene, options) => {
      const { tenant } = await scene.acting(contextOf(options))
      const entries = []
      for await (const entry of tenant.ledger.entries()) {
        if (entry.type.startsWith(String(options.type ?? ''))) entries.push(entry)
      }
      const rows = entries
        .slice(-Number(options.last))
        .map(({ index, time, type, governance }) => [index as number, time, type, short(governance)])
      printRows(scene.io, ['entry', 'time', 'type', 'says'], rows)
    },
  )
  act(
    ledger
      .command('checkpoint')
      .option('--tenant <id>', 'one tenant only')
      .description('the signed heads, for whoever wants to hold us to them'),
    async ({ host, io }, options) => {
      const node = await host.node()
      const tenants = options.tenant ? [node.tenant(String(options.tenant))] : [...node.tenants.values()]
      for (const tenant of tenants) io.out(`${tenant.ledger.cosigned() ?? tenant.ledger.checkpoint()}\n`)
    },
  )
}

async function verifyFolder({ io, host }: Scene, folder: string, given?: string): Promise<void> {
  const at = existsSync(join(folder, 'ledger')) ? join(folder, 'ledger') : folder
  if (!existsSync(at)) throw cliErrors('FDP_CLI_NO_FILE', { file: folder })
  const vkey = given ?? (await readProfile(dirname(at)).catch(() => null))?.vkey
  if (vkey === undefined)
    throw cliErrors('FDP_CLI_USAGE', { what: 'the copy does not say its key', command: 'ledger verify' })
  if (given === undefined) io.err(`held against the key that the copy carries: ${vkey}\n`)
  const report = await verifyLedger(host.adapters.ledgerReader(at), vkey)
  const bad = printReport(io, report.origin, report)
  if (bad > 0) throw cliErrors('FDP_CLI_LEDGER_BAD', { findings: bad })
}

type Report = Awaited<ReturnType<typeof verifyLedger>>

/** Prints one report; returns the number of findings. */
export function printReport(io: Io, name: string, report: Report): number {
  const opened = report.details.opened === null ? 'not opened, no keys' : `${report.details.opened} opened`
  io.out(
    `${report.ok ? 'verified' : 'NOT VERIFIED'}  ${name}  ${report.size} entries, root ${report.root.slice(0, 16)}…, ` +
      `${report.cosignatures.length} cosignatures, details: ${report.details.present} (${opened}), ${report.erased.length} erased\n`,
  )
  for (const { file, entry, what } of report.findings)
    io.out(`  ${file}${entry === null ? '' : `, entry ${entry}`}: ${what}\n`)
  return report.findings.length + report.findingsLeftOut
}

const shownMax = 160

function short(governance: unknown): string {
  const text = JSON.stringify(governance)
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text
}
