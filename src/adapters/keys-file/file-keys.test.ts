import assert from 'node:assert/strict'
import { chmod, cp, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { seededRandom, systemRandom } from '#kernel'
import { createKeys, openKeys } from './file-keys.ts'

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const base = await mkdtemp(join(tmpdir(), 'fdp-keys-'))
  try {
    await use(join(base, 'keys'))
  } finally {
    await rm(base, { recursive: true, force: true })
  }
}

describe('keys in files', () => {
  it('refuses to make keys twice', () =>
    withFolder(async (folder) => {
      await createKeys(folder, 'rj1', systemRandom)
      await assert.rejects(createKeys(folder, 'rj1', systemRandom), { code: 'FDP_KEYS_EXIST' })
    }))
  it('refuses keys of another tenant', () =>
    withFolder(async (folder) => {
      await createKeys(folder, 'rj1', systemRandom)
      await assert.rejects(openKeys(folder, 'rj2'), { code: 'FDP_KEYS_TENANT' })
    }))
  it('refuses a missing, damaged or misplaced file', () =>
    withFolder(async (folder) => {
      await createKeys(folder, 'rj1', systemRandom)
      const signing = await readFile(join(folder, 'signing.key'))
      await writeFile(join(folder, 'root.key'), signing)
      await assert.rejects(openKeys(folder, 'rj1'), { code: 'FDP_KEYS_DAMAGED' })
      await writeFile(
        join(folder, 'root.key'),
        '{"format":"openfdp/key","version":1,"tenant":"rj1","name":"root","key":"AA=="}',
      )
      await assert.rejects(openKeys(folder, 'rj1'), { code: 'FDP_KEYS_DAMAGED' })
      await writeFile(join(folder, 'root.key'), '{"format":"openfdp/key","version":99}')
      await assert.rejects(openKeys(folder, 'rj1'), { code: 'FDP_FORMAT_NEWER' })
      await rm(join(folder, 'root.key'))
      await assert.rejects(openKeys(folder, 'rj1'), { code: 'FDP_KEYS_MISSING' })
    }))
  it('refuses files or a folder that others can read', { skip: process.platform === 'win32' }, () =>
    withFolder(async (folder) => {
      await createKeys(folder, 'rj1', systemRandom)
      assert.equal((await stat(folder)).mode & 0o777, 0o700)
      for (const file of await readdir(folder)) assert.equal((await stat(join(folder, file))).mode & 0o777, 0o600)
      await chmod(join(folder, 'wrapping-1.key'), 0o640)
      await assert.rejects(openKeys(folder, 'rj1'), { code: 'FDP_KEYS_EXPOSED' })
      await chmod(join(folder, 'wrapping-1.key'), 0o600)
      await chmod(folder, 0o755)
      await assert.rejects(openKeys(folder, 'rj1'), { code: 'FDP_KEYS_EXPOSED' })
    }),
  )
  it('starts again after being cut off half-way', () =>
    withFolder(async (folder) => {
      await createKeys(`${folder}.new`, 'rj1', systemRandom)
      const keys = await createKeys(folder, 'rj1', systemRandom)
      assert.deepEqual(await readdir(folder), ['root.key', 'signing.key', 'wrapping-1.key'])
      await writeFile(join(folder, 'wrapping-2.key.new'), 'half', { mode: 0o600 })
      assert.equal((await openKeys(folder, 'rj1')).wrap('blob', systemRandom.bytes(32)).keyVersion, 1)
      assert.equal(await keys.rotateWrapping(), 2)
    }))
  it('finishes a destruction that was cut off half-way', () =>
    withFolder(async (folder) => {
      const keys = await createKeys(folder, 'rj1', systemRandom)
      const old = keys.wrap('blob', systemRandom.bytes(32))
      await keys.rotateWrapping()
      await rename(join(folder, 'wrapping-1.key'), join(folder, 'wrapping-1.gone'))
      const reopened = await openKeys(folder, 'rj1')
      assert.throws(() => reopened.unwrap('blob', old), { code: 'FDP_KEYS_UNWRAP' })
      assert.deepEqual(await readdir(folder), ['root.key', 'signing.key', 'wrapping-2.key'])
    }))
  it('survives as a copy of its files, and a copy without them opens nothing', () =>
    withFolder(async (folder) => {
      const keys = await createKeys(folder, 'rj1', systemRandom)
      const dataKey = systemRandom.bytes(32)
      const wrapped = keys.wrap('blob', dataKey)
      await cp(folder, `${folder}.copy`, { recursive: true })
      await rm(folder, { recursive: true })
      assert.deepEqual((await openKeys(`${folder}.copy`, 'rj1')).unwrap('blob', wrapped), dataKey)
      const others = await createKeys(folder, 'rj1', systemRandom)
      assert.throws(() => others.unwrap('blob', wrapped), { code: 'FDP_KEYS_UNWRAP' })
    }))
  it('derives and signs by the published algorithms', () =>
    withFolder(async (folder) => {
      const keys = await createKeys(folder, 'rj1', seededRandom('keys'))
      const { subtle } = globalThis.crypto
      const root = Buffer.from(JSON.parse(await readFile(join(folder, 'root.key'), 'utf8')).key, 'base64')
      const base = await subtle.importKey('raw', root, 'HKDF', false, ['deriveBits'])
      const info = Buffer.from('what for')
      const bits = await subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }, base, 256)
      assert.deepEqual(keys.derive(info), new Uint8Array(bits))
      const publicKey = await subtle.importKey('raw', Uint8Array.from(keys.publicKey), 'Ed25519', false, ['verify'])
      assert.ok(await subtle.verify('Ed25519', publicKey, Uint8Array.from(keys.sign(info)), info))
    }))
})
