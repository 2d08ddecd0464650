import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { fileSource } from '#adapters/source-csv'
import { callNode, cliErrors, type Host, reportError, runCommand } from '#cli'
import { isFdpError } from '#kernel'
import { officialMappings } from '#metrics'
import { type FdpNode, openNode } from '#node'
import { type Product, shippedProducts } from '#products'
import { adapters } from './adapters.ts'
import { start } from './start.ts'
import { terminalIo } from './terminal.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const home = resolve(process.env.FDP_HOME || '.fdp')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const lockWaitsMax = 20
const lockWaitMs = 250

const products = once(async (): Promise<readonly Product[]> => shippedProducts())

/** Opening the node takes the writer's lock of every tenant. */
const open = () => openNode(home, adapters, officialMappings())

function hostOf(node: () => Promise<FdpNode>, serving: FdpNode | null): Host {
  return { home, version, adapters, node: once(node), serving, products, openFile: fileSource }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => (made ??= make())
}

async function main(argv: readonly string[]): Promise<number> {
  const io = terminalIo(() => performance.now())
  const stop = () => {
    io.finish()
    io.err('stopped; what was acknowledged is kept, and finished by the next command\n')
    process.exit(130)
  }
  process.once('SIGINT', stop)
  try {
    if (argv[0] === 'start') {
      const served = { serve: () => process.off('SIGINT', stop) }
      return await start({ argv: argv.slice(1), io, home, open, adapters, hostOf, ...served })
    }
    return (await callNode(home, argv, io)) ?? (await runHere(argv, io))
  } catch (error) {
    return reportError(io, error)
  } finally {
    io.finish()
  }
}

/** Carries a command out in this process. Another one may hold the lock for a moment, or be a node that is starting. */
async function runHere(argv: readonly string[], io: ReturnType<typeof terminalIo>): Promise<number> {
  let node: FdpNode | null = null
  const opened = async () => (node = await openPatiently())
  try {
    return await runCommand(argv, io, hostOf(opened, null))
  } finally {
    await (node as FdpNode | null)?.close()
  }
}

async function openPatiently(): Promise<FdpNode> {
  for (let waits = 0; ; waits++) {
    try {
      return await open()
    } catch (error) {
      if (!isFdpError(error, 'FDP_LEDGER_LOCKED')) throw error
      if (waits === lockWaitsMax) throw cliErrors('FDP_CLI_BUSY', { pid: error.params.pid ?? 'unknown' })
    }
    await wait(lockWaitMs)
  }
}

process.exitCode = await main(process.argv.slice(2))
