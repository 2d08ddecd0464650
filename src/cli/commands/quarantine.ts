import type { Command } from 'commander'
import { flowLog, quarantine } from '#flows'
import { limits } from '#kernel'
import { findSubmission, readQuarantine } from '#node'
import { printRows } from '../io.ts'
import { printRead } from '../print-read.ts'
import { type Act, noun } from '../program.ts'
import { readWholeOption } from '../read-option.ts'
import { actingOptions, contextOf } from '../scene.ts'

const rowsShown = '100'

/** `fdp quarantine list`, `show`. */
export function quarantineCommands(program: Command, act: Act): void {
  const group = noun(program, 'quarantine', 'rows that stayed out of a submission, and the rule each broke')
  act(
    actingOptions(
      group
        .command('list')
        .argument('[submission]', 'the beginning of its id; without it, every submission with rows in quarantine')
        .description('rule, position and column of what stayed out; no values'),
    ),
    async (scene, options, [submission]) => {
      const { tenant } = await scene.acting(contextOf(options))
      if (submission !== undefined) {
        const { rows } = await quarantine(tenant.flows, (await findSubmission(tenant, submission)).submission)
        const cells = rows.map(({ row, rule, column }) => [row, rule, column])
        return printRows(scene.io, ['row', 'rule', 'column'], cells)
      }
      const { outcomes } = await flowLog(tenant.ledger)
      const cells = [...outcomes.values()].flatMap(({ submission: id, object, asAt, outcome, findings }) =>
        findings
          .filter(({ severity }) => severity !== 'WARN')
          .map(({ rule, column, rows }) => [id.slice(0, 12), object, asAt, outcome, rule, column, rows]),
      )
      printRows(scene.io, ['submission', 'object', 'asAt', 'outcome', 'rule', 'column', 'rows'], cells)
    },
  )
  act(
    actingOptions(
      group
        .command('show')
        .argument('<submission>', 'the beginning of its id')
        .description('the same with the values, for those who may read the object type at identifiable level'),
    ).option('--limit <rows>', `at most ${limits.filterValuesMax}`, rowsShown),
    async (scene, options, [beginning = '']) => {
      const place = { option: '--limit', command: 'quarantine show' }
      const rowsMax = readWholeOption(options.limit, place, { min: 1, max: limits.filterValuesMax })
      const acting = await scene.acting(contextOf(options))
      const submission = await findSubmission(acting.tenant, beginning)
      await using result = await readQuarantine(acting.tenant, await acting.session(), submission, rowsMax)
      const rows = await printRead(scene.io, result)
      scene.io.err(`${rows} values; entry ${result.entry} of the ledger\n`)
    },
  )
}
