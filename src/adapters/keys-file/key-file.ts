import { constants } from 'node:fs'
import { open, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder } from '#files'
import { type FormatSpec, fromBase64, isFdpError, type JsonObject, readFormat, toBase64, writeFormat } from '#kernel'
import { keysErrors } from './errors.ts'

const keyBytes = 32

interface KeyDocument extends JsonObject {
  readonly format: string
  readonly version: number
  readonly tenant: string
  /** `root`, `signing` (an Ed25519 seed) or `wrapping-<version>`, so that files cannot change places. */
  readonly name: string
  /** 32 bytes, base64. */
  readonly key: string
}

const keyFormat: FormatSpec<KeyDocument> = {
  format: 'openfdp/key',
  version: 1,
  migrations: {},
  check: (document) => {
    const { tenant, name, key } = document
    if (typeof tenant !== 'string' || typeof name !== 'string' || typeof key !== 'string') throw new Error('not a key')
    if (fromBase64(key).length !== keyBytes) throw new Error('not a key')
    return document as KeyDocument
  },
}

/** Reads `<name>.key`; throws FDP_KEYS_MISSING, _EXPOSED, _DAMAGED or _TENANT. */
export async function readKeyFile(folder: string, tenant: string, name: string): Promise<Uint8Array> {
  const file = `${name}.key`
  await refuseExposed(join(folder, file), file)
  const text = await readText(join(folder, file))
  let document: KeyDocument
  try {
    document = readFormat(keyFormat, JSON.parse(text) as JsonObject)
  } catch (error) {
    if (isFdpError(error, 'FDP_FORMAT_NEWER')) throw error
    throw keysErrors('FDP_KEYS_DAMAGED', { file })
  }
  if (document.tenant !== tenant) throw keysErrors('FDP_KEYS_TENANT', { file })
  if (document.name !== name) throw keysErrors('FDP_KEYS_DAMAGED', { file })
  return fromBase64(document.key)
}

/** Writes `<name>.key` whole or not at all; on stable storage when it returns. Never replaces an existing key. */
export async function writeKeyFile(folder: string, tenant: string, name: string, key: Uint8Array): Promise<void> {
  const body = writeFormat(keyFormat, { tenant, name, key: toBase64(key) })
  const path = join(folder, `${name}.key`)
  const exists = await stat(path).then(
    () => true,
    () => false,
  )
  if (exists) throw new Error('a key file is never replaced')
  const handle = await open(`${path}.new`, 'w', 0o600)
  try {
    await handle.writeFile(`${JSON.stringify(body)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(`${path}.new`, path)
  await syncFolder(folder)
}

/** Throws FDP_KEYS_MISSING if it is not there, FDP_KEYS_EXPOSED if group or others have any right to it. */
export async function refuseExposed(path: string, file: string): Promise<void> {
  const { mode } = await stat(path).catch(() => {
    throw keysErrors('FDP_KEYS_MISSING', { file })
  })
  const others = constants.S_IRWXG | constants.S_IRWXO
  if (process.platform !== 'win32' && (mode & others) !== 0) throw keysErrors('FDP_KEYS_EXPOSED', { file })
}

async function readText(path: string): Promise<string> {
  const handle = await open(path, 'r')
  try {
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}
