import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { equalBytes, fromBase64, isFdpError, type JsonObject, parseTenantId, readFormat } from '#kernel'
import { isDetailsPath, joinDetails, parseVerifierKey, verifyLedger } from '#ledger'
import type { Keys } from '#ports'
import type { Adapters } from './adapters.ts'
import { type BackupDocument, backupFormat, isReached, signedText } from './backup-document.ts'
import { BackupKeys } from './backup-keys.ts'
import { openSealed } from './backup-seal.ts'
import { nodeErrors } from './errors.ts'
import { readDetailKeys, tenantKeyFiles } from './kept-keys.ts'
import { ledgerOrigin } from './profile.ts'
import { type Lost, lostOf, recordLosses } from './restore-losses.ts'
import { markRestored } from './restored-mark.ts'
import { verifySignature } from './signature.ts'
import { differing } from './stores-agree.ts'
import { copyDurably, describeFile, filesBelow } from './tree-copy.ts'

const damaged = (what: string) => nodeErrors('FDP_NODE_BACKUP_DAMAGED', { what })

export interface RestoreOptions {
  /** The folder to which the last backup wrote the keys. Only a backup of version 1 may have its own. */
  readonly keys?: string
  /** Restores what is left of a backup in which what was current is not whole any more. */
  readonly inPart?: boolean
}

export interface Restored {
  readonly tenant: string
  readonly files: number
  /** What cannot be opened any more, and why. */
  readonly lost: readonly Lost[]
  /** Whether erasures reach such a backup at all. */
  readonly isReached: boolean
}

/**
 * Puts a backed-up tenant into a home folder where it is not. Files, signature, ledger, keys, and what the ledger names
 * in lake and vault are proved before the tenant is there; after any refusal nothing of it is. What was destroyed since
 * stays closed, and an entry of the restored ledger says so. It then refuses reads until the witnesses find in its ledger
 * the whole tree that they have seen (law 4).
 * Errors: FDP_NODE_BACKUP_DAMAGED, FDP_NODE_BACKUP_IN_PART, FDP_NODE_BACKUP_KEYS_*, FDP_NODE_TENANT_EXISTS, FDP_KEYS_*.
 */
export async function restoreTenant(
  from: string,
  home: string,
  adapters: Adapters,
  { keys: keysFrom, inPart = false }: RestoreOptions = {},
): Promise<Restored> {
  const document = await checkBackup(from, adapters)
  const folder = join(home, 'tenants', document.tenant)
  if (existsSync(folder)) throw nodeErrors('FDP_NODE_TENANT_EXISTS', { tenant: document.tenant })
  if (!document.withKeys && keysFrom === undefined) throw damaged('it holds no keys; name their folder with `--keys`')
  const unfinished = `${folder}.restoring`
  await rm(unfinished, { recursive: true, force: true })
  try {
    await mkdir(unfinished, { recursive: true, mode: 0o700 })
    for (const { path, sealed } of document.files) if (!sealed) await copyDurably(from, unfinished, path)
    if (keysFrom !== undefined) await copyKeys(keysFrom, join(unfinished, 'keys'))
    const keys = await openKeys(unfinished, document, adapters)
    const lost = isReached(document)
      ? await openFiles(from, unfinished, document, { adapters, keys, keysFrom: keysFrom! })
      : []
    await proveStores(unfinished, document, { adapters, keys, lost })
    const current = lost.filter(({ isCurrent }) => isCurrent)
    if (current.length > 0 && !inPart) throw nodeErrors('FDP_NODE_BACKUP_IN_PART', { what: inWords(current) })
    await recordLosses(unfinished, document, { adapters, keys, lost })
    await markRestored(unfinished)
    await rename(unfinished, folder)
    return { tenant: document.tenant, files: document.files.length - lost.length, lost, isReached: isReached(document) }
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw error
  }
}

function inWords(lost: readonly Lost[]): string {
  const kinds = new Set(
    lost.map(
      ({ kind, object, why }) =>
        `${object ?? kind} (${why?.because ?? 'never among these keys: use those that the last backup wrote'})`,
    ),
  )
  return [...kinds].sort().slice(0, 10).join(', ')
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
  await mkdir(to, { recursive: true, mode: 0o700 })
  for (const path of await tenantKeyFiles(from)) await copyDurably(from, to, path)
}

async function openKeys(folder: string, document: BackupDocument, adapters: Adapters): Promise<Keys> {
  const keys = await adapters.openKeys(join(folder, 'keys'), document.tenant)
  if (equalBytes(keys.publicKey, parseVerifierKey(document.vkey).publicKey)) return keys
  throw damaged('the keys are not those that signed its ledger')
}

interface Opening {
  readonly adapters: Adapters
  readonly keys: Keys
}

/** As its checkpoint has it: origin, then the number of entries. */
function entriesOf({ checkpoint }: BackupDocument): number {
  return Number(checkpoint.split('\n')[1])
}

/** Opens what is sealed, and puts the keys of details back into the ledger. Returns what has no key any more. */
async function openFiles(
  from: string,
  to: string,
  document: BackupDocument,
  { adapters, keys, keysFrom }: Opening & { readonly keysFrom: string },
): Promise<readonly Lost[]> {
  const { tenant } = document
  const { random } = adapters
  const blocks = await readDetailKeys(keysFrom)
  const backupKeys = await BackupKeys.open(join(to, 'keys'), keys, random)
  const [entries, kept] = [entriesOf(document), backupKeys.last?.entries ?? 0]
  if (kept < entries) throw nodeErrors('FDP_NODE_BACKUP_KEYS_OLDER', { kept, entries })
  const closed: string[] = []
  for (const { path, sealed } of document.files) {
    if (!sealed) continue
    const key = backupKeys.keyOf(sealed.source)
    if (key === null) closed.push(path)
    else if (!(await openSealed(join(from, path), join(to, path), key, { tenant, ...sealed })))
      throw damaged(`the file \`${path}\` does not open under its key`)
  }
  const details: string[] = []
  for (const path of (await filesBelow(join(to, 'ledger'))).filter(isDetailsPath)) {
    const file = join(to, 'ledger', path)
    const secrets = { origin: ledgerOrigin(parseTenantId(tenant)), keys, random }
    const bytes = joinDetails({ path, bytes: await readFile(file), block: blocks[path] ?? null }, secrets)
    await writeFile(file, bytes, { mode: 0o600, flush: true })
    details.push(path)
  }
  const why = (source: string) => backupKeys.destroyed(source)
  return await lostOf(to, document, { closed, details, why, adapters, keys })
}

/** Every file of lake and vault that the ledger makes current, but for what is lost. */
async function proveStores(
  folder: string,
  document: BackupDocument,
  { adapters, keys, lost }: Opening & { readonly lost: readonly Lost[] },
): Promise<void> {
  const lake = await adapters.openLake(join(folder, 'lake'))
  const vault = await adapters.openVault(join(folder, 'vault'), keys)
  const known = new Set(lost.map(({ kind, id }) => `${kind}: ${id}`))
  const wrong = (await differing({ lake, vault }, document.versions)).filter((each) => !known.has(each))
  if (wrong.length > 0) throw damaged(`not as the ledger names it: ${wrong.slice(0, 3).join(', ')}`)
}
