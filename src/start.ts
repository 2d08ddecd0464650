import type { Host, Io } from '#cli'
import { canBeEconomy, isEconomy, makeEconomy, printDay, runCommand, runDay, serveCommands } from '#cli'
import { serveHttp } from '#http'
import {
  type Adapters,
  checkTls,
  type FdpNode,
  openLog,
  tendBackups,
  tendDocks,
  tendErasures,
  tendHealth,
  tendMessages,
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

/**
 * `npm start`: makes the synthetic economy if the home is empty, runs a day of it, and serves it; `--once` stops there. A home
 * with another tenant is served as it is.
 */
export async function start({ argv, io, home, open, adapters, hostOf, serve }: StartInput): Promise<number> {
  if (await canBeEconomy(home)) await makeEconomy(home, adapters)
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
  const tls = tlsOf(node)
  const http = await serveHttp({ node, released, products: await host.products(), log, tls, openIdentity: signIn.open })
  const tending = [tendDocks, tendMessages, tendHealth, tendErasures, tendRetention, tendBackups]
  const tended = tending.map((tend) => tend(node, log))
  const { publicOrigin } = node.config.http
  io.err(`\nserving on ${http.url}\n  open ${publicOrigin || http.url}/\n${signIn.says()}  ctrl-c stops\n`)
  serve()
  await stopAsked()
  io.err('\nstopping: commands and answers on their way are finished first\n')
  await Promise.all([http.close(), commands.close(), signIn.close(), ...tended.map((each) => each.close())])
  return 0
}

/** Certificate and key as the settings name them; null where a proxy ends TLS, or nobody does. FDP_NODE_TLS. */
function tlsOf({ home, config, adapters }: FdpNode) {
  const { tls, publicOrigin } = config.http
  if (tls.certificateFile === '') return null
  const hostname = publicOrigin === '' ? '' : new URL(publicOrigin).hostname
  return checkTls(home, tls, hostname, adapters.clock.now())
}

function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
}
