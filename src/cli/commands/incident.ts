import type { Command } from 'commander'
import {
  closeIncident,
  containIncident,
  describeIncident,
  incidentFields,
  incidentReport,
  incidentsOf,
  openIncident,
  recordReported,
} from '#audit'
import { parseOdsCode, parseSubjectId } from '#kernel'
import { auditOf, endAccess } from '#node'
import { usage } from '../errors.ts'
import { printRows, printWords } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { readBeginningOption, readChoiceOption, readNamesOption } from '../read-option.ts'
import { actingOptions, contextOf } from '../scene.ts'
import { tenantsOf } from './tenants-of.ts'

/** `fdp incident open`, `contain`, `describe`, `report`, `reported`, `close`, `list`. */
export function incidentCommands(program: Command, act: Act): void {
  const incident = noun(program, 'incident', 'suspected breaches of personal data: contain, work out, report, close')
  openCommand(incident, act)
  workCommands(incident, act)
  endCommands(incident, act)
  act(
    incident.command('list').description('every incident and its clock').option('--tenant <id>', 'one tenant only'),
    async (scene, options) => {
      const rows = []
      for (const tenant of await tenantsOf(scene, options)) {
        for (const { id, awareAt, dueAt, contained, reportedAt, closed } of await incidentsOf(auditOf(tenant))) {
          rows.push([tenant.profile.id as string, id, awareAt, dueAt, contained.length, reportedAt, closed])
        }
      }
      printRows(scene.io, ['tenant', 'incident', 'awareAt', 'dueAt', 'grantsEnded', 'reportedAt', 'closed'], rows)
    },
  )
}

function openCommand(incident: Command, act: Act): void {
  const place = (option: string) => ({ option, command: 'incident open' })
  act(
    actingOptions(incident.command('open').argument('<id>').description('open an incident; the clock of 72 hours runs'))
      .requiredOption('--since <moment>', 'first moment of what may have been wrong')
      .option('--aware <moment>', 'when the controller became aware; now if left out')
      .option('--grants <ids>', 'grants concerned, separated by commas')
      .option('--persons <ids>', 'people concerned')
      .option('--employers <ods>', 'organisations concerned'),
    async (scene, options, [id = '']) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const deps = auditOf(tenant)
      const { index } = await openIncident(deps, {
        ...{ by: context.subject, id, since: readBeginningOption(options.since, place('--since')) },
        awareAt: options.aware === undefined ? deps.clock.now() : readBeginningOption(options.aware, place('--aware')),
        ...namesOf(options),
      })
      scene.io.err(`opened; entry ${index} of the ledger; end access with \`./fdp incident contain ${id}\`\n`)
    },
  )
}

function namesOf(options: Record<string, unknown>) {
  const grants = [...readNamesOption(options.grants)]
  try {
    return {
      grants,
      persons: readNamesOption(options.persons).map(parseSubjectId),
      employers: readNamesOption(options.employers).map(parseOdsCode),
    }
  } catch {
    throw usage('`--persons` takes ids of people who act, `--employers` ODS codes', 'incident open')
  }
}

function workCommands(incident: Command, act: Act): void {
  act(
    actingOptions(
      incident.command('contain').argument('<id>').description('end every live grant that it concerns, now'),
    ),
    async (scene, options, [id = '']) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const ended = await containIncident(auditOf(tenant), id, context.subject, endAccess(tenant, context.subject))
      scene.io.err(`${ended.length} grants ended; no further batch leaves the gate by them\n`)
    },
  )
  act(
    actingOptions(
      incident
        .command('describe')
        .argument('<id>')
        .argument('<field>', incidentFields.join(', '))
        .description('write a part of the report'),
    ).requiredOption('--words <text>', 'kept in the erasable part'),
    async (scene, options, [id = '', field]) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const at = { option: '<field>', command: 'incident describe' }
      const body = { by: context.subject, id, field: readChoiceOption(field, at, incidentFields) }
      await describeIncident(auditOf(tenant), body, String(options.words))
    },
  )
  act(
    actingOptions(
      incident
        .command('report')
        .argument('<id>')
        .description('the report after UK GDPR Article 33, with what is missing'),
    ),
    async (scene, options, [id = '']) => {
      const { tenant } = await scene.acting(contextOf(options))
      const report = await incidentReport(auditOf(tenant), id)
      scene.io.out(`${JSON.stringify(report, null, scene.io.isTerminal ? 1 : 0)}\n`)
    },
  )
}

function endCommands(incident: Command, act: Act): void {
  act(
    actingOptions(incident.command('reported').argument('<id>').description('put on record that the report went out'))
      .option('--to <whom>', 'to whom', 'Information Commissioner')
      .option('--late-because <text>', 'reasons for more than 72 hours'),
    async (scene, options, [id = '']) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const lateBecause = typeof options.lateBecause === 'string' ? options.lateBecause : null
      const of = { by: context.subject, id, to: String(options.to), lateBecause }
      const { index } = await recordReported(auditOf(tenant), of)
      scene.io.err(`recorded; entry ${index} of the ledger\n`)
    },
  )
  act(
    actingOptions(incident.command('close').argument('<id>').description('close an incident')).requiredOption(
      '--outcome <text>',
      'what came of it; stays for good, so without a patient’s name',
    ),
    async (scene, options, [id = '']) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const closing = { by: context.subject, id, outcome: String(options.outcome) }
      const { report } = await closeIncident(auditOf(tenant), closing)
      printWords(scene.io, [`closed; people affected: ${report.dataSubjects.approximate}`], report)
    },
  )
}
