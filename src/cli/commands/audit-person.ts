import { readFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Command } from 'commander'
import {
  assurances,
  authorities,
  checkMayAsk,
  findPatient,
  type PersonReport,
  personReport,
  signAudit,
  verifyPersonReport,
  withholdingReasons,
} from '#audit'
import type { JsonObject } from '#kernel'
import { auditOf } from '#node'
import { cliErrors } from '../errors.ts'
import { type Io, printRows, printWords } from '../io.ts'
import { patientOf, patientOptions } from '../patient-option.ts'
import type { Act } from '../program.ts'
import { readChoiceOption, readMomentOption, readPersonOption, readWholeOption } from '../read-option.ts'
import { actingOptions, contextOf } from '../scene.ts'

const entriesMax = 1_000_000_000

/** `fdp audit person`, `verify-report`, `redact`, `naming`, `link-staff`, and `fdp rights proxy`. */
export function auditPersonCommands(audit: Command, rights: Command, act: Act): void {
  reportCommand(audit, act)
  verifyCommand(audit, act)
  redactCommand(audit, act)
  linkCommand(audit, act)
  proxyCommand(rights, act)
  act(
    actingOptions(
      audit
        .command('naming')
        .argument('<how>', 'role or name')
        .description('whether reports to patients give the role of staff, or their name, too'),
    ),
    async (scene, options, [how = '']) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const staff = readChoiceOption(how, { option: '<how>', command: 'audit naming' }, ['role', 'name'] as const)
      const { index } = await signAudit(auditOf(tenant), 'audit.naming-set', { by: context.subject, staff })
      scene.io.err(`recorded; entry ${index} of the ledger\n`)
    },
  )
}

function reportCommand(audit: Command, act: Act): void {
  act(
    patientOptions(
      actingOptions(
        audit
          .command('person')
          .argument('[patient]', 'the controller’s own id of the patient')
          .description('who used a patient’s record, when, for what, with proofs; finding them is a read of yours'),
      ),
    )
      .requiredOption('--assurance <level>', `how the person proved who they are: ${assurances.join(', ')}`)
      .option('--proxy <id>', 'made for somebody on record who may act for them')
      .option('--out <file>', 'where to write the report; else it is shown in short'),
    async (scene, options, [patient]) => {
      const place = { option: '--assurance', command: 'audit person' }
      const requester = {
        assurance: readChoiceOption(options.assurance, place, assurances),
        proxy: typeof options.proxy === 'string' ? options.proxy : null,
      }
      const name = patientOf(patient, options, 'audit person')
      const { tenant, session } = await scene.acting(contextOf(options))
      const report = await personReport(auditOf(tenant), await session(), name, requester)
      if (typeof options.out !== 'string') return printReport(scene.io, report)
      await writeFile(scene.path(options.out), `${JSON.stringify(report)}\n`, { mode: 0o600 })
      scene.io.err(`${report.uses.length} uses written to ${basename(options.out)}\n`)
    },
  )
}

function printReport(io: Io, report: PersonReport): void {
  const rows = report.uses.map(({ read, at, who, purpose, data, certainty, says }) => [
    ...[read, at, who.name ?? who.role, who.organisation, purpose.name],
    ...[data.map(({ object, level }) => `${object} (${level})`).join(', '), certainty, says],
  ])
  printRows(io, ['entry', 'at', 'who', 'organisation', 'for', 'data', 'you were in it', 'says'], rows)
  for (const { words } of report.withheld) io.err(`something is withheld: ${words}\n`)
}

function verifyCommand(audit: Command, act: Act): void {
  act(
    audit
      .command('verify-report')
      .argument('<file>', 'a report about who used a record')
      .requiredOption('--vkey <key>', 'verifier key of the ledger, from elsewhere than the report')
      .description('check every proof of a report, from the file alone'),
    async ({ io, path }, options, [file = '']) => {
      const text = await readFile(path(file), 'utf8').catch(() => null)
      if (text === null) throw cliErrors('FDP_CLI_NO_FILE', { file: basename(file) })
      let document: JsonObject = {}
      try {
        document = JSON.parse(text)
      } catch {
        // Not JSON is not a report: said as such below.
      }
      const found = verifyPersonReport(document, String(options.vkey))
      const { uses, proved, opened, withheld } = found
      const words = `holds: ${uses} uses in the signed ledger, ${proved} with your key in their list, ${opened} shown in full`
      printWords(io, [words, ...(withheld > 0 ? ['something is withheld, with a reason'] : [])], found)
    },
  )
}

function redactCommand(audit: Command, act: Act): void {
  act(
    patientOptions(
      actingOptions(
        audit
          .command('redact')
          .argument('<entry>', 'the read to keep from the report')
          .argument('[patient]', 'whose report; the controller’s own id')
          .description('keep one use from one patient’s report until a day, as the Caldicott Guardian'),
      ),
    )
      .requiredOption('--until <moment>', 'until when')
      .requiredOption('--reason <class>', withholdingReasons.join(', ')),
    async (scene, options, [entry = '', patient]) => {
      const place = (option: string) => ({ option, command: 'audit redact' })
      const { tenant, context, session } = await scene.acting(contextOf(options))
      const deps = auditOf(tenant)
      const body = {
        by: context.subject,
        read: readWholeOption(entry, place('<entry>'), { min: 0, max: entriesMax }),
        until: readMomentOption(options.until, place('--until')),
        reason: readChoiceOption(options.reason, place('--reason'), withholdingReasons),
      }
      const found = await findPatient(await session(), patientOf(patient, options, 'audit redact'))
      const { index } = await signAudit(deps, 'audit.redacted', body, { persons: [found.person] })
      scene.io.err(`kept from that report; entry ${index} of the ledger\n`)
    },
  )
}

function linkCommand(audit: Command, act: Act): void {
  act(
    patientOptions(
      actingOptions(
        audit
          .command('link-staff')
          .argument('<person>', 'the member of staff')
          .argument('[patient]', 'the controller’s own id of them as a patient')
          .description('say that a member of staff is a patient here, so that reads of their own record show'),
      ),
    ),
    async (scene, options, [person = '', patient]) => {
      const { tenant, context, session } = await scene.acting(contextOf(options))
      const subject = readPersonOption(person, { option: '<person>', command: 'audit link-staff' })
      const found = await findPatient(await session(), patientOf(patient, options, 'audit link-staff'))
      const body = { by: context.subject, subject }
      const { index } = await signAudit(auditOf(tenant), 'audit.staff-linked', body, { persons: [found.person] })
      scene.io.err(`linked; entry ${index} of the ledger, which patient only in its erasable part\n`)
    },
  )
}

function proxyCommand(rights: Command, act: Act): void {
  act(
    patientOptions(
      actingOptions(
        rights
          .command('proxy')
          .argument('<id>', 'a name for the authority, without a person’s')
          .argument('[patient]', 'for whom: the controller’s own id')
          .description('put on record that somebody may act for a patient'),
      ),
    )
      .requiredOption('--authority <what>', authorities.join(', '))
      .requiredOption('--until <moment>', 'until when')
      .requiredOption('--who <text>', 'who may act; kept in the erasable part'),
    async (scene, options, [id = '', patient]) => {
      const place = (option: string) => ({ option, command: 'rights proxy' })
      const { tenant, context, session } = await scene.acting(contextOf(options))
      const deps = auditOf(tenant)
      const body = {
        ...{ by: context.subject, id, until: readMomentOption(options.until, place('--until')) },
        authority: readChoiceOption(options.authority, place('--authority'), authorities),
      }
      const asked = await session()
      await checkMayAsk(deps, asked, { assurance: 'P9', proxy: null })
      const found = await findPatient(asked, patientOf(patient, options, 'rights proxy'))
      const extra = { persons: [found.person], detail: { proxy: String(options.who) } }
      const { index } = await signAudit(deps, 'rights.proxy-recorded', body, extra)
      scene.io.err(`recorded; entry ${index} of the ledger\n`)
    },
  )
}
