import type { Host, Io, PreparedHospital } from '#cli'
import {
  canBeEconomy,
  isEconomy,
  makeEconomy,
  prepareHospitals,
  printDay,
  runCommand,
  runDay,
  serveCommands,
  takeHospitalIn,
} from '#cli'
import { serveHttp } from '#http'
import {
  type Adapters,
  checkTls,
  type FdpNode,
  openLog,
  type Tended,
  tendBackups,
  tendDocks,
  tendErasures,
  tendHealth,
  tendMessages,
  tendModels,
  tendOutbound,
  tendRetention,
} from '#node'
import { type HospitalProcess, startHospital } from './hospital.ts'
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
 * `npm start`: makes the synthetic economy if the home is empty, runs a day of it, and serves it; `--once` stops there, and
 * `--epr` runs a hospital's system beside it for each trust, which takes data from it as from a real one. A home with
 * another tenant is served as it is.
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
  const prepared = argv.includes('--epr') && isEconomy(node) ? await prepareHospitals(node, adapters.random) : []
  // Messages first: what a hospital's other outlets tell is about patients of whom its messages tell.
  const tended: Tended[] = [tendMessages(node, log)]
  const hospitals: HospitalProcess[] = []
  for (const each of prepared) hospitals.push(await openHospital(node, io, each))
  const others = [tendDocks, tendOutbound, tendHealth, tendErasures, tendRetention, tendModels, tendBackups]
  tended.push(...others.map((tend) => tend(node, log)))
  const { publicOrigin } = node.config.http
  io.err(`\nserving on ${http.url}\n  open ${publicOrigin || http.url}/\n${signIn.says()}  ctrl-c stops\n`)
  serve()
  await stopAsked()
  await Promise.all(hospitals.map((each) => each.close()))
  io.err('\nstopping: commands and answers on their way are finished first\n')
  await Promise.all([http.close(), commands.close(), signIn.close(), ...tended.map((each) => each.close())])
  return 0
}

async function openHospital(node: FdpNode, io: Io, prepared: PreparedHospital): Promise<HospitalProcess> {
  const { hospital, hasDatabase } = prepared
  io.err(`\n${hospital.name} tells what it has: files, HL7 messages, FHIR${hasDatabase ? ', a database' : ''}\n`)
  if (!hasDatabase)
    io.err('  no database: PostgreSQL is not installed here (Debian and Ubuntu: `apt-get install postgresql`)\n')
  const running = startHospital(io, prepared)
  await running.begun
  await takeHospitalIn(node, prepared)
  io.err('  who is there is known; the rest follows within a minute: `./fdp dock list`, `./fdp messages list`\n')
  return running
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
