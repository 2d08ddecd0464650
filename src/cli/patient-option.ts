import type { Command } from 'commander'
import type { PatientName } from '#audit'
import { usage } from './errors.ts'
import { readOdsOption } from './read-option.ts'

/** Adds the options by which a command line names a patient. */
export function patientOptions(command: Command): Command {
  return command
    .option('--controller <ods>', 'whose own id of the patient it is')
    .option('--nhs-number <number>', 'instead of the controller’s own id')
}

/** How a patient is named on the command line. It is never repeated in an error. */
export function patientOf(given: string | undefined, options: Record<string, unknown>, command: string): PatientName {
  if (typeof options.nhsNumber === 'string') return { nhsNumber: options.nhsNumber }
  if (!given || options.controller === undefined) {
    throw usage('name the patient: its own id with `--controller`, or `--nhs-number`', command)
  }
  return { controller: readOdsOption(options.controller, { option: '--controller', command }), patientId: given }
}
