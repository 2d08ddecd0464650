import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { equalBytes, fromBase64, isFdpError, type JsonObject, readFormat } from '#kernel'
import { parseVerifierKey, verifyLedger } from '#ledger'
import type { Keys } from '#ports'
import type { Adapters } from './adapters.ts'
import { type BackupDocument, backupFormat, signedText } from './backup-document.ts'
import { nodeErrors } from './errors.ts'
import { markRestored } from './restored-mark.ts'
import { verifySignature } from './signature.ts'
import { differing } from './stores-agree.ts'
import { copyDurably, describeFile, filesBelow } from './tree-copy.ts'

const damaged = (what: string) => nodeErrors('FDP_NODE_BACKUP_DAMAGED', { what })

/**
 * Puts a backed-up tenant into a home folder where it is not. Files, signature, ledger, keys, and what the ledger names
 * in lake and vault are proved before the tenant is there; after any refusal nothing of it is. It then refuses reads
 * until the witnesses find in its ledger the whole tree that they have seen (law 4).
 * Errors: FDP_NODE_BACKUP_DAMAGED, FDP_NODE_TENANT_EXISTS, FDP_KEYS_*.
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
  if (!document.withKeys && keysFrom === undefined) throw damaged('it holds no keys; name their folder with `--keys`')
  const unfinished = `${folder}.restoring`
  await rm(unfinished, { recursive: true, force: true })
  try {
    await mkdir(unfinished, { recursive: true, mode: 0o700 })
    for (const file of document.files) await copyDurably(from, unfinished, file.path)
    if (keysFrom !== undefined) await copyKeys(keysFrom, join(unfinished, 'keys'))
    await proveStores(unfinished, document, adapters)
    await markRestored(unfinished)
    await rename(unfinished, folder)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw error
  }
  return { tenant: document.tenant, files: document.files.length }
}

/** Reads the list of contents and holds the files, its signature and the ledger against it. FDP_NODE_BACKUP_DAMAGED. */
export async function checkBackup(folder: string, { ledgerReader }: Adapters): Promise<BackupDocument> {
  const document = await readDocument(folder)
  for (const listed of document.files) {
    const found = await describeFile(folder, listed.path).catch(() => null)
    if (found?.sha256 !== listed.sha256) throw damaged(`the file \`${listed.path}\` is not as it was`)
  }
  const { publicKey } = parseVerifierKey(document.vkey)
  if (!verifySignature(publicKey, signedText(document), fromBase64(document.signature))) {
    throw damaged('its list of contents is not signed by the tenant')
  }
  const report = await verifyLedger(ledgerReader(join(folder, 'ledger')), document.vkey)
  if (!report.ok) throw damaged(`the ledger does not verify: ${report.findings[0]?.what ?? ''}`)
  return document
}

async function readDocument(folder: string): Promise<BackupDocument> {
  const text = await readFile(join(folder, 'backup.json'), 'utf8').catch(() => {
    throw damaged('there is no `backup.json` in the folder')
  })
  try {
    return readFormat(backupFormat, JSON.parse(text) as JsonObject)
  } catch (error) {
    if (isFdpError(error)) throw error
    throw damaged('its list of contents cannot be read')
  }
}

async function copyKeys(from: string, to: string): Promise<void> {
  for (const path of await filesBelow(from)) await copyDurably(from, to, path)
}

/** Opens the keys and, with them, every file of lake and vault that the ledger makes current. */
async function proveStores(folder: string, document: BackupDocument, adapters: Adapters): Promise<void> {
  const keys: Keys = await adapters.openKeys(join(folder, 'keys'), document.tenant)
  if (!equalBytes(keys.publicKey, parseVerifierKey(document.vkey).publicKey)) {
    throw damaged('the keys are not those that signed its ledger')
  }
  const lake = await adapters.openLake(join(folder, 'lake'))
  const vault = await adapters.openVault(join(folder, 'vault'), keys)
  const wrong = await differing({ lake, vault }, document.versions)
  if (wrong.length > 0) throw damaged(`not as the ledger names it: ${wrong.slice(0, 3).join(', ')}`)
}
