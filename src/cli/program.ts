import { Command, CommanderError } from 'commander'
import { FdpError } from '#kernel'
import { accessCommands } from './commands/access.ts'
import { contextCommands } from './commands/context.ts'
import { contractCommands } from './commands/contract.ts'
import { economyCommands } from './commands/economy.ts'
import { flowCommands } from './commands/flow.ts'
import { keepCommands } from './commands/keep.ts'
import { ledgerCommands } from './commands/ledger.ts'
import { metricCommands } from './commands/metric.ts'
import { objectCommands } from './commands/object.ts'
import { officialCommands } from './commands/official.ts'
import { tenantCommands } from './commands/tenant.ts'
import type { Io } from './io.ts'
import { type Handler, type Host, openScene } from './scene.ts'

/** Attaches a handler to a command. */
export type Act = (command: Command, handler: Handler) => Command

/**
 * Runs one command line (without `node` and script). Returns the exit status: 0, 1 for an error the person can act on,
 * 2 for wrong usage. A bug is thrown.
 */
export async function runCommand(argv: readonly string[], io: Io, host: Host): Promise<number> {
  let status = 0
  const program = new Command('fdp')
    .description('OpenFDP: an open federated data platform. Every read has a purpose and a proof.')
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for the options)')
    .helpCommand(false)

  const act: Act = (command, handler) =>
    command.action(async (...given: unknown[]) => {
      const { scene, end } = openScene(io, host)
      try {
        const positional = given.slice(0, -2).flatMap((each) => (Array.isArray(each) ? each : [each]))
        await handler(
          scene,
          command.opts(),
          positional.filter((each): each is string => typeof each === 'string'),
        )
      } catch (error) {
        status = reportError(io, error)
      } finally {
        await end()
      }
    })

  for (const add of [
    contextCommands,
    tenantCommands,
    contractCommands,
    flowCommands,
    objectCommands,
    metricCommands,
    officialCommands,
    economyCommands,
    accessCommands,
    ledgerCommands,
    keepCommands,
  ]) {
    add(program, act)
  }
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? 0 : 2
  }
  return status
}

/** Code, sentence, next step. Anything that is not for people is a bug and goes on. */
export function reportError(io: Io, error: unknown): number {
  if (!(error instanceof FdpError)) throw error
  io.err(`${error.code}: ${error.message}\n  next: ${error.help}\n`)
  return 1
}

/** The sub-command group of a noun, made once. */
export function noun(program: Command, name: string, description: string): Command {
  return program.commands.find((command) => command.name() === name) ?? program.command(name).description(description)
}
