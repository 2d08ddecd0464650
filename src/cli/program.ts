import { Command, CommanderError } from 'commander'
import { isFdpError } from '#kernel'
import { faultOf } from '#node'
import { accessCommands } from './commands/access.ts'
import { accessMineCommands } from './commands/access-mine.ts'
import { accessRequestCommands } from './commands/access-requests.ts'
import { actionCommands } from './commands/action.ts'
import { auditCommands } from './commands/audit.ts'
import { breakGlassCommands } from './commands/break-glass.ts'
import { compareCommands } from './commands/compare.ts'
import { contextCommands } from './commands/context.ts'
import { contractCommands } from './commands/contract.ts'
import { dockCommands } from './commands/dock.ts'
import { dpiaCommands } from './commands/dpia.ts'
import { economyCommands } from './commands/economy.ts'
import { editsCommands } from './commands/edits.ts'
import { engineerCommands } from './commands/engineer.ts'
import { eraseCommands } from './commands/erase.ts'
import { exportCommands } from './commands/export.ts'
import { fhirCommands } from './commands/fhir.ts'
import { flowCommands } from './commands/flow.ts'
import { governCommands } from './commands/govern.ts'
import { keepCommands } from './commands/keep.ts'
import { ledgerCommands } from './commands/ledger.ts'
import { mappingCommands } from './commands/mapping.ts'
import { messageCommands } from './commands/messages.ts'
import { metricCommands } from './commands/metric.ts'
import { modelCommands } from './commands/model.ts'
import { moveCommands } from './commands/move.ts'
import { objectCommands } from './commands/object.ts'
import { officialCommands } from './commands/official.ts'
import { outboundCommands } from './commands/outbound.ts'
import { personCommands } from './commands/person.ts'
import { quarantineCommands } from './commands/quarantine.ts'
import { registerCommands } from './commands/register.ts'
import { retentionCommands } from './commands/retention.ts'
import { signListCommands } from './commands/sign-list.ts'
import { staffCommands } from './commands/staff.ts'
import { tenantCommands } from './commands/tenant.ts'
import { cliErrors, usage } from './errors.ts'
import { addExamples } from './examples.ts'
import type { Io } from './io.ts'
import { type Handler, type Host, openScene } from './scene.ts'

/** Attaches a handler to a command. */
export type Act = (command: Command, handler: Handler) => Command

/** Exit statuses, after sysexits where it has one: 70 is a fault in this program. */
export const statuses = { done: 0, refused: 1, usage: 2, fault: 70 } as const

const modules = [
  contextCommands,
  tenantCommands,
  contractCommands,
  fhirCommands,
  flowCommands,
  mappingCommands,
  dockCommands,
  modelCommands,
  messageCommands,
  outboundCommands,
  quarantineCommands,
  personCommands,
  objectCommands,
  metricCommands,
  officialCommands,
  economyCommands,
  engineerCommands,
  accessCommands,
  accessRequestCommands,
  accessMineCommands,
  dpiaCommands,
  governCommands,
  signListCommands,
  staffCommands,
  registerCommands,
  breakGlassCommands,
  auditCommands,
  ledgerCommands,
  eraseCommands,
  retentionCommands,
  keepCommands,
  actionCommands,
  editsCommands,
  exportCommands,
  moveCommands,
  compareCommands,
]

/** Every command there is, with its examples. `act` says what running one means. */
export function commandProgram(act: Act): Command {
  const program = new Command('fdp')
    .description('OpenFDP: an open federated data platform. Every read has a purpose and a proof.')
    .exitOverride()
    .showSuggestionAfterError()
    .helpCommand(false)
  for (const add of modules) add(program, act)
  addExamples(program)
  return program
}

/**
 * Runs one command line (without `node` and script). Returns the exit status: 0, 1 for an error the person can act on,
 * 2 for wrong usage, 70 for a fault in this program.
 */
export async function runCommand(argv: readonly string[], io: Io, host: Host): Promise<number> {
  let status: number = statuses.done
  const program = commandProgram((command, handler) =>
    command.action(async (...given: unknown[]) => {
      const { scene, end } = openScene(io, host)
      try {
        const positional = given.slice(0, -2).flatMap((each) => (Array.isArray(each) ? each : [each]))
        await handler(
          scene,
          command.opts(),
          positional.filter((each): each is string => typeof each === 'string'),
        )
        await io.drained()
      } catch (error) {
        status = reportError(io, error)
      } finally {
        await end()
      }
    }),
  )
  writeTo(program, io)
  const asked = commandAt(program, argv)
  if (asked.commands.length > 0 && (argv.length === 0 || asked.name() === argv.at(-1))) {
    io.out(asked.helpInformation())
    return statuses.done
  }
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(io, error)
    if (error.exitCode === 0) return statuses.done
    return reportError(io, usageError(error, nameOf(asked)))
  }
  return status
}

/** Code, sentence, next step. Of a fault only its kind is said, and with FDP_DEBUG=1 where in the code it was. */
export function reportError(io: Io, error: unknown): number {
  if (isFdpError(error)) {
    io.err(`${error.code}: ${error.message}\n  next: ${error.help}\n`)
    return error.code === 'FDP_CLI_USAGE' ? statuses.usage : statuses.refused
  }
  const fault = faultOf(error)
  if (process.env.FDP_DEBUG === '1') io.err(fault.at.map((frame) => `    at ${frame}\n`).join(''))
  reportError(io, cliErrors('FDP_CLI_FAULT', { kind: fault.kind }))
  return statuses.fault
}

/** The sub-command group of a noun, made once. */
export function noun(program: Command, name: string, description: string): Command {
  const known = program.commands.find((command) => command.name() === name)
  return known ?? program.command(name).description(description).helpCommand(false)
}

function writeTo(command: Command, io: Io): void {
  command.configureOutput({
    writeOut: (text) => io.out(text),
    writeErr: (text) => io.err(text),
    outputError: () => undefined,
  })
  for (const child of command.commands) writeTo(child, io)
}

/** How far a command line names commands. */
function commandAt(program: Command, argv: readonly string[]): Command {
  let at = program
  for (const word of argv) {
    const child = at.commands.find((command) => command.name() === word)
    if (!child) break
    at = child
  }
  return at
}

function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}`.trim() : ''
}

function usageError(error: CommanderError, command: string) {
  const [first = '', ...more] = error.message.replace(/^error: /, '').split('\n')
  const guess = /\(Did you mean (.+)\?\)/.exec(more.join(' '))?.[1]
  const what = first.replaceAll("'", '`')
  return usage(guess ? `${what}; did you mean ${guess}?` : what, command)
}
