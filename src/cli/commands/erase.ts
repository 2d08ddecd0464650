import type { Command } from 'commander'
import { type ErasureRun, erasureLog } from '#flows'
import { erasureGrounds, laterRules } from '#governance'
import { approveErasure, orderErasure, placeHold, signAndAppend } from '#node'
import { usage } from '../errors.ts'
import { type Io, printRows } from '../io.ts'
import { patientOf, patientOptions } from '../patient-option.ts'
import { type Act, noun } from '../program.ts'
import { readChoiceOption } from '../read-option.ts'
import { actingOptions, contextOf } from '../scene.ts'
import { tenantsOf } from './tenants-of.ts'

/** `fdp erase order`, `approve`, `list`; `fdp hold place`, `lift`, `list`. */
export function eraseCommands(program: Command, act: Act): void {
  const erase = noun(program, 'erase', 'take one person out of everything a tenant keeps')
  act(
    patientOptions(
      actingOptions(
        erase
          .command('order')
          .argument('<id>', 'a name for the order, without a person’s')
          .argument('[patient]', 'the controller’s own id of the patient')
          .description('order that a person is erased; nothing happens before another officer approves'),
      ),
    )
      .requiredOption('--ground <ground>', erasureGrounds.join(', '))
      .requiredOption('--later <rule>', `rows about them that come later: ${laterRules.join(', ')}`)
      .requiredOption('--reason <text>', 'why; kept in the erasable part of the entry'),
    async (scene, options, [id = '', patient]) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const place = (option: string) => ({ option, command: 'erase order' })
      const { index } = await orderErasure(tenant, {
        ...{ by: context.subject, purpose: context.purpose, id, patient: patientOf(patient, options, 'erase order') },
        ground: readChoiceOption(options.ground, place('--ground'), erasureGrounds),
        later: readChoiceOption(options.later, place('--later'), laterRules),
        reason: String(options.reason),
      })
      scene.io.err(`ordered; entry ${index} of the ledger; another officer approves with \`./fdp erase approve\`\n`)
    },
  )
  act(
    patientOptions(
      actingOptions(
        erase
          .command('approve')
          .argument('<id>', 'the order')
          .argument('[patient]', 'the controller’s own id of the patient')
          .description('approve an order for the patient named once more, and carry it out'),
      ),
    ),
    async (scene, options, [id = '', patient]) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const { subject: by, purpose } = context
      const runs = await approveErasure(tenant, {
        by,
        purpose,
        id,
        patient: patientOf(patient, options, 'erase approve'),
      })
      for (const run of runs) sayRun(scene.io, run)
      if (!tenant.backupKeys.isLastWhole) scene.io.err(backupNow)
    },
  )
  listCommand(erase, act)
  holdCommands(noun(program, 'hold', 'legal holds: data that are neither erased nor expire'), act)
}

const backupNow =
  'make a backup now (`./fdp backup`): the last one is not whole any more, and keys that lie apart still open it until they are renewed\n'

function sayRun(io: Io, { erasure, outcome, reasons }: ErasureRun): void {
  const words = {
    done: 'done; the record of destruction is in the ledger',
    waiting: 'the rows are out of what is current; older versions go when whoever reads them has finished',
    refused: `refused: ${reasons.join('; ') || 'no policy permits it'}`,
  }
  io.err(`${erasure}: ${words[outcome]}\n`)
}

function listCommand(erase: Command, act: Act): void {
  act(
    erase
      .command('list')
      .description('orders, and what was destroyed; never whom')
      .option('--tenant <id>', 'one tenant only'),
    async (scene, options) => {
      const rows = []
      for (const tenant of await tenantsOf(scene, options)) {
        const log = await erasureLog(tenant.ledger)
        for (const { id, ground, later, ordered, approved } of tenant.governance.state().erasures.values()) {
          const state = log.done.has(id) ? 'done' : log.rowsErased.has(id) ? 'begun' : approved ? 'approved' : 'ordered'
          const counts = [log.rows, log.versions, log.blobs, log.details, log.messages].map((each) => each.get(id) ?? 0)
          rows.push([
            tenant.profile.id as string,
            id,
            ground,
            later,
            ordered.by,
            approved?.by ?? null,
            state,
            ...counts,
          ])
        }
      }
      const who = ['tenant', 'order', 'ground', 'later', 'orderedBy', 'approvedBy', 'state']
      printRows(scene.io, [...who, 'rows', 'versions', 'blobs', 'details', 'messages'], rows)
    },
  )
}

function holdCommands(hold: Command, act: Act): void {
  act(
    patientOptions(
      actingOptions(
        hold
          .command('place')
          .argument('<id>', 'a name for the hold, without a person’s')
          .argument('[patient]', 'the controller’s own id of the patient whom it keeps')
          .description('keep data from expiry and erasure until the hold is lifted'),
      ),
    )
      .option('--objects <types>', 'object types that it keeps, in place of a patient; with commas between')
      .requiredOption('--reason <text>', 'why, without a word of a patient; stays for good'),
    async (scene, options, [id = '', patient]) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const isObjects = typeof options.objects === 'string'
      if (isObjects && patient !== undefined) throw usage('name a patient or `--objects`, not both', 'hold place')
      const on = isObjects
        ? { objects: String(options.objects).split(',') }
        : { patient: patientOf(patient, options, 'hold place') }
      const reason = String(options.reason)
      const { index } = await placeHold(tenant, { by: context.subject, purpose: context.purpose, id, reason, on })
      scene.io.err(`held; entry ${index} of the ledger\n`)
    },
  )
  act(
    actingOptions(hold.command('lift').argument('<id>').description('end a hold')).requiredOption(
      '--reason <text>',
      'why, without a word of a patient; stays for good',
    ),
    async (scene, options, [id = '']) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const body = { hold: id, reason: String(options.reason) }
      const { index } = await signAndAppend(tenant, 'governance.hold-lifted', body, context.subject)
      scene.io.err(`lifted; entry ${index} of the ledger\n`)
    },
  )
  act(
    hold.command('list').description('holds, those in force first').option('--tenant <id>', 'one tenant only'),
    async (scene, options) => {
      const rows = (await tenantsOf(scene, options)).flatMap((tenant) =>
        [...tenant.governance.state().holds.values()]
          .sort((a, b) => Number(a.liftedAt !== null) - Number(b.liftedAt !== null))
          .map(({ id, objects, by, at, liftedAt }) => [
            ...[tenant.profile.id as string, id, objects?.join(', ') ?? 'one person', by, at, liftedAt],
          ]),
      )
      printRows(scene.io, ['tenant', 'hold', 'keeps', 'by', 'at', 'liftedAt'], rows)
    },
  )
}
