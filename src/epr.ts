/*
 * A hospital's system that does not exist, as a process of its own beside a node: it knows of the node only where to send
 * and what others declared of it. `node src/epr.ts <tenant> <folder of the tenant> <its own folder>`.
 */
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { openMessageSender } from '#adapters/mllp'
import { readYaml } from '#declared'
import { hl7Language } from '#hl7v2'
import { systemClock as clock, type Instant, isFdpError, parseInstant, systemRandom as random } from '#kernel'
import {
  databaseSchema,
  type HospitalOutlets,
  hospitalOf,
  openPostgres,
  postgresFolder,
  resourcesAt,
  serveFhir,
  syntheticErrors,
  tellUpTo,
} from '#synthetic'

const everyMs = 60_000
const waits = { attemptsMax: 20, waitMs: 250, waitMsMax: 5_000, connectMsMax: 5_000, answerMsMax: 30_000 }

/** A line of a file that declares something of this system to the node. */
function declared(tenantFolder: string, file: string, line: string): string {
  const wrong = (where: string) => syntheticErrors('FDP_SYNTHETIC_HOSPITAL_DECLARED', { file, where })
  const found: unknown = readYaml(readFileSync(join(tenantFolder, file), 'utf8'), wrong)
  const value: unknown = found !== null && typeof found === 'object' ? Reflect.get(found, line) : undefined
  if (typeof value !== 'string' && typeof value !== 'number') throw wrong(line)
  return String(value)
}

async function run([id = '', tenantFolder = '', folder = '']: readonly string[]): Promise<void> {
  const hospital = hospitalOf(id)
  const ending = new AbortController()
  // A terminal interrupts both: who started this one says when it ends.
  process.on('SIGINT', () => process.connected || ending.abort())
  for (const signal of ['SIGTERM', 'disconnect']) process.once(signal, () => ending.abort())
  await using stack = new AsyncDisposableStack()
  const port = Number(new URL(declared(tenantFolder, 'connections/infirmary-fhir.yaml', 'baseUrl')).port)
  const now = () => clock.now()
  stack.use(await serveFhir(port, now, (at) => resourcesAt(hospital, at)))
  const sender = openMessageSender({
    ...{
      ...waits,
      host: '127.0.0.1',
      port: Number(declared(tenantFolder, 'messages/infirmary.yaml', 'port')),
      tls: null,
    },
    language: hl7Language({ clock, random }),
  })
  stack.use(sender)
  ending.signal.addEventListener('abort', () => void sender.close())
  const outlets: HospitalOutlets = {
    ...{
      drop: join(folder, 'files'),
      send: (message) => sender.send(message),
      script: await database(stack, tenantFolder),
    },
  }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'told-up-to')
  for (
    let told = await toldBefore(path);
    !ending.signal.aborted;
    await wait(everyMs, null, { signal: ending.signal }).catch(() => null)
  ) {
    const upTo = now()
    try {
      const { files, messages } = await tellUpTo(hospital, told, upTo, outlets)
      told = upTo
      await writeFile(path, upTo)
      process.send?.({ files, messages })
    } catch (error) {
      // Nobody listens for now: the same again, and what came since.
      if (!isFdpError(error)) throw error
      if (!ending.signal.aborted) process.stderr.write(`the hospital's system: ${error.code}\n`)
    }
  }
}

/** Runs statements in a database of its own; null where none is declared or can be. */
async function database(stack: AsyncDisposableStack, tenantFolder: string): Promise<HospitalOutlets['script']> {
  const programs = existsSync(join(tenantFolder, 'connections/infirmary-sql.yaml')) ? await postgresFolder() : null
  if (programs === null) return null
  const port = Number(declared(tenantFolder, 'connections/infirmary-sql.yaml', 'port'))
  const password = readFileSync(join(tenantFolder, 'connections/infirmary.password'), 'utf8').trim()
  const server = stack.use(await openPostgres({ programs, superuser: 'hospital', port }))
  await server.script(databaseSchema(password))
  return (statements) => server.script(statements)
}

async function toldBefore(path: string): Promise<Instant | null> {
  return existsSync(path) ? parseInstant((await readFile(path, 'utf8')).trim()) : null
}

try {
  await run(process.argv.slice(2))
} catch (error) {
  process.stderr.write(
    `the hospital's system stopped: ${isFdpError(error) ? `${error.message}\n  next: ${error.help}` : String(error)}\n`,
  )
  process.exitCode = 1
}
if (process.connected) process.disconnect()
