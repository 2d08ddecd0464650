import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { canonicalJson, toBase64, writeFormat } from '#kernel'
import { isDetailsPath, splitDetails, verifyLedger } from '#ledger'
import type { Adapters } from './adapters.ts'
import {
  type BackupDocument,
  type BackupFile,
  type BackupVersions,
  backupFormat,
  signedText,
} from './backup-document.ts'
import { sealFile } from './backup-seal.ts'
import { idOf, isSealed, sourceOf } from './backup-sources.ts'
import { nodeErrors } from './errors.ts'
import { keepKeysBeside } from './kept-keys.ts'
import { versionsAt } from './stores-agree.ts'
import type { Tenant } from './tenant.ts'
import { copyDurably, describeFile, filesBelow, writeInto } from './tree-copy.ts'

/** What is made again at need, or belongs to this machine; and keys, which are never in a backup. */
const leftOut =
  /^(spill\/|sorted\/|keys\/|ledger\/(lock|journal\/)|lock|lake\/\.staging\/|vault\/\.staging\/|restored\.json$|.*\.tmp$)/

const isLeases = (path: string) => /(^|\/)leases[^/]*$/.test(path)

export interface BackupReport {
  readonly tenant: string
  readonly files: number
  readonly bytes: number
  readonly entries: number
}

/**
 * Writes a tenant's folder to an empty one, with everything that may hold a person sealed under keys that stay with the
 * tenant, and proves the copy: its ledger verifies, and every lake and vault version that this ledger makes current is in
 * it byte for byte. The keys as they are now go to a folder of their own, in place of those that were there. The list of
 * contents is written last; without it a folder is no backup.
 * Errors: FDP_NODE_FOLDER_NOT_EMPTY, FDP_NODE_BACKUP_KEYS_INSIDE, FDP_NODE_BACKUP_KEYS_OTHER, FDP_NODE_BACKUP_DISAGREES; why
 * the tenant stands still, if it does.
 */
export async function backupTenant(
  tenant: Tenant,
  to: string,
  keysTo: string,
  adapters: Adapters,
): Promise<BackupReport> {
  // Of a ledger that may not be the latest one: its keys must not take the place of those of later backups.
  const standstill = tenant.standstill()
  if (standstill) throw standstill
  if (isWithin(to, keysTo) || isWithin(keysTo, to)) throw nodeErrors('FDP_NODE_BACKUP_KEYS_INSIDE')
  await mkdir(to, { recursive: true, mode: 0o700 })
  if ((await readdir(to)).length > 0) throw nodeErrors('FDP_NODE_FOLDER_NOT_EMPTY')
  const everything = (await filesBelow(tenant.folder)).filter((path) => !leftOut.test(path))
  const ledger = await tenant.quiet(() => copyLedger(tenant, to, everything.filter(isLeases)))
  await proveLedger(tenant, to, adapters)
  // Data after the ledger: what it names was there before it did.
  const files = [...ledger.files, ...(await copyRest(tenant, to))]
  const versions = await versionsAt(tenant.ledger, ledger.entries)
  const needs = await proveCopy(tenant, files, versions)
  await tenant.backupKeys.keep({ at: adapters.clock.now(), entries: ledger.entries, needs })
  // What was let go while it was copied is closed in this one too.
  await tenant.flows.destroyBackupKeys()
  await keepKeysBeside(tenant, keysTo)
  const body = {
    ...{ tenant: tenant.profile.id as string, checkpoint: ledger.checkpoint, vkey: tenant.ledger.vkey },
    ...{ versions, files },
  }
  const signature = toBase64(tenant.keys.sign(signedText(body)))
  const document = writeFormat(backupFormat, { ...body, signature } as unknown as BackupDocument)
  await writeFile(join(to, 'backup.json'), `${canonicalJson(document)}\n`, { mode: 0o600, flush: true })
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  return { tenant: tenant.profile.id, files: files.length, bytes, entries: ledger.entries }
}

function isWithin(folder: string, place: string): boolean {
  return `${resolve(place)}${sep}`.startsWith(`${resolve(folder)}${sep}`)
}

/** Ledger and leases of one moment: a lease without its entry, or a finished read without its lease, is no copy. */
async function copyLedger(tenant: Tenant, to: string, leases: readonly string[]) {
  await tenant.ledger.settle()
  const checkpoint = tenant.ledger.checkpoint()
  const entries = tenant.ledger.size
  const paths = (await filesBelow(join(tenant.folder, 'ledger'))).map((path) => `ledger/${path}`)
  const kept = [...paths.filter((each) => !leftOut.test(each)), ...leases]
  return {
    files: await eachPresent(tenant.folder, kept, (path) => copyPlain(tenant.folder, to, path)),
    checkpoint,
    entries,
  }
}

async function copyPlain(from: string, to: string, path: string): Promise<BackupFile> {
  const inLedger = path.slice('ledger/'.length)
  if (!path.startsWith('ledger/') || !isDetailsPath(inLedger)) return await copyDurably(from, to, path)
  return await writeInto(to, path, splitDetails(inLedger, await readFile(join(from, path))).details)
}

async function proveLedger(tenant: Tenant, to: string, { ledgerReader }: Adapters): Promise<void> {
  const report = await verifyLedger(ledgerReader(join(to, 'ledger')), tenant.ledger.vkey)
  if (report.ok) return
  throw nodeErrors('FDP_NODE_BACKUP_DISAGREES', { what: `the ledger: ${report.findings[0]?.what ?? ''}` })
}

async function copyRest(tenant: Tenant, to: string): Promise<BackupFile[]> {
  const { folder } = tenant
  const paths = (await filesBelow(folder)).filter(
    (path) => !path.startsWith('ledger/') && !leftOut.test(path) && !isLeases(path),
  )
  return await eachPresent(folder, paths, (path) =>
    isSealed(path) ? seal(tenant, to, path) : copyPlain(folder, to, path),
  )
}

async function seal({ folder, profile, backupKeys }: Tenant, to: string, path: string): Promise<BackupFile> {
  const source = await sourceOf(folder, path)
  const { bytes, sha256: plain } = await describeFile(folder, path)
  const binding = { tenant: profile.id as string, source, plain }
  const isSame = await sealFile({ path: join(folder, path), bytes }, join(to, path), backupKeys.keyFor(source), binding)
  if (!isSame) throw nodeErrors('FDP_NODE_BACKUP_DISAGREES', { what: `\`${path}\` changed while it was copied` })
  return { ...(await describeFile(to, path)), sealed: { source, plain } }
}

/** A file that goes while it is copied belonged to a flow on its way; what the ledger names is proved afterwards. */
async function eachPresent(
  from: string,
  paths: readonly string[],
  copy: (path: string) => Promise<BackupFile>,
): Promise<BackupFile[]> {
  const files: BackupFile[] = []
  for (const path of paths) {
    try {
      files.push(await copy(path))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || existsSync(join(from, path))) throw error
    }
  }
  return files
}

/**
 * That every version named is in the copy byte for byte, and that the vault opens. Returns the sources that it takes.
 * FDP_NODE_BACKUP_DISAGREES.
 */
async function proveCopy(
  { lake, vault }: Pick<Tenant, 'lake' | 'vault'>,
  files: readonly BackupFile[],
  versions: BackupVersions,
): Promise<readonly string[]> {
  const copied = new Map(files.map((file) => [file.path, file]))
  const wrong: string[] = []
  const needs: string[] = []
  const need = (path: string, sha256: string | null, name: string) => {
    const file = copied.get(path)
    if (!file?.sealed || (sha256 !== null && file.sealed.plain !== sha256)) wrong.push(name)
    else needs.push(file.sealed.source)
  }
  for (const [object, manifest] of Object.entries(versions.lake)) {
    if (copied.get(`lake/${object}/manifests/${manifest}.json`)?.sha256 !== manifest) wrong.push(`lake: ${object}`)
    for (const { path, sha256 } of (await lake.version(manifest)).files) need(`lake/${path}`, sha256, `lake: ${path}`)
  }
  if (versions.vault !== null) {
    const found = new Map(
      files.flatMap(({ path }) => (path.startsWith('vault/') ? [[`${path.split('/')[1]}/${idOf(path)}`, path]] : [])),
    )
    for (const { id, sha256 } of (await vault.version(versions.vault)).segments) {
      need(found.get(`segments/${id}`) ?? '', sha256, `vault: ${id}`)
      need(found.get(`keys/${id}`) ?? '', null, `vault: ${id}`)
    }
    wrong.push(...(await vault.verify(versions.vault)).map((id) => `vault: ${id}`))
  }
  if (wrong.length > 0) throw nodeErrors('FDP_NODE_BACKUP_DISAGREES', { what: wrong.slice(0, 3).join(', ') })
  return needs
}
