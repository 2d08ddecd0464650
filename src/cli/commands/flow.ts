import { basename } from 'node:path'
import type { Command } from 'commander'
import { flowLog, readableReport, type Submission, type SubmissionReport, submit } from '#flows'
import type { JsonObject } from '#kernel'
import type { CsvDialect } from '#ports'
import { cliErrors, usage } from '../errors.ts'
import { type Io, printRows, printWords } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { readJsonOption } from '../read-json.ts'
import { readChoiceOption, readDateOption, readOdsOption } from '../read-option.ts'
import { type Acting, actingOptions, contextOf, type Scene } from '../scene.ts'
import { readMapping } from './mapping.ts'

/** `fdp flow submit`, `fdp flow list`. */
export function flowCommands(program: Command, act: Act): void {
  const flow = noun(program, 'flow', 'data on their way in')
  act(
    actingOptions(
      flow
        .command('submit')
        .argument('<object>')
        .argument('<file>')
        .description('take a file in: a whole snapshot of one object type, or the events of a day'),
    )
      .requiredOption('--controller <ods>', 'whose data it is')
      .requiredOption('--as-at <date>', 'the day it speaks of')
      .option('--events', 'the file has the events of that day, which are added to those that are there')
      .option('--format <name>', `${formats.join(', ')}; csv if left out`)
      .option('--part <name>', 'which sheet of a workbook, or which file of an archive, where it has several')
      .option('--mapping <file>', 'the declared mapping whose columns are those of the file')
      .option('--view <file>', 'for FHIR: the ViewDefinition whose columns are the properties of the object type')
      .option('--encoding <name>', 'utf-8, utf-16le or windows-1252; found out if left out')
      .option('--delimiter <character>', ', ; | or tab; found out if left out'),
    async (scene, options, [object = '', file = '']) => {
      const about = {
        ...{ object, dialect: dialectOf(options), ...(await writtenHow(scene, options)) },
        controller: readOdsOption(options.controller, { option: '--controller', command: 'flow submit' }),
        asAt: readDateOption(options.asAt, { option: '--as-at', command: 'flow submit' }),
        mode: options.events === true ? ('events' as const) : ('snapshot' as const),
      }
      const source = await scene.host.openFile(scene.path(file))
      const { context, tenant } = await scene.acting(contextOf(options))
      const { subject, purpose } = context
      const deps = { ...tenant.flows, progress: progressOf(scene.io, basename(file)) }
      const report = await submit({ ...about, source, subject, purpose }, deps)
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
  printWords(io, readableReport(report), report)
  if (report.repeated) io.err(`nothing changed: the same submission was dealt with in entry ${report.entry}\n`)
  if (report.outcome === 'refused') throw cliErrors('FDP_CLI_REFUSED', { entry: report.entry })
}

/** A bar a submission; one line of the ledger is worth more than a bar, so short work shows none. */
export function progressOf(io: Io, label: string): NonNullable<Acting['tenant']['flows']['progress']> {
  return (step, done, total) => io.progress(`${label}: ${step}`, done, total)
}

const formats = ['csv', 'fhir-ndjson', 'fhir-bundle', 'fhir-resource', 'cds-xml', 'parquet', 'xlsx', 'zip'] as const

/** Format, part and view of what is submitted: whether they go together is said before anything is opened. */
async function writtenHow(
  scene: Scene,
  options: Record<string, unknown>,
): Promise<Pick<Submission, 'format' | 'part' | 'view' | 'declared'>> {
  const command = 'flow submit'
  const { part, view, mapping } = options
  const format = readChoiceOption(options.format ?? 'csv', { option: '--format', command }, formats)
  const isFhir = format.startsWith('fhir-')
  if (isFhir && view === undefined) throw usage(`\`--format ${format}\` needs a \`--view\``, command)
  if (!isFhir && view !== undefined) throw usage('`--view` goes with a format of FHIR', command)
  if (isFhir && mapping !== undefined)
    throw usage('`--mapping` goes with lines of fields; for FHIR name a `--view`', command)
  return {
    format,
    ...(part === undefined ? {} : { part: String(part) }),
    ...(view === undefined ? {} : { view: await readJsonOption(scene, { file: view }, command) }),
    ...(mapping === undefined ? {} : { declared: await documentIn(scene, String(mapping)) }),
  }
}

async function documentIn(scene: Scene, file: string): Promise<JsonObject> {
  return (await readMapping(scene.path(file), file)).document
}

const encodings = ['utf-8', 'utf-16le', 'windows-1252'] as const
const delimiters = [',', ';', '|', 'tab'] as const

function dialectOf({ encoding, delimiter }: Record<string, unknown>): CsvDialect {
  const command = 'flow submit'
  const character =
    delimiter === undefined ? null : readChoiceOption(delimiter, { option: '--delimiter', command }, delimiters)
  return {
    encoding: encoding === undefined ? null : readChoiceOption(encoding, { option: '--encoding', command }, encodings),
    delimiter: character === 'tab' ? '\t' : character,
  }
}
