import type { Command } from 'commander'
import { myAccess, noticesAt, sightOf } from '#governance'
import { signAndAppend } from '#node'
import { printRows } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { readChoiceOption, readOdsOption } from '../read-option.ts'
import { actingOptions, contextOf } from '../scene.ts'

/** `fdp access mine`, `notices`, `review`, `end-outsiders`. */
export function accessMineCommands(program: Command, act: Act): void {
  const access = noun(program, 'access', 'who can see what, why, until when')
  mineCommand(access, act)
  noticesCommand(access, act)
  reviewCommand(access, act)
  endOutsidersCommand(access, act)
}

function mineCommand(access: Command, act: Act): void {
  act(
    actingOptions(
      access.command('mine').description('what you may do now, why, until when, and when it lapses unused'),
    ),
    async (scene, options) => {
      const { tenant, context, node } = await scene.acting(contextOf(options))
      const { state, policies } = tenant.governance
      const at = node.adapters.clock.now()
      sightOf(state(), context.subject, at)
      const columns = ['action', 'object', 'level', 'columns', 'purpose', 'why', 'until', 'lastUsed', 'lapses', 'grant']
      const rows = myAccess(state(), context.subject, at, policies).map(({ row, purposeName, reason }) => [
        ...[row.action, row.object, row.level, row.columns.length, row.purpose, reason ?? purposeName],
        ...[row.until.slice(0, 10), row.lastUsed?.slice(0, 10) ?? '', row.lapsesAt?.slice(0, 10) ?? '', row.grant],
      ])
      printRows(scene.io, columns, rows)
    },
  )
}

function noticesCommand(access: Command, act: Act): void {
  act(
    actingOptions(
      access.command('notices').description('access that will stop within thirty days; yours, or all as an officer'),
    ),
    async (scene, options) => {
      const { tenant, context, node } = await scene.acting(contextOf(options))
      const { state, policies } = tenant.governance
      const at = node.adapters.clock.now()
      const sight = sightOf(state(), context.subject, at)
      const rows = noticesAt(state(), at, policies)
        .filter(({ person, approver }) => sight.concerns(person, approver))
        .map(({ stopsAt, within, person, object, purpose, grant, because }) => [
          ...[stopsAt.slice(0, 10), within, person, object, purpose, grant],
          because.map(({ says, help }) => `${says}; ${help}`).join('; '),
        ])
      printRows(scene.io, ['stops', 'withinDays', 'person', 'object', 'purpose', 'grant', 'because'], rows)
    },
  )
}

function reviewCommand(access: Command, act: Act): void {
  act(
    actingOptions(access.command('review').argument('<grant>').description('look again at a grant: keep it, or end it'))
      .requiredOption('--outcome <outcome>', 'keep or end')
      .requiredOption('--reason <text>', 'why'),
    async (scene, options, [grant = '']) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const place = { option: '--outcome', command: 'access review' }
      const outcome = readChoiceOption(options.outcome, place, ['keep', 'end'] as const)
      const body = { grant, outcome, reason: String(options.reason) }
      const { index } = await signAndAppend(tenant, 'governance.grant-reviewed', body, context.subject)
      scene.io.err(`reviewed: ${outcome}; entry ${index} of the ledger\n`)
    },
  )
}

function endOutsidersCommand(access: Command, act: Act): void {
  act(
    actingOptions(
      access.command('end-outsiders').description('end now what everybody holds who is not the controller’s own staff'),
    )
      .option('--employer <ods>', 'only the people of one organisation')
      .requiredOption('--reason <text>', 'why'),
    async (scene, options) => {
      const { tenant, context, node } = await scene.acting(contextOf(options))
      const place = { option: '--employer', command: 'access end-outsiders' }
      const employer = options.employer === undefined ? null : readOdsOption(options.employer, place)
      const before = tenant.accessNow().length
      const body = { employer, at: node.adapters.clock.now(), reason: String(options.reason) }
      const { index } = await signAndAppend(tenant, 'governance.outsiders-ended', body, context.subject)
      const ended = before - tenant.accessNow().length
      scene.io.err(
        `ended: ${ended} lines of \`./fdp access list\`; entry ${index} of the ledger; no further batch leaves\n`,
      )
    },
  )
}
