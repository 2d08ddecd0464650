import type { Command } from 'commander'
import { redoPersonLink, undoPersonLink } from '#flows'
import { type Act, noun } from '../program.ts'
import { readOdsOption } from '../read-option.ts'
import { actingOptions, contextOf } from '../scene.ts'

const verbs = [
  [
    'unlink',
    undoPersonLink,
    'undo that the rule took a patient for the same person as others; kept by later submissions',
  ],
  ['relink', redoPersonLink, 'let the rule decide again who a patient is'],
] as const

/** `fdp person unlink`, `relink`. */
export function personCommands(program: Command, act: Act): void {
  const person = noun(program, 'person', 'which patients are one person')
  for (const [verb, carryOut, description] of verbs) {
    act(
      actingOptions(
        person.command(verb).argument('<patient>', 'the controller’s own id of the patient').description(description),
      )
        .requiredOption('--controller <ods>', 'whose patient it is')
        .requiredOption('--reason <text>', 'why; kept in the erasable part of the entry'),
      async (scene, options, [patientId = '']) => {
        const { tenant, context } = await scene.acting(contextOf(options))
        const controller = readOdsOption(options.controller, { option: '--controller', command: `person ${verb}` })
        const { subject, purpose } = context
        const link = { controller, patientId, reason: String(options.reason), subject, purpose }
        const { entry, objects } = await carryOut(link, tenant.flows)
        scene.io.err(`done in entry ${entry} of the ledger; new versions of: ${objects.join(', ') || 'none'}\n`)
      },
    )
  }
}
