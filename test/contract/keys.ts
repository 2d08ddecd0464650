import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { describe, it } from 'node:test'
import { equalBytes, lengthPrefixed, systemRandom } from '#kernel'
import type { Keys, KeyUse } from '#ports'

/** A fresh set of keys for a tenant, and the same again as a new process would find them. */
export interface KeysUnderTest {
  readonly keys: Keys
  reopen(): Promise<Keys>
}

const uses: readonly KeyUse[] = ['vault', 'blob', 'ledger-detail', 'ledger-salt', 'page-token', 'backup']

/** What every Keys must keep; see the port. */
export function keysContract(name: string, make: (tenant: string) => Promise<KeysUnderTest>): void {
  describe(`keys contract: ${name}`, () => {
    it('refuses to unwrap for another use, tenant, version or changed byte', async () => {
      const { keys } = await make('rj1')
      const other = (await make('rj2')).keys
      const wrapped = keys.wrap('vault', systemRandom.bytes(32))
      const refused = { code: 'FDP_KEYS_UNWRAP' }
      for (const use of uses.slice(1)) assert.throws(() => keys.unwrap(use, wrapped), refused)
      assert.throws(() => other.unwrap('vault', wrapped), refused)
      assert.throws(() => keys.unwrap('vault', { ...wrapped, keyVersion: 2 }), refused)
      assert.throws(() => keys.unwrap('vault', { ...wrapped, wrapped: '' }), refused)
      assert.throws(() => keys.unwrap('vault', { ...wrapped, wrapped: 'not base64!' }), refused)
      const bytes = Buffer.from(wrapped.wrapped, 'base64')
      for (let i = 0; i < bytes.length; i++) {
        const changed = Buffer.from(bytes)
        changed[i] = changed[i]! ^ 1
        assert.throws(() => keys.unwrap('vault', { ...wrapped, wrapped: changed.toString('base64') }), refused)
      }
      for (let n = 0; n < bytes.length; n++) {
        const short = bytes.subarray(0, n).toString('base64')
        assert.throws(() => keys.unwrap('vault', { ...wrapped, wrapped: short }), refused)
      }
    })
    it('wraps every use and never twice alike', async () => {
      const { keys } = await make('rj1')
      const dataKey = systemRandom.bytes(32)
      const seen = new Set<string>()
      for (const use of [...uses, ...uses]) {
        const wrapped = keys.wrap(use, dataKey)
        seen.add(wrapped.wrapped)
        assert.ok(equalBytes(keys.unwrap(use, wrapped), dataKey))
      }
      assert.equal(seen.size, uses.length * 2)
    })
    it('after rotation wraps under the new key and still opens the old, also when opened again', async () => {
      const { keys, reopen } = await make('rj1')
      const dataKey = systemRandom.bytes(32)
      const old = keys.wrap('blob', dataKey)
      const version = await keys.rotateWrapping()
      assert.ok(version > old.keyVersion)
      const fresh = keys.wrap('blob', dataKey)
      assert.equal(fresh.keyVersion, version)
      for (const each of [keys, await reopen()]) {
        assert.ok(equalBytes(each.unwrap('blob', old), dataKey))
        assert.ok(equalBytes(each.unwrap('blob', fresh), dataKey))
        assert.equal(each.wrap('blob', dataKey).keyVersion, version)
      }
    })
    it('opens nothing under a destroyed wrapping key, also when opened again, and keeps the current one', async () => {
      const { keys, reopen } = await make('rj1')
      const old = keys.wrap('blob', systemRandom.bytes(32))
      await assert.rejects(keys.destroyWrapping(old.keyVersion), { code: 'FDP_KEYS_CURRENT' })
      await keys.rotateWrapping()
      await keys.destroyWrapping(old.keyVersion)
      await keys.destroyWrapping(old.keyVersion)
      for (const each of [keys, await reopen()]) {
        assert.throws(() => each.unwrap('blob', old), { code: 'FDP_KEYS_UNWRAP' })
        assert.doesNotThrow(() => each.unwrap('blob', each.wrap('blob', systemRandom.bytes(32))))
      }
    })
    it('derives the same for the same, different for different, and for each tenant its own', async () => {
      const { keys, reopen } = await make('rj1')
      const other = (await make('rj2')).keys
      const info = lengthPrefixed('ab', 'c')
      const derived = keys.derive(info)
      assert.equal(derived.length, 32)
      assert.ok(equalBytes(derived, (await reopen()).derive(info)))
      assert.ok(!equalBytes(derived, keys.derive(lengthPrefixed('a', 'bc'))))
      assert.ok(!equalBytes(derived, other.derive(info)))
    })
    it('signs with the key it publishes', async () => {
      const { keys, reopen } = await make('rj1')
      const message = Buffer.from('checkpoint')
      const x = Buffer.from(keys.publicKey).toString('base64url')
      const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
      assert.equal(keys.publicKey.length, 32)
      assert.ok(verify(null, message, publicKey, (await reopen()).sign(message)))
      assert.ok(!verify(null, Buffer.from('other'), publicKey, keys.sign(message)))
    })
  })
}
