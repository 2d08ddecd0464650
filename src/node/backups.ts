import { existsSync } from 'node:fs'
import { readdir, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { addMs, type Instant } from '#kernel'
import { again, type Tended } from './again.ts'
import { type BackupReport, backupTenant } from './backup.ts'
import { faultOf } from './fault.ts'
import type { Log } from './log.ts'
import type { FdpNode } from './node.ts'

const lookMs = 60_000
const hourMs = 3_600_000
const unfinished = '.unfinished'
/** `2026-11-22T093000Z`: a moment as the name of a folder. */
const named = /^\d{4}-\d\d-\d\dT\d{6}Z$/

/** A backup of every tenant in a folder of this moment; it has its name only once all of it was proved. */
export async function backupNow(node: FdpNode): Promise<{ folder: string; reports: readonly BackupReport[] }> {
  const { folder: to, keys } = node.config.backup
  const root = resolve(node.home, to)
  const folder = join(root, nameOf(node.adapters.clock.now()))
  const making = `${folder}${unfinished}`
  await rm(making, { recursive: true, force: true })
  const reports: BackupReport[] = []
  for (const tenant of node.tenants.values()) {
    const [files, kept] = [making, resolve(node.home, keys)].map((each) => join(each, tenant.profile.id as string))
    reports.push(await backupTenant(tenant, files!, kept!, node.adapters))
  }
  await rename(making, folder)
  return { folder, reports }
}

/** While a node serves: a backup whenever the last one is older than the settings say. One that fails is logged and tried again. */
export function tendBackups(node: FdpNode, log: Log): Tended {
  if (node.config.backup.folder === '') return { close: async () => {} }
  return again(lookMs, async () => {
    try {
      if (await isDue(node)) await backupNow(node)
    } catch (error) {
      log.error({ error: faultOf(error) }, 'a backup failed')
    }
  })
}

async function isDue({ home, config, adapters }: FdpNode): Promise<boolean> {
  const last = await lastBackup(resolve(home, config.backup.folder))
  return last === null || last <= nameOf(addMs(adapters.clock.now(), -config.backup.everyHours * hourMs))
}

/** The name of the latest that was finished; null where there is none. */
export async function lastBackup(root: string): Promise<string | null> {
  if (!existsSync(root)) return null
  return (
    (await readdir(root))
      .filter((name) => named.test(name))
      .sort()
      .at(-1) ?? null
  )
}

const nameOf = (at: Instant) => `${at.slice(0, 19).replaceAll(':', '')}Z`
