import type { Host, Io } from '#cli'
import { isEconomy, makeEconomy, printDay, runCommand, runDay, serveCommands } from '#cli'
import { serveHttp } from '#http'
import { type Adapters, type FdpNode, openNode } from '#node'

export interface StartInput {
  readonly argv: readonly string[]
  readonly io: Io
  readonly home: string
  readonly root: string
  readonly adapters: Adapters
  readonly hostOf: (open: () => Promise<FdpNode>) => Host
}

/** `npm start`: makes the synthetic economy if the home is empty, runs a day of it, and serves it; `--once` stops there. */
export async function start({ argv, io, home, adapters, hostOf }: StartInput): Promise<number> {
  await makeEconomy(home, adapters)
  await using node = await openNode(home, adapters, [])
  const host = hostOf(async () => node)
  let released: Awaited<ReturnType<typeof runDay>>['tables'] = []
  if (isEconomy(node)) {
    io.err('a day in the synthetic economy: nightly files, checks, returns, figures\n')
    const day = await runDay(node, host, io)
    released = day.tables
    const holds = await printDay(io, node, day)
    if (argv.includes('--once')) return holds ? 0 : 1
  }
  const commands = await serveCommands(home, (line, far) => runCommand(line, far, host))
  const http = await serveHttp({ node, released })
  io.err(`\nserving on ${http.url}\n  open ${http.url}/?token=${http.token}\n  ctrl-c stops\n`)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await http.close()
  await commands.close()
  return 0
}
