import type { Command } from 'commander'
import { acknowledgeAlert, alertsOf, drawSample, outcomes, reasonFor, reviewSample, samplesOf } from '#audit'
import { auditOf } from '#node'
import { printRows, printWords } from '../io.ts'
import type { Act } from '../program.ts'
import { readChoiceOption, readDateOption, readWholeOption } from '../read-option.ts'
import { actingOptions, contextOf } from '../scene.ts'
import { tenantsOf } from './tenants-of.ts'

const entriesMax = 1_000_000_000

/** `fdp audit sample`, `samples`, `review`, `alerts`, `acknowledge`. */
export function auditReviewCommands(audit: Command, act: Act): void {
  sampleCommands(audit, act)
  reviewCommand(audit, act)
  alertCommands(audit, act)
}

function sampleCommands(audit: Command, act: Act): void {
  act(
    actingOptions(
      audit
        .command('sample')
        .argument('<day>', 'like 2026-01-31; it must be over')
        .description('draw the justifications of a day that are to be reviewed; the ledger draws, nobody picks'),
    ),
    async (scene, options, [day = '']) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const on = readDateOption(day, { option: '<day>', command: 'audit sample' })
      const sample = await drawSample(auditOf(tenant), context.subject, on)
      const words = `${sample.id}: ${sample.entries.length} of ${sample.population}: ${sample.entries.join(', ')}`
      printWords(scene.io, [words], sample)
    },
  )
  act(
    audit
      .command('samples')
      .description('what came of the reviews: public counts')
      .option('--tenant <id>', 'one tenant only'),
    async (scene, options) => {
      const rows = []
      for (const tenant of await tenantsOf(scene, options)) {
        for (const { id, population, entries, outcomes: of, open, honest } of await samplesOf(auditOf(tenant))) {
          rows.push([
            ...[tenant.profile.id as string, id, population, entries.length],
            ...[of.acceptable, of.unclear, of['not-acceptable'], open.join(','), honest],
          ])
        }
      }
      const columns = ['tenant', 'sample', 'justifications', 'drawn', 'acceptable', 'unclear', 'notAcceptable']
      printRows(scene.io, [...columns, 'open', 'drawnByTheLedger'], rows)
    },
  )
}

function reviewCommand(audit: Command, act: Act): void {
  act(
    actingOptions(
      audit
        .command('review')
        .argument('<sample>')
        .argument('<entry>', 'one entry of the sample')
        .description('review a justification, as an officer who neither gave it nor is in line with whoever did'),
    )
      .option('--outcome <what>', `${outcomes.join(', ')}; without it the reason is shown`)
      .option('--reason <text>', 'why; kept in the erasable part'),
    async (scene, options, [sample = '', entry = '']) => {
      const place = (option: string) => ({ option, command: 'audit review' })
      const { tenant, context } = await scene.acting(contextOf(options))
      const index = readWholeOption(entry, place('<entry>'), { min: 0, max: entriesMax })
      const of = { by: context.subject, sample, entry: index }
      if (options.outcome === undefined) {
        const reason = await reasonFor(auditOf(tenant), of)
        return printWords(scene.io, [reason], { ...of, reason })
      }
      const outcome = readChoiceOption(options.outcome, place('--outcome'), outcomes)
      const receipt = await reviewSample(auditOf(tenant), { ...of, outcome }, String(options.reason ?? ''))
      scene.io.err(`reviewed; entry ${receipt.index} of the ledger\n`)
    },
  )
}

function alertCommands(audit: Command, act: Act): void {
  act(
    audit
      .command('alerts')
      .description(
        'unusual reads, computed from the whole ledger: volume, hours, own or colleague’s record, many readers',
      )
      .option('--tenant <id>', 'one tenant only')
      .option('--all', 'acknowledged ones too'),
    async (scene, options) => {
      const rows = []
      for (const tenant of await tenantsOf(scene, options)) {
        for (const { id, rule, subject, day, measured, threshold, entries, acknowledgedBy } of await alertsOf(
          auditOf(tenant),
        )) {
          if (acknowledgedBy !== null && !options.all) continue
          rows.push([
            ...[tenant.profile.id as string, scene.io.isTerminal ? id.slice(0, 12) : id, rule, subject, day],
            ...[measured, threshold, entries.join(','), acknowledgedBy],
          ])
        }
      }
      const columns = ['tenant', 'alert', 'rule', 'person', 'day', 'measured', 'threshold', 'entries', 'acknowledgedBy']
      printRows(scene.io, columns, rows)
    },
  )
  act(
    actingOptions(
      audit
        .command('acknowledge')
        .argument('<alert>', 'the beginning of its id')
        .description('say that you looked into an alert; whoever it is about cannot'),
    ).requiredOption('--note <text>', 'what you found; kept in the erasable part'),
    async (scene, options, [beginning = '']) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const deps = auditOf(tenant)
      const found = (await alertsOf(deps)).filter(({ id }) => beginning.length >= 8 && id.startsWith(beginning))
      const id = found.length === 1 ? found[0]!.id : ''
      const { index } = await acknowledgeAlert(deps, context.subject, id, String(options.note))
      scene.io.err(`recorded; entry ${index} of the ledger\n`)
    },
  )
}
