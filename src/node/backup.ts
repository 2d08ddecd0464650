import { existsSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalJson, toBase64, writeFormat } from '#kernel'
import { verifyLedger } from '#ledger'
import type { Adapters } from './adapters.ts'
import { type BackupDocument, type BackupVersions, backupFormat, signedText } from './backup-document.ts'
import { nodeErrors } from './errors.ts'
import { differing, versionsAt } from './stores-agree.ts'
import type { Tenant } from './tenant.ts'
import { type CopiedFile, copyDurably, filesBelow } from './tree-copy.ts'

/** What is made again at need, or belongs to this machine. */
const leftOut = /^(spill\/|sorted\/|ledger\/lock|lock|lake\/\.staging\/|restored\.json$|.*\.tmp$)/

const isLeases = (path: string) => /(^|\/)leases[^/]*$/.test(path)

export interface BackupReport {
  readonly tenant: string
  readonly files: number
  readonly bytes: number
  readonly entries: number
}

/**
 * Writes a tenant's folder to an empty one and proves the copy: its ledger verifies, and every lake and vault version
 * that this ledger makes current is in the copy byte for byte. The list of contents is written last; without it a folder
 * is no backup. Keys only if asked: kept apart, a copy without them shows no identity to anybody.
 * Errors: FDP_NODE_FOLDER_NOT_EMPTY, FDP_NODE_BACKUP_DISAGREES.
 */
export async function backupTenant(
  tenant: Tenant,
  to: string,
  options: { withKeys: boolean },
  adapters: Adapters,
): Promise<BackupReport> {
  await mkdir(to, { recursive: true, mode: 0o700 })
  if ((await readdir(to)).length > 0) throw nodeErrors('FDP_NODE_FOLDER_NOT_EMPTY')
  const everything = (await filesBelow(tenant.folder)).filter((path) => !leftOut.test(path))
  const ledger = await tenant.quiet(() => copyLedger(tenant, to, everything.filter(isLeases)))
  await proveLedger(tenant, to, adapters)
  // Data after the ledger: what it names was there before it did.
  const files = [...ledger.files, ...(await copyRest(tenant.folder, to, options.withKeys))]
  const versions = await versionsAt(tenant.ledger, ledger.entries)
  await proveCopy(tenant, to, versions, adapters)
  const body = {
    ...{ tenant: tenant.profile.id as string, checkpoint: ledger.checkpoint, vkey: tenant.ledger.vkey },
    ...{ withKeys: options.withKeys, versions, files },
  }
  const signature = toBase64(tenant.keys.sign(signedText(body)))
  const document = writeFormat(backupFormat, { ...body, signature } as unknown as BackupDocument)
  await writeFile(join(to, 'backup.json'), `${canonicalJson(document)}\n`, { mode: 0o600, flush: true })
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  return { tenant: tenant.profile.id, files: files.length, bytes, entries: ledger.entries }
}

/** Ledger and leases of one moment: a lease without its entry, or a finished read without its lease, is no copy. */
async function copyLedger(tenant: Tenant, to: string, leases: readonly string[]) {
  await tenant.ledger.settle()
  const checkpoint = tenant.ledger.checkpoint()
  const entries = tenant.ledger.size
  const paths = (await filesBelow(join(tenant.folder, 'ledger'))).map((path) => `ledger/${path}`)
  const kept = [...paths.filter((each) => !leftOut.test(each)), ...leases]
  return { files: await copyPresent(tenant.folder, to, kept), checkpoint, entries }
}

async function proveLedger(tenant: Tenant, to: string, { ledgerReader }: Adapters): Promise<void> {
  const report = await verifyLedger(ledgerReader(join(to, 'ledger')), tenant.ledger.vkey)
  if (report.ok) return
  throw nodeErrors('FDP_NODE_BACKUP_DISAGREES', { what: `the ledger: ${report.findings[0]?.what ?? ''}` })
}

async function copyRest(folder: string, to: string, withKeys: boolean): Promise<CopiedFile[]> {
  const paths = (await filesBelow(folder)).filter(
    (path) =>
      !path.startsWith('ledger/') && !leftOut.test(path) && !isLeases(path) && (withKeys || !path.startsWith('keys/')),
  )
  return await copyPresent(folder, to, paths)
}

/** A file that goes while it is copied belonged to a flow on its way; what the ledger names is proved afterwards. */
async function copyPresent(from: string, to: string, paths: readonly string[]): Promise<CopiedFile[]> {
  const files: CopiedFile[] = []
  for (const path of paths) {
    try {
      files.push(await copyDurably(from, to, path))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || existsSync(join(from, path))) throw error
    }
  }
  return files
}

async function proveCopy(tenant: Tenant, to: string, versions: BackupVersions, adapters: Adapters): Promise<void> {
  const lake = await adapters.openLake(join(to, 'lake'))
  const vault = await adapters.openVault(join(to, 'vault'), tenant.keys)
  const wrong = await differing({ lake, vault }, versions)
  if (wrong.length > 0) throw nodeErrors('FDP_NODE_BACKUP_DISAGREES', { what: wrong.slice(0, 3).join(', ') })
}
