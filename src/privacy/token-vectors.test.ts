import assert from 'node:assert/strict'
import { hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fromHex, parsePurposeId, toHex } from '#kernel'
import type { Keys } from '#ports'
import { openTokeniser, tokenKeyInfo } from './tokeniser.ts'

interface Scope {
  readonly tenant: string
  readonly purpose: string
  readonly keyType: string
  readonly epoch: number
  readonly token: string
}

/** spec/token.md; the vectors were made with openssl, not with this program. */
const vectors: {
  readonly root: string
  readonly valid: readonly (Scope & { key: string; info: string; aesKey: string; block: string })[]
  readonly invalid: readonly (Scope & { why: string })[]
} = JSON.parse(readFileSync(new URL('../../spec/token-vectors.json', import.meta.url), 'utf8'))

function tokeniserOf({ tenant, purpose, epoch }: Scope) {
  const derive = (info: Uint8Array) => new Uint8Array(hkdfSync('sha256', fromHex(vectors.root), '', info, 32))
  return openTokeniser({ tenant, derive } as Partial<Keys> as Keys, parsePurposeId(purpose), epoch)
}

test('every invalid vector is refused', () => {
  assert.ok(vectors.invalid.length >= 8)
  for (const vector of vectors.invalid) {
    const open = () => tokeniserOf(vector).open(vector.keyType, vector.token)
    assert.throws(open, { code: 'FDP_PRIVACY_NOT_A_TOKEN' }, vector.why)
  }
})

test('every valid vector is made and opened', () => {
  assert.ok(vectors.valid.length >= 11)
  for (const vector of vectors.valid) {
    const info = tokenKeyInfo(vector.tenant, parsePurposeId(vector.purpose), vector.keyType, vector.epoch)
    assert.equal(toHex(info), vector.info)
    const tokens = tokeniserOf(vector)
    assert.equal(tokens.token(vector.keyType, BigInt(vector.key)), vector.token)
    assert.equal(tokens.open(vector.keyType, vector.token), BigInt(vector.key))
  }
})
