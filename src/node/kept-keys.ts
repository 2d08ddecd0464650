import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { destroyFile, makeFolder, replaceDestroying, writeDurably } from '#files'
import { type FormatSpec, type JsonObject, readFormat, writeFormat } from '#kernel'
import { isDetailsPath, splitDetails } from '#ledger'
import { backupKeysFile } from './backup-keys.ts'
import { nodeErrors } from './errors.ts'
import type { Tenant } from './tenant.ts'
import { filesBelow } from './tree-copy.ts'

const detailKeysFile = 'details.keys'
const signingKeyFile = 'signing.key'
/** The tenant's own keys and those of its backups; nothing else in the folder is touched. */
const ours = /^([a-z]+(-\d+)?\.key|backup\.keys|details\.keys)$/

interface DetailKeys extends JsonObject {
  readonly tenant: string
  /** By details file of the ledger: its block of wrapped keys. */
  readonly blocks: JsonObject
}

const format: FormatSpec<DetailKeys> = {
  format: 'openfdp/backup-detail-keys',
  version: 1,
  migrations: {},
  check: (document) => {
    if (typeof document.tenant !== 'string' || typeof document.blocks !== 'object' || document.blocks === null)
      throw new Error('not the keys of details')
    return document as DetailKeys
  },
}

/**
 * Puts the keys of a tenant, of its backups and of its ledger's details, as they are now, in place of those that the
 * folder held, which are overwritten: what was erased since opens with them no more.
 */
export async function keepKeysBeside(tenant: Tenant, to: string): Promise<void> {
  const from = join(tenant.folder, 'keys')
  await makeFolder(to)
  await checkOurs(from, to)
  const names = (await readdir(from)).filter((name) => ours.test(name))
  for (const name of names) await put(to, name, await readFile(join(from, name)))
  await put(to, detailKeysFile, await tenant.quiet(() => detailKeysOf(tenant)))
  for (const name of await readdir(to))
    if (ours.test(name) && name !== detailKeysFile && !names.includes(name)) await destroyFile(join(to, name))
}

/** Keys of another tenant, or of one of the same name elsewhere, are not written over. FDP_NODE_BACKUP_KEYS_OTHER. */
async function checkOurs(from: string, to: string): Promise<void> {
  const path = join(to, signingKeyFile)
  if (!existsSync(path)) return
  if ((await readFile(path)).equals(await readFile(join(from, signingKeyFile)))) return
  throw nodeErrors('FDP_NODE_BACKUP_KEYS_OTHER')
}

async function put(to: string, name: string, bytes: Uint8Array): Promise<void> {
  const path = join(to, name)
  const write = existsSync(path) ? replaceDestroying : writeDurably
  await write(path, `${path}.new`, bytes)
}

async function detailKeysOf({ ledger, folder, profile }: Tenant): Promise<Uint8Array> {
  await ledger.settle()
  const blocks: Record<string, JsonObject> = {}
  for (const path of await filesBelow(join(folder, 'ledger'))) {
    if (!isDetailsPath(path)) continue
    const { keys } = splitDetails(path, await readFile(join(folder, 'ledger', path)))
    if (keys !== null) blocks[path] = keys
  }
  return Buffer.from(`${JSON.stringify(writeFormat(format, { tenant: profile.id as string, blocks }))}\n`)
}

/** Of a folder of kept keys: blocks by details file. FDP_NODE_BACKUP_KEYS_MISSING, FDP_NODE_BACKUP_KEYS_DAMAGED. */
export async function readDetailKeys(folder: string): Promise<JsonObject> {
  const missing = [backupKeysFile, detailKeysFile].find((name) => !existsSync(join(folder, name)))
  if (missing !== undefined) throw nodeErrors('FDP_NODE_BACKUP_KEYS_MISSING', { file: missing })
  try {
    return readFormat(format, JSON.parse(await readFile(join(folder, detailKeysFile), 'utf8')) as JsonObject).blocks
  } catch {
    throw nodeErrors('FDP_NODE_BACKUP_KEYS_DAMAGED')
  }
}

/** The files that a tenant has in its own folder of keys; those of details go back into its ledger. */
export async function tenantKeyFiles(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => ours.test(name) && name !== detailKeysFile)
}
