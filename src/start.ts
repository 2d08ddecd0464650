import type { Host, Io } from '#cli'
import { isEconomy, makeEconomy, printDay, runCommand, runDay, serveCommands } from '#cli'
import { serveHttp } from '#http'
import {
  type Adapters,
  type FdpNode,
  openLog,
  tendDocks,
  tendErasures,
  tendHealth,
  tendMessages,
  tendModels,
  tendRetention,
} from '#node'
import { openSignIn } from './sign-in.ts'

export interface StartInput {
  readonly argv: readonly string[]
  readonly io: Io
  readonly home: string
  readonly open: () => Promise<FdpNode>
  readonly adapters: Adapters
  readonly hostOf: (node: () => Promise<FdpNode>, serving: FdpNode | null) => Host
  /** Called when serving begins: from then on a signal ends the service in good order. */
  readonly serve: () => void
}

/** `npm start`: makes the synthetic economy if the home is empty, runs a day of it, and serves it; `--once` stops there. */
export async function start({ argv, io, home, open, adapters, hostOf, serve }: StartInput): Promise<number> {
  await makeEconomy(home, adapters)
  await using node = await open()
  const host = hostOf(async () => node, node)
  let released: Awaited<ReturnType<typeof runDay>>['tables'] = []
  if (isEconomy(node)) {
    io.err('a day in the synthetic economy: nightly files, checks, returns, figures\n')
    const day = await runDay(node, host, io)
    released = day.tables
    // A report for whoever started it, in a pipe too; the commands give data.
    const holds = await printDay({ ...io, isTerminal: true }, node, day)
    if (argv.includes('--once')) return holds ? 0 : 1
  }
  const log = openLog(node.config.log.level, process.stderr)
  const commands = await serveCommands(home, async (line, far) => {
    const status = await runCommand(line, far, host)
    await node.witness()
    return status
  })
  const signIn = openSignIn(node)
  const http = await serveHttp({ node, released, products: await host.products(), log, openIdentity: signIn.open })
  const tending = [tendDocks, tendMessages, tendHealth, tendErasures, tendRetention, tendModels]
  const tended = tending.map((tend) => tend(node, log))
  io.err(`\nserving on ${http.url}\n  open ${http.url}/\n${signIn.says()}  ctrl-c stops\n`)
  serve()
  await stopAsked()
  io.err('\nstopping: commands and answers on their way are finished first\n')
  await Promise.all([http.close(), commands.close(), signIn.close(), ...tended.map((each) => each.close())])
  return 0
}

function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
}
