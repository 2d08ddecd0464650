import type { Command } from 'commander'
import { answerRight, extendRight, requestRight, rightsKinds, rightsOf } from '#audit'
import { auditOf } from '#node'
import { printRows } from '../io.ts'
import type { Act } from '../program.ts'
import { readBeginningOption, readChoiceOption } from '../read-option.ts'
import { actingOptions, contextOf } from '../scene.ts'
import { tenantsOf } from './tenants-of.ts'

const extensions = ['complex', 'many-requests'] as const
const answers = ['granted', 'granted-in-part', 'refused', 'withdrawn'] as const

/** `fdp rights request`, `extend`, `answer`, `list`. */
export function rightsCommands(rights: Command, act: Act): void {
  requestCommand(rights, act)
  answerCommands(rights, act)
  act(
    rights
      .command('list')
      .description('requests and their clocks, overdue ones first')
      .option('--tenant <id>', 'one tenant only')
      .option('--overdue', 'overdue ones only'),
    async (scene, options) => {
      const found = []
      for (const tenant of await tenantsOf(scene, options)) {
        for (const request of await rightsOf(auditOf(tenant)))
          found.push({ tenant: tenant.profile.id as string, request })
      }
      const rows = found
        .filter(({ request }) => !options.overdue || request.overdue)
        .sort((a, b) => Number(b.request.overdue) - Number(a.request.overdue))
        .map(({ tenant, request: { id, right, receivedAt, dueOn, extendedBecause, outcome, overdue } }) => [
          ...[tenant, id, right, receivedAt, dueOn, extendedBecause, outcome, overdue],
        ])
      const columns = ['tenant', 'request', 'right', 'receivedAt', 'dueOn', 'extendedBecause', 'outcome', 'overdue']
      printRows(scene.io, columns, rows)
    },
  )
}

function requestCommand(rights: Command, act: Act): void {
  const place = (option: string) => ({ option, command: 'rights request' })
  act(
    actingOptions(
      rights
        .command('request')
        .argument('<id>', 'a name for the case, without a person’s')
        .argument('<right>', rightsKinds.join(', '))
        .description('put a person’s request on record; one month runs from when it was received'),
    )
      .requiredOption('--about <text>', 'who the person is and what they want; kept in the erasable part')
      .option('--received <moment>', 'when it came in; now if left out'),
    async (scene, options, [id = '', right]) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const deps = auditOf(tenant)
      const body = {
        ...{ by: context.subject, id, right: readChoiceOption(right, place('<right>'), rightsKinds) },
        receivedAt:
          options.received === undefined
            ? deps.clock.now()
            : readBeginningOption(options.received, place('--received')),
      }
      const { index } = await requestRight(deps, body, { about: String(options.about) })
      scene.io.err(`recorded; entry ${index} of the ledger\n`)
    },
  )
}

function answerCommands(rights: Command, act: Act): void {
  act(
    actingOptions(
      rights.command('extend').argument('<id>').description('extend the time to answer by two months, once'),
    ).requiredOption('--reason <why>', extensions.join(', ')),
    async (scene, options, [id = '']) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const reason = readChoiceOption(options.reason, { option: '--reason', command: 'rights extend' }, extensions)
      const { index } = await extendRight(auditOf(tenant), { by: context.subject, id, reason })
      scene.io.err(`extended; entry ${index} of the ledger; tell the person why within the first month\n`)
    },
  )
  act(
    actingOptions(rights.command('answer').argument('<id>').description('put the answer on record'))
      .requiredOption('--outcome <what>', answers.join(', '))
      .requiredOption('--words <text>', 'what was answered; kept in the erasable part'),
    async (scene, options, [id = '']) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const deps = auditOf(tenant)
      const outcome = readChoiceOption(options.outcome, { option: '--outcome', command: 'rights answer' }, answers)
      const body = { by: context.subject, id, outcome, at: deps.clock.now() }
      const { index } = await answerRight(deps, body, String(options.words))
      scene.io.err(`answered; entry ${index} of the ledger\n`)
    },
  )
}
