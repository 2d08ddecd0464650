import type { Command } from 'commander'
import { type AccessRow, approveGrant, explain, grantActions, levels, type ReadRequest } from '#governance'
import { addMs, type Instant } from '#kernel'
import { accessThen, appendInTurn, officersOf, signAndAppend } from '#node'
import { type Io, printRows, printWords } from '../io.ts'
import { type Act, noun } from '../program.ts'
import {
  readChoiceOption,
  readMomentOption,
  readNamesOption,
  readPersonOption,
  readPurposeOption,
  readWholeOption,
} from '../read-option.ts'
import { readRowTests } from '../read-row-tests.ts'
import { actingOptions, contextOf } from '../scene.ts'

const dayMs = 86_400_000
const daysMax = 3_660

/** `fdp access list`, `officers`, `explain`, `grant`, `revoke`. */
export function accessCommands(program: Command, act: Act): void {
  const access = noun(program, 'access', 'who can see what, why, until when')
  act(
    access
      .command('list')
      .description('who can see what now: every live grant, evaluated by the policies that enforce')
      .option('--tenant <id>', 'one tenant only')
      .option('--as-of <moment>', 'who could see what then: 2026-01-31, or a moment with its offset'),
    async ({ host, io }, options) => {
      const node = await host.node()
      const tenants = options.tenant ? [node.tenant(String(options.tenant))] : [...node.tenants.values()]
      const asOf = options.asOf === undefined ? null : momentOf(options.asOf, node.adapters.clock.now())
      const rows = await Promise.all(
        tenants.map(async (tenant) => {
          const access = asOf === null ? tenant.accessNow() : await accessThen(tenant, asOf)
          return access.map((row) => ({ tenant: tenant.profile.id as string, row }))
        }),
      )
      printAccess(io, rows.flat())
    },
  )
  act(
    access
      .command('officers')
      .description('who answers for a tenant: they approve, revoke and sign recoveries')
      .option('--tenant <id>', 'one tenant only'),
    async ({ host, io }, options) => {
      const node = await host.node()
      const tenants = options.tenant ? [node.tenant(String(options.tenant))] : [...node.tenants.values()]
      const rows = tenants.flatMap((tenant) =>
        officersOf(tenant).map(({ id, name, role, duties }) => [
          ...[tenant.profile.id as string, id as string, name, role],
          duties.join(', '),
        ]),
      )
      printRows(io, ['tenant', 'person', 'name', 'role', 'duties'], rows)
    },
  )
  act(
    actingOptions(
      access.command('explain').argument('<object>').description('what is missing for you to read an object type'),
    )
      .option('--columns <names>', 'separated by commas')
      .option('--level <level>', 'identifiable, pseudonymised or aggregate'),
    async (scene, options, [object = '']) => {
      const { tenant, context, node } = await scene.acting(contextOf(options))
      const request: ReadRequest = {
        ...{
          subject: context.subject,
          purpose: context.purpose,
          object,
          action: 'read',
          at: node.adapters.clock.now(),
        },
        columns: options.columns === undefined ? 'all-permitted' : readNamesOption(options.columns),
        ...(options.level ? { level: levelOf(options.level, 'access explain') } : {}),
      }
      const lines = explain(tenant.governance.state(), request, tenant.governance.policies)
      printWords(scene.io, lines, { object, says: lines })
    },
  )
  act(
    actingOptions(access.command('grant').argument('<id>').description('approve a grant, as an officer of the tenant'))
      .requiredOption('--to <person>', 'who may')
      .requiredOption('--object <name>', 'which object type')
      .requiredOption('--level <level>', 'identifiable, pseudonymised or aggregate')
      .requiredOption('--for <purpose>', 'for what')
      .requiredOption('--dpia <id>', 'on which data protection impact assessment it rests')
      .option('--columns <names>', 'separated by commas; all that the level shows if left out')
      .option(
        '--where <test>',
        'property=value|value; may be repeated',
        (value: string, all: string[]) => [...all, value],
        [],
      )
      .option('--action <action>', 'read, edit by declared actions, or submit files', 'read')
      .option('--days <n>', 'for how long', '90')
      .option('--policy <id>', 'disclosure policy, at aggregate level'),
    async (scene, options, [id = '']) => {
      const { tenant, context, node } = await scene.acting(contextOf(options))
      const at = node.adapters.clock.now()
      const place = { option: '--days', command: 'access grant' }
      const days = readWholeOption(options.days, place, { min: 1, max: daysMax })
      const state = tenant.governance.state()
      const dpia = state.dpias.get(String(options.dpia))?.findLast((version) => version.effectiveFrom <= at)
      const input = {
        ...{
          by: context.subject,
          id,
          subject: readPersonOption(options.to, { option: '--to', command: 'access grant' }),
          action: readChoiceOption(options.action, { option: '--action', command: 'access grant' }, grantActions),
          object: String(options.object),
        },
        columns: options.columns === undefined ? ('all-at-level' as const) : [...readNamesOption(options.columns)],
        ...{
          level: levelOf(options.level, 'access grant'),
          purpose: readPurposeOption(options.for, { option: '--for', command: 'access grant' }),
          from: at,
          until: addMs(at, days * dayMs),
        },
        rows: { controllers: 'all' as const, where: readRowTests(options.where as string[], 'access grant') },
        dpia: { id: String(options.dpia), version: dpia?.version ?? 1, sha256: dpia?.sha256 ?? '0'.repeat(64) },
        disclosurePolicy: typeof options.policy === 'string' ? options.policy : null,
      }
      const [receipt] = await appendInTurn(
        tenant,
        (now, moment, policies) => approveGrant(now, { ...input, from: moment }, moment, policies),
        { by: context.subject, type: 'governance.grant-approved' },
      )
      scene.io.err(`granted; entry ${receipt?.index} of the ledger\n`)
    },
  )
  act(
    actingOptions(access.command('revoke').argument('<grant>').description('end a grant now')).requiredOption(
      '--reason <text>',
      'why',
    ),
    async (scene, options, [grant = '']) => {
      const { tenant, context, node } = await scene.acting(contextOf(options))
      const at = node.adapters.clock.now()
      const body = { grant, at, reason: String(options.reason) }
      const receipt = await signAndAppend(tenant, 'governance.grant-revoked', body, context.subject)
      scene.io.err(`revoked; entry ${receipt.index} of the ledger; no further batch leaves the gate\n`)
    },
  )
}

/** The list that answers "who can see what", the same wherever it is printed. */
export function printAccess(io: Io, rows: readonly { readonly tenant: string; readonly row: AccessRow }[]): void {
  const columns = ['tenant', 'person', 'kind', 'action', 'object', 'level', 'columns', 'purpose', 'until', 'approvedBy']
  printRows(
    io,
    columns,
    rows.map(({ tenant, row }) => [
      ...[tenant, row.person, row.kind, row.action, row.object, row.level, row.columns.length, row.purpose],
      ...[row.until.slice(0, 10), row.approvedBy],
    ]),
  )
}

const levelOf = (text: unknown, command: string) => readChoiceOption(text, { option: '--level', command }, levels)

/** The future is not known: what is to come can only be said as things stand, by `access list`. */
function momentOf(text: unknown, now: Instant): Instant {
  const at = readMomentOption(text, { option: '--as-of', command: 'access list' })
  return at < now ? at : now
}
