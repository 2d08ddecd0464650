import type { Command } from 'commander'
import { type AccessRow, approveGrant, explain, type Level, type ReadRequest, revokeGrant } from '#governance'
import { addMs, type PurposeId, parseSubjectId } from '#kernel'
import { cliErrors } from '../errors.ts'
import { type Io, printRows } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { actingOptions, contextOf } from '../scene.ts'

const dayMs = 86_400_000

/** `fdp access list`, `explain`, `grant`, `revoke`. */
export function accessCommands(program: Command, act: Act): void {
  const access = noun(program, 'access', 'who can see what, why, until when')
  act(
    access
      .command('list')
      .description('who can see what now: every live grant, evaluated by the policies that enforce')
      .option('--tenant <id>', 'one tenant only'),
    async ({ host, io }, options) => {
      const node = await host.node()
      const tenants = options.tenant ? [node.tenant(String(options.tenant))] : [...node.tenants.values()]
      printAccess(
        io,
        tenants.flatMap((tenant) => tenant.accessNow().map((row) => ({ tenant: tenant.profile.id as string, row }))),
      )
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
        columns: typeof options.columns === 'string' ? options.columns.split(',') : 'all-permitted',
        ...(options.level ? { level: options.level as Level } : {}),
      }
      for (const line of explain(tenant.governance.state(), request, tenant.governance.policies))
        scene.io.out(`${line}\n`)
    },
  )
  act(
    actingOptions(access.command('grant').argument('<id>').description('approve a grant, as an officer of the tenant'))
      .requiredOption('--to <person>', 'who may read')
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
      .option('--days <n>', 'for how long', '90')
      .option('--policy <id>', 'disclosure policy, at aggregate level'),
    async (scene, options, [id = '']) => {
      const { tenant, context, node } = await scene.acting(contextOf(options))
      const { policies, ...governance } = tenant.governance
      const at = node.adapters.clock.now()
      const state = governance.state()
      const dpia = state.dpias.get(String(options.dpia))?.findLast((version) => version.effectiveFrom <= at)
      const input = {
        ...{
          by: context.subject,
          id,
          subject: parseSubjectId(String(options.to)),
          action: 'read' as const,
          object: String(options.object),
        },
        columns: typeof options.columns === 'string' ? options.columns.split(',') : ('all-at-level' as const),
        ...{
          level: options.level as Level,
          purpose: String(options.for) as PurposeId,
          from: at,
          until: addMs(at, Number(options.days) * dayMs),
        },
        rows: { controllers: 'all' as const, where: (options.where as string[]).map(rowTest) },
        dpia: { id: String(options.dpia), version: dpia?.version ?? 1, sha256: dpia?.sha256 ?? '0'.repeat(64) },
        disclosurePolicy: typeof options.policy === 'string' ? options.policy : null,
      }
      const receipt = await tenant.ledger.append(approveGrant(state, input, at, policies))
      scene.io.err(`granted; entry ${receipt.index} of the ledger\n`)
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
      const input = { by: context.subject, grant, at, reason: String(options.reason) }
      const receipt = await tenant.ledger.append(revokeGrant(tenant.governance.state(), input, at))
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

function rowTest(text: string): { property: string; in: string[] } {
  const match = /^(\w+)=(.+)$/.exec(text)
  if (!match)
    throw cliErrors('FDP_CLI_USAGE', { what: '`--where` takes `property=value|value`', command: 'access grant' })
  return { property: match[1] ?? '', in: (match[2] ?? '').split('|') }
}
