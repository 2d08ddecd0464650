import type { Command } from 'commander'
import { submit } from '#flows'
import { dateOf, type OdsCode, type PurposeId, parseSubjectId } from '#kernel'
import type { Tenant } from '#node'
import { allTypeRows, application, applicationEntries, economyPlan, typeFile } from '#synthetic'
import { cliErrors } from '../errors.ts'
import { printRows } from '../io.ts'
import type { Act } from '../program.ts'
import { readWholeOption } from '../read-option.ts'
import type { Scene } from '../scene.ts'
import { progressOf } from './flow.ts'

const rowsRange = { min: 100, max: 10_000 }
/** NHS numbers from here on: nobody whom the nightly files are about. */
const firstNumber = 5_000

/** `fdp synth every-type`: the whole data model at the economy’s first trust, and an application that may read it. */
export function everyTypeCommand(synth: Command, act: Act): void {
  act(
    synth
      .command('every-type')
      .description(
        'fill every type of the data model at the first trust of the economy, and let an application read them',
      )
      .option('--rows <n>', 'rows of each type', '120'),
    async (scene, options) => {
      const rows = readWholeOption(options.rows, { option: '--rows', command: 'synth every-type' }, rowsRange)
      const node = await scene.host.node()
      const tenant = node.tenant('alder-vale')
      const plan = economyPlan().find(({ id }) => id === tenant.profile.id)
      if (!tenant.profile.synthetic || !plan || tenant.governance.state().controller === null)
        throw cliErrors('FDP_CLI_NOT_SYNTHETIC', { tenant: tenant.profile.id })
      const { state, policies } = tenant.governance
      const entries = applicationEntries({ plan, state: state(), policies, at: node.adapters.clock.now() })
      // In order, and flushed together.
      await Promise.all(entries.map((entry) => tenant.ledger.append(entry)))
      const reports = await publishAll(scene, tenant, rows)
      printRows(
        scene.io,
        ['object', 'outcome', 'read', 'published', 'quarantined', 'entry'],
        reports.map((report) => [
          ...[report.object, report.outcome, report.rows.read, report.rows.published, report.rows.quarantined],
          report.entry,
        ]),
      )
      scene.io.err(`${application.personOf(plan.id)} may read all of it for ${application.purpose}\n`)
    },
  )
}

async function publishAll({ io }: Scene, tenant: Tenant, rows: number) {
  const today = dateOf(tenant.flows.clock.now())
  const controller = application.organisation.id as OdsCode
  const made = allTypeRows({ seed: 'every-type', provider: controller, today, rows, firstNumber })
  const by = {
    subject: parseSubjectId(application.senderOf(tenant.profile.id)),
    purpose: 'data-intake' as PurposeId,
  }
  const reports = []
  for (const type of made) {
    const about = { object: type.object, controller, asAt: today, source: typeFile(type), ...by }
    reports.push(await submit(about, { ...tenant.flows, progress: progressOf(io, type.object) }))
  }
  return reports
}
