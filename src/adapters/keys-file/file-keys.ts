import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject, sign } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { syncFolder } from '#files'
import { type Random, systemRandom } from '#kernel'
import type { Keys, KeyUse, WrappedKey } from '#ports'
import { keysErrors } from './errors.ts'
import { readKeyFile, refuseExposed, writeKeyFile } from './key-file.ts'
import { unwrapKey, wrapKey } from './key-wrap.ts'

const keyBytes = 32
/** DER of a PKCS #8 Ed25519 private key up to the 32-byte seed (RFC 8410, section 7). */
const ed25519Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')
const wrappingFile = /^wrapping-([1-9]\d{0,8})\.key$/

/**
 * Makes the keys of a new tenant in `folder`, which appears whole and durable or not at all. Throws FDP_KEYS_EXIST.
 */
export async function createKeys(folder: string, tenant: string, random: Random): Promise<Keys> {
  const target = resolve(folder)
  const exists = await stat(target).then(
    () => true,
    () => false,
  )
  if (exists) throw keysErrors('FDP_KEYS_EXIST', { tenant })
  const making = `${target}.new`
  await rm(making, { recursive: true, force: true })
  await mkdir(making, { recursive: true, mode: 0o700 })
  for (const name of ['root', 'signing', 'wrapping-1']) {
    await writeKeyFile(making, tenant, name, random.bytes(keyBytes))
  }
  await rename(making, target)
  await syncFolder(dirname(target))
  return openKeys(target, tenant, random)
}

/** Opens a tenant's keys; throws FDP_KEYS_MISSING, _EXPOSED, _DAMAGED or _TENANT. */
export async function openKeys(folder: string, tenant: string, random: Random = systemRandom): Promise<Keys> {
  await refuseExposed(folder, 'the folder')
  const root = await readKeyFile(folder, tenant, 'root')
  const seed = await readKeyFile(folder, tenant, 'signing')
  const wrapping = new Map<number, Uint8Array>()
  for (const file of await readdir(folder)) {
    if (file.endsWith('.gone')) await destroyFile(join(folder, file))
    const keyVersion = Number(wrappingFile.exec(file)?.[1] ?? 0)
    if (keyVersion > 0) wrapping.set(keyVersion, await readKeyFile(folder, tenant, `wrapping-${keyVersion}`))
  }
  if (wrapping.size === 0) throw keysErrors('FDP_KEYS_MISSING', { file: 'wrapping-1.key' })
  return new FileKeys({ folder, tenant, random, root, seed, wrapping })
}

interface Opened {
  readonly folder: string
  readonly tenant: string
  readonly random: Random
  readonly root: Uint8Array
  readonly seed: Uint8Array
  readonly wrapping: Map<number, Uint8Array>
}

class FileKeys implements Keys {
  readonly tenant: string
  readonly publicKey: Uint8Array
  readonly #opened: Opened
  readonly #signing: KeyObject
  #current: number
  /** Rotations and destructions follow one another. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(opened: Opened) {
    this.tenant = opened.tenant
    this.#opened = opened
    this.#current = Math.max(...opened.wrapping.keys())
    const der = Buffer.concat([ed25519Prefix, opened.seed])
    this.#signing = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    this.publicKey = Buffer.from(createPublicKey(this.#signing).export({ format: 'jwk' }).x!, 'base64url')
  }

  derive(info: Uint8Array): Uint8Array {
    return new Uint8Array(hkdfSync('sha256', this.#opened.root, new Uint8Array(), info, keyBytes))
  }

  wrap(use: KeyUse, dataKey: Uint8Array): WrappedKey {
    const { tenant, wrapping, random } = this.#opened
    return wrapKey(wrapping.get(this.#current)!, { tenant, use, keyVersion: this.#current }, dataKey, random)
  }

  unwrap(use: KeyUse, { keyVersion, wrapped }: WrappedKey): Uint8Array {
    const wrapping = this.#opened.wrapping.get(keyVersion)
    if (!wrapping) throw keysErrors('FDP_KEYS_UNWRAP', { keyVersion })
    return unwrapKey(wrapping, { tenant: this.tenant, use, keyVersion }, wrapped)
  }

  rotateWrapping(): Promise<number> {
    return this.#inTurn(async () => {
      const { folder, tenant, random, wrapping } = this.#opened
      const next = this.#current + 1
      const key = random.bytes(keyBytes)
      await writeKeyFile(folder, tenant, `wrapping-${next}`, key)
      wrapping.set(next, key)
      this.#current = next
      return next
    })
  }

  destroyWrapping(keyVersion: number): Promise<void> {
    return this.#inTurn(async () => {
      const { folder, wrapping } = this.#opened
      if (keyVersion === this.#current) throw keysErrors('FDP_KEYS_CURRENT', { keyVersion })
      if (!wrapping.has(keyVersion)) return
      const gone = `wrapping-${keyVersion}.gone`
      await rename(join(folder, `wrapping-${keyVersion}.key`), join(folder, gone))
      await syncFolder(folder)
      await destroyFile(join(folder, gone))
      await syncFolder(folder)
      wrapping.get(keyVersion)!.fill(0)
      wrapping.delete(keyVersion)
    })
  }

  sign(message: Uint8Array): Uint8Array {
    return sign(null, message, this.#signing)
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(step)
    this.#turn = result.catch(() => {})
    return result
  }
}

/** Overwrites, then removes. A medium that remaps blocks, or a backup, may still hold a copy: the trust page says so. */
async function destroyFile(path: string): Promise<void> {
  const handle = await open(path, 'r+')
  try {
    const { size } = await handle.stat()
    await handle.write(Buffer.alloc(size), 0, size, 0)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rm(path)
}
