import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fileSource } from '#adapters/source-csv'
import { callNode, type Host, reportError, runCommand } from '#cli'
import { type FdpNode, openNode } from '#node'
import { loadProduct, type Product, readProductFolder } from '#products'
import { adapters } from './adapters.ts'
import { start } from './start.ts'
import { terminalIo } from './terminal.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const home = resolve(process.env.FDP_HOME ?? '.fdp')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

const products = once(async (): Promise<readonly Product[]> => {
  return [loadProduct(readProductFolder(join(root, 'products', 'elective-recovery')))]
})

/** The node of this home folder; opening it takes the writer's lock of every tenant. */
function hostOf(open: () => Promise<FdpNode>): Host {
  return { home, version, adapters, node: once(open), products, openFile: fileSource }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => (made ??= make())
}

async function main(argv: readonly string[]): Promise<number> {
  const io = terminalIo(() => performance.now())
  try {
    if (argv[0] === 'start') return await start({ argv: argv.slice(1), io, home, root, adapters, hostOf })
    const answered = await callNode(home, argv, io)
    if (answered !== null) return answered
    let node: FdpNode | null = null
    const host = hostOf(async () => (node = await openNode(home, adapters, [])))
    try {
      return await runCommand(argv, io, host)
    } finally {
      await (node as FdpNode | null)?.close()
    }
  } catch (error) {
    return reportError(io, error)
  } finally {
    io.finish()
  }
}

process.exitCode = await main(process.argv.slice(2))
