import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SubjectId } from '#kernel'
import type { Receipt } from '#ledger'
import type { Adapters } from './adapters.ts'
import { checkBackup } from './backup.ts'
import { nodeErrors } from './errors.ts'
import type { Tenant } from './tenant.ts'
import { copyDurably, filesBelow } from './tree-copy.ts'

const marker = 'restored.json'

/**
 * Puts a backed-up tenant into a home folder where it is not. Everything is checked before anything is written. The
 * tenant then refuses reads until the witnesses agree that its ledger is the latest they saw (law 4).
 */
export async function restoreTenant(
  from: string,
  home: string,
  adapters: Adapters,
  keysFrom?: string,
): Promise<{ tenant: string; files: number }> {
  const document = await checkBackup(from, adapters)
  const folder = join(home, 'tenants', document.tenant)
  if (existsSync(folder)) throw nodeErrors('FDP_NODE_TENANT_EXISTS', { tenant: document.tenant })
  if (!document.withKeys && keysFrom === undefined) {
    throw nodeErrors('FDP_NODE_BACKUP_DAMAGED', { what: 'it holds no keys; name their folder with `--keys`' })
  }
  const unfinished = `${folder}.restoring`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true, mode: 0o700 })
  for (const file of document.files) await copyDurably(from, unfinished, file.path)
  if (keysFrom !== undefined) {
    for (const path of await filesBelow(keysFrom)) await copyDurably(keysFrom, join(unfinished, 'keys'), path)
  }
  await writeFile(join(unfinished, marker), `${JSON.stringify({ format: 'openfdp/restored', version: 1 })}\n`, {
    flush: true,
  })
  await rename(unfinished, folder)
  return { tenant: document.tenant, files: document.files.length }
}

export function isRestored(tenant: Pick<Tenant, 'folder'>): boolean {
  return existsSync(join(tenant.folder, marker))
}

export async function clearRestored(tenant: Pick<Tenant, 'folder'>): Promise<void> {
  await rm(join(tenant.folder, marker), { force: true })
}

/**
 * An officer puts on record that entries were lost, and up to where the witnesses had seen them. From then on the tenant
 * may be read again; the entry stays for every auditor to find.
 */
export async function signRecovery(
  tenant: Tenant,
  input: { by: SubjectId; reason: string; witnessed: number },
): Promise<Receipt> {
  const person = tenant.governance.state().persons.get(input.by)
  const officer = person?.employer === tenant.profile.controller && person.duties.length > 0
  if (!officer) throw nodeErrors('FDP_NODE_NOT_OFFICER', { by: input.by })
  const { by, reason, witnessed } = input
  const receipt = await tenant.ledger.append({
    type: 'recovery.signed',
    governance: { version: 1, by, reason, witnessed },
  })
  await clearRestored(tenant)
  tenant.setStandstill(null)
  return receipt
}
