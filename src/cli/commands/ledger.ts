import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Command } from 'commander'
import { toBase64 } from '#kernel'
import { parseVerifierKey, type VerifyReport, verifyLedger } from '#ledger'
import { checkOfficer, readProfile, tenantFolders } from '#node'
import { cliErrors, usage } from '../errors.ts'
import { type Io, printRows, printWords } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { readWholeOption } from '../read-option.ts'
import { actingOptions, contextOf, type Host, type Scene } from '../scene.ts'

const entriesMax = 1_000_000
const attemptsMax = 3

/** `fdp ledger verify`, `show`, `checkpoint`, `key`, `proof`, `erase-detail`. */
export function ledgerCommands(program: Command, act: Act): void {
  const ledger = noun(program, 'ledger', 'what was done: the signed, append-only record')
  act(
    ledger
      .command('verify')
      .argument('[folder]', 'a copy of a ledger folder; without it, every ledger of this home')
      .option('--vkey <key>', 'verifier key to hold the copy against; else the one it carries')
      .description('check every byte of the files alone: tree, entries, erasures, signatures'),
    async (scene, options, [folder]) => {
      const { io, host } = scene
      const bad =
        folder === undefined
          ? await verifyHome(io, host)
          : await verifyFolder(scene, scene.path(folder), options.vkey as string | undefined)
      if (bad > 0) throw cliErrors('FDP_CLI_LEDGER_BAD', { findings: bad })
    },
  )
  showCommand(ledger, act)
  headCommands(ledger, act)
  act(
    actingOptions(
      ledger
        .command('proof')
        .argument('<entry>')
        .description('that one entry is in the signed tree, for anybody to check'),
    ),
    async (scene, options, [entry = '']) => {
      const { tenant } = await scene.acting(contextOf(options))
      const index = readWholeOption(entry, { option: '<entry>', command: 'ledger proof' }, { min: 0, max: entriesMax })
      const hashes = (await tenant.ledger.inclusionProof(index)).map(toBase64)
      const checkpoint = tenant.ledger.checkpoint()
      // c2sp.org/tlog-proof: the index, the audit path, and the checkpoint that it leads to.
      const text = ['c2sp.org/tlog-proof@v1', `index ${index}`, ...hashes, '', checkpoint.trimEnd()]
      printWords(scene.io, text, { entry: index, hashes, checkpoint })
    },
  )
  act(
    actingOptions(
      ledger
        .command('erase-detail')
        .argument('<entry>')
        .description('destroy the erasable part of an entry, as an officer of the tenant; the entry itself stays'),
    ).requiredOption('--reason <text>', 'why; goes into the ledger for good'),
    async (scene, options, [entry = '']) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const place = { option: '<entry>', command: 'ledger erase-detail' }
      const index = readWholeOption(entry, place, { min: 0, max: entriesMax })
      checkOfficer(tenant, context.subject)
      const receipt = await tenant.ledger.eraseDetail(index, `${String(options.reason)} (${context.subject})`)
      scene.io.err(`the detail of entry ${index} is gone; entry ${receipt.index} of the ledger says so\n`)
    },
  )
}

function showCommand(ledger: Command, act: Act): void {
  act(
    actingOptions(
      ledger
        .command('show')
        .argument('[entry]', 'one entry, and whether it has a detail; without it, the latest')
        .description('entries, without their details'),
    )
      .option('--last <n>', 'how many', '20')
      .option('--type <prefix>', 'only types that begin so, for example read.'),
    async (scene, options, [one]) => {
      const { io } = scene
      const { ledger: log } = (await scene.acting(contextOf(options))).tenant
      const place = (option: string) => ({ option, command: 'ledger show' })
      if (one !== undefined) {
        const index = readWholeOption(one, place('<entry>'), { min: 0, max: entriesMax })
        const entry = await log.entry(index)
        const detail = await log.detail(index)
        return io.out(`${JSON.stringify({ ...entry, detail: detail.state }, null, io.isTerminal ? 1 : 0)}\n`)
      }
      const last = readWholeOption(options.last, place('--last'), { min: 1, max: entriesMax })
      const prefix = String(options.type ?? '')
      const found = []
      // From the end, so that the latest few of a long ledger cost little.
      for (let index = log.size - 1; index >= 0 && found.length < last; index--) {
        const entry = await log.entry(index)
        if (entry.type.startsWith(prefix)) found.unshift(entry)
      }
      const rows = found.map(({ index, time, type, governance }) => [
        ...[index as number, time, type],
        io.isTerminal ? short(JSON.stringify(governance)) : JSON.stringify(governance),
      ])
      printRows(io, ['entry', 'time', 'type', 'says'], rows)
    },
  )
}

function headCommands(ledger: Command, act: Act): void {
  act(
    ledger
      .command('checkpoint')
      .option('--tenant <id>', 'one tenant only')
      .description('the signed heads, for whoever wants to hold us to them'),
    async ({ host, io }, options) => {
      const node = await host.node()
      const tenants = options.tenant ? [node.tenant(String(options.tenant))] : [...node.tenants.values()]
      for (const tenant of tenants) io.out(`${tenant.ledger.checkpoint()}\n`)
    },
  )
  act(
    ledger.command('key').description('the verifier keys, to keep apart from the ledgers they verify'),
    async ({ host, io }) => {
      const rows = (await tenantFolders(host.home)).map(({ profile }) => [profile.id as string, profile.vkey])
      printRows(io, ['tenant', 'vkey'], rows)
    },
  )
}

/** From the files alone, so that a ledger too damaged to open is verified too. Returns the number of findings. */
async function verifyHome(io: Io, host: Host): Promise<number> {
  let bad = 0
  for (const { folder, profile } of await tenantFolders(host.home)) {
    const { adapters, serving } = host
    const keys = existsSync(join(folder, 'keys')) ? await adapters.openKeys(join(folder, 'keys'), profile.id) : null
    const verify = () =>
      verifyLedger(adapters.ledgerReader(join(folder, 'ledger')), profile.vkey, keys === null ? {} : { keys })
    const log = serving?.tenants.get(profile.id)?.ledger
    bad += printReport(io, profile.id, await whileWriting(verify, log ?? null))
    await io.drained()
  }
  return bad
}

/** Files read while their writer goes on may not fit together; then they are read again. */
async function whileWriting(
  verify: () => Promise<VerifyReport>,
  log: { readonly size: number; settle(): Promise<void> } | null,
): Promise<VerifyReport> {
  for (let attempt = 1; ; attempt++) {
    await log?.settle()
    const before = log?.size
    const report = await verify()
    if (report.ok || log === null || log.size === before || attempt === attemptsMax) return report
  }
}

async function verifyFolder({ io, host }: Scene, folder: string, given?: string): Promise<number> {
  const at = existsSync(join(folder, 'ledger')) ? join(folder, 'ledger') : folder
  if (!existsSync(at)) throw cliErrors('FDP_CLI_NO_FILE', { file: basename(folder) })
  const vkey = given ?? (await readProfile(dirname(at)).catch(() => null))?.vkey
  if (vkey === undefined) throw usage('the copy does not say its key; give it with `--vkey`', 'ledger verify')
  parseVerifierKey(vkey)
  if (given === undefined) io.err(`held against the key that the copy carries: ${vkey}\n`)
  const report = await verifyLedger(host.adapters.ledgerReader(at), vkey)
  return printReport(io, report.origin, report)
}

/** Prints one report; returns the number of findings. */
export function printReport(io: Io, name: string, report: VerifyReport): number {
  const { ok, size, root, details, cosignatures, erased, findings, findingsLeftOut } = report
  const opened = details.opened === null ? 'not opened, no keys' : `${details.opened} opened`
  const left = findingsLeftOut > 0 ? [`  and ${findingsLeftOut} more`] : []
  printWords(
    io,
    [
      `${ok ? 'verified' : 'NOT VERIFIED'}  ${name}  ${size} entries, root ${root.slice(0, 16)}…, ` +
        `${cosignatures.length} cosignatures, details: ${details.present} (${opened}), ${erased.length} erased`,
      ...findings.map(({ file, entry, what }) => `  ${file}${entry === null ? '' : `, entry ${entry}`}: ${what}`),
      ...left,
    ],
    {
      ...{ ledger: name, verified: ok, entries: size, root, cosignatures: cosignatures.length },
      ...{ details: details.present, opened: details.opened, erased: erased.length, findings, findingsLeftOut },
    },
  )
  return findings.length + findingsLeftOut
}

const shownMax = 160

function short(text: string): string {
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text
}
