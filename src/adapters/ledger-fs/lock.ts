import { link, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { ledgerFsErrors } from './errors.ts'

export interface Lock {
  readonly fence: number
  release(): Promise<void>
}

interface Holder {
  readonly format: 'openfdp/ledger-lock'
  readonly version: 1
  readonly host: string
  /** Null once given back. */
  readonly pid: number | null
  /** When the process started, as its system counts; guards against a reused pid. Null where unknown. */
  readonly started: string | null
}

/**
 * Takes the writer's lock `lock.<fence>`. The next number can be made by one process only, since linking a file to an
 * existing name fails; a lock given back, or of a process of this machine that no longer lives, is superseded.
 */
export async function takeLock(folder: string): Promise<Lock> {
  const held = await lastLock(folder)
  if (held) await checkFree(held.holder, held.name)
  const fence = (held?.fence ?? 0) + 1
  const name = `lock.${fence}`
  const mine: Holder = {
    format: 'openfdp/ledger-lock',
    version: 1,
    host: hostname(),
    pid: process.pid,
    started: await startOf(process.pid),
  }
  const draft = join(folder, `lock.${process.pid}.${drafts++}.tmp`)
  await writeDurably(draft, mine)
  try {
    await link(draft, join(folder, name))
  } catch (error) {
    if (!isOvertaken(error)) throw error
    throw ledgerFsErrors('FDP_LEDGER_LOCKED', { pid: 'unknown' })
  } finally {
    await rm(draft, { force: true })
  }
  if (held) await rm(join(folder, held.name), { force: true })
  return {
    fence,
    async release() {
      await writeDurably(draft, { ...mine, pid: null, started: null })
      await rename(draft, join(folder, name))
    },
  }
}

let drafts = 0

/** Another process took the number first, or swept the folder after doing so. */
function isOvertaken(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'EEXIST' || code === 'ENOENT'
}

async function lastLock(folder: string): Promise<{ fence: number; name: string; holder: Holder } | null> {
  const fences = (await readdir(folder)).flatMap((name) => /^lock\.(\d+)$/.exec(name)?.[1] ?? []).map(Number)
  if (fences.length === 0) return null
  const fence = Math.max(...fences)
  const name = `lock.${fence}`
  try {
    return { fence, name, holder: JSON.parse(await readFile(join(folder, name), 'utf8')) as Holder }
  } catch (error) {
    if (!isOvertaken(error)) throw error
    throw ledgerFsErrors('FDP_LEDGER_LOCKED', { pid: 'unknown' })
  }
}

async function checkFree(holder: Holder, file: string): Promise<void> {
  if (holder.pid === null) return
  if (holder.host !== hostname()) throw ledgerFsErrors('FDP_LEDGER_LOCKED_ELSEWHERE', { host: holder.host, file })
  if (!isAlive(holder.pid)) return
  const started = await startOf(holder.pid)
  if (started !== null && holder.started !== null && started !== holder.started) return
  throw ledgerFsErrors('FDP_LEDGER_LOCKED', { pid: holder.pid })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Field 22 of /proc/<pid>/stat, counted after the command name, which may hold spaces; null elsewhere than on Linux. */
async function startOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}

async function writeDurably(path: string, holder: Holder): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.writeFile(`${JSON.stringify(holder)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}
