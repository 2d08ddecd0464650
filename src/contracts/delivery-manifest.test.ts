import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isFdpError } from '#kernel'
import { cases, fc } from '../../test/random.ts'
import { checkManifest, parseManifest } from './delivery-manifest.ts'

const sum = (digit: string) => digit.repeat(64)
const canary = 'Canary-Rho'
const both = [
  { name: 'a.csv', sha256: sum('a'), bytes: 3, rows: null },
  { name: 'b ü.csv', sha256: sum('b'), bytes: null, rows: 0 },
]

describe('a manifest', () => {
  it('is JSON, a list or an object with one, or CSV in any order of columns', () => {
    const upper = both.map((file) => ({ ...file, sha256: file.sha256.toUpperCase(), by: canary }))
    const csv = `\ufeffSHA256, Name,rows,bytes,by\r\n${sum('A')},a.csv,,3,x\r\n${sum('b')},b ü.csv,0,,x\r\n`
    for (const text of [JSON.stringify(upper), JSON.stringify({ files: upper, at: 1 }), csv])
      assert.deepEqual(parseManifest(text), { extent: null, files: both })
    assert.equal(parseManifest(JSON.stringify({ files: upper, extent: 'partial' })).extent, 'partial')
  })
  it('is refused where a file has no name, no sum, a path or two places, without its name', () => {
    const file = { name: canary, sha256: sum('a') }
    const wrong = [
      [],
      {},
      { files: both, extent: canary },
      [{}],
      [null],
      [{ name: canary }],
      [{ ...file, sha256: 'x' }],
      [{ ...file, name: `../${canary}` }],
      [{ ...file, name: '..' }],
      [{ ...file, bytes: -1 }],
      [{ ...file, rows: '1e3' }],
      [file, file],
      Array.from({ length: 1_001 }, (_, i) => ({ ...file, name: `${i}` })),
    ]
    const texts = ['', canary, `{${canary}`, `name,name\n${canary},x`, `name,sha256\n${canary}`, `name\n"${canary}"`]
    for (const text of [...texts, ...wrong.map((each) => JSON.stringify(each))])
      assert.throws(
        () => parseManifest(text),
        (error) => isFdpError(error, 'FDP_CONTRACTS_MANIFEST') && !/Canary/.test(JSON.stringify(error)),
        text,
      )
    const any = fc.oneof(
      fc.string(),
      fc.json(),
      fc.string().map((text) => `name,sha256\n${text}`),
    )
    fc.assert(
      fc.property(any, (text) => {
        try {
          parseManifest(text)
        } catch (error) {
          assert.ok(isFdpError(error, 'FDP_CONTRACTS_MANIFEST'), String(error))
        }
      }),
      cases(500, 20_000),
    )
  })
  it('is held against what was delivered', () => {
    const delivered = both.map((file) => ({ ...file, bytes: 3, rows: 0 }))
    assert.deepEqual(checkManifest(both, delivered), [])
    const [a, b] = [delivered[0]!, delivered[1]!]
    const found = (files: typeof delivered) => checkManifest(both, files).map(({ name, what }) => [name, what])
    assert.deepEqual(found([b]), [['a.csv', 'missing']])
    assert.deepEqual(
      found([
        { ...a, bytes: 4 },
        { ...b, bytes: 4 },
      ]),
      [['a.csv', 'other bytes']],
    )
    assert.deepEqual(found([{ ...a, sha256: sum('c') }, b]), [['a.csv', 'other content']])
    assert.deepEqual(found([a, { ...b, rows: 1 }]), [['b ü.csv', 'other rows']])
    assert.deepEqual(found([a, b, { ...a, name: 'c' }]), [['c', 'unlisted']])
  })
})
