import { basename } from 'node:path'
import type { Command } from 'commander'
import { flowLog, readableReport, type SubmissionReport, submit } from '#flows'
import { parseDate, parseOdsCode } from '#kernel'
import type { CsvDialect } from '#ports'
import { cliErrors } from '../errors.ts'
import { type Io, printRows } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { type Acting, actingOptions, contextOf } from '../scene.ts'

/** `fdp flow submit`, `fdp flow list`. */
export function flowCommands(program: Command, act: Act): void {
  const flow = noun(program, 'flow', 'data on their way in')
  act(
    actingOptions(
      flow
        .command('submit')
        .argument('<object>')
        .argument('<file>')
        .description('take a CSV file in: a whole snapshot of one object type'),
    )
      .requiredOption('--controller <ods>', 'whose data it is')
      .requiredOption('--as-at <date>', 'the day it speaks of')
      .option('--encoding <name>', 'utf-8, utf-16le or windows-1252; found out if left out')
      .option('--delimiter <character>', ', ; | or tab; found out if left out'),
    async (scene, options, [object = '', file = '']) => {
      const acting = await scene.acting(contextOf(options))
      const { context, tenant } = acting
      const source = await scene.host.openFile(scene.path(file))
      const report = await submit(
        {
          ...{
            object,
            controller: parseOdsCode(String(options.controller)),
            asAt: parseDate(String(options.asAt)),
            source,
          },
          ...{ subject: context.subject, purpose: context.purpose, dialect: dialectOf(options) },
        },
        { ...tenant.flows, progress: progressOf(scene.io, basename(file)) },
      )
      printReportOf(scene.io, report)
    },
  )
  act(
    actingOptions(flow.command('list').description('every submission and what became of it')),
    async (scene, options) => {
      const { tenant } = await scene.acting(contextOf(options))
      const { outcomes } = await flowLog(tenant.ledger)
      const rows = [...outcomes.values()].map((report) => [
        ...[report.submission.slice(0, 12), report.object, report.controller as string, report.asAt, report.outcome],
        ...[report.rows.read, report.rows.published, report.rows.quarantined, report.entry],
      ])
      printRows(
        scene.io,
        ['submission', 'object', 'controller', 'asAt', 'outcome', 'read', 'published', 'quarantined', 'entry'],
        rows,
      )
    },
  )
}

/** FDP_CLI_REFUSED after a refused submission, so that a script notices. */
export function printReportOf(io: Io, report: SubmissionReport): void {
  for (const line of readableReport(report)) io.out(`${line}\n`)
  if (report.repeated) io.err(`nothing changed: the same submission was dealt with in entry ${report.entry}\n`)
  if (report.outcome === 'refused') throw cliErrors('FDP_CLI_REFUSED', { entry: report.entry })
}

/** A bar a submission; one line of the ledger is worth more than a bar, so short work shows none. */
export function progressOf(io: Io, label: string): NonNullable<Acting['tenant']['flows']['progress']> {
  return (step, done, total) => io.progress(`${label}: ${step}`, done, total)
}

function dialectOf({ encoding, delimiter }: Record<string, unknown>): CsvDialect {
  const known = { encoding: ['utf-8', 'utf-16le', 'windows-1252'], delimiter: [',', ';', '|', 'tab', '\t'] }
  const wrong = (name: 'encoding' | 'delimiter', value: unknown) =>
    value !== undefined && !known[name].includes(String(value))
  if (wrong('encoding', encoding) || wrong('delimiter', delimiter)) {
    throw cliErrors('FDP_CLI_USAGE', { what: 'that encoding or delimiter is not known', command: 'flow submit' })
  }
  return {
    encoding: (encoding ?? null) as CsvDialect['encoding'],
    delimiter: (delimiter === 'tab' ? '\t' : (delimiter ?? null)) as CsvDialect['delimiter'],
  }
}
