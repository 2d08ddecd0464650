import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { canonicalJson, canonicalJsonBytes } from '#kernel'
import { sharedPath, skipWithoutShared } from '../shared-data.ts'

describe('published vectors of RFC 8785 (JCS)', () => {
  it('gives the published bytes for every input', (t) => {
    if (skipWithoutShared(t)) return
    const names = readdirSync(sharedPath('vectors/jcs/input'))
    for (const name of names) {
      const input = JSON.parse(readFileSync(sharedPath(`vectors/jcs/input/${name}`), 'utf8'))
      const output = readFileSync(sharedPath(`vectors/jcs/output/${name}`))
      const hex = readFileSync(sharedPath(`vectors/jcs/outhex/${name.replace('.json', '.txt')}`), 'utf8')
      const found = Buffer.from(canonicalJsonBytes(input))
      assert.equal(found.toString('hex'), output.toString('hex'), name)
      assert.equal(found.toString('hex'), hex.replaceAll(/\s/g, ''), name)
      assert.deepEqual(JSON.parse(canonicalJson(input)), input, name)
    }
    assert.equal(names.length, 6)
  })

  it('refuses what JSON cannot hold, and lone surrogates', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, { a: '\ud800' }, { '\udc00': 1 }]) {
      assert.throws(() => canonicalJson(value))
    }
  })
})
