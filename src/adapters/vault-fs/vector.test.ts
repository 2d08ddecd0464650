import assert from 'node:assert/strict'
import { createDecipheriv, createHash, createPublicKey, verify } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { zstdDecompressSync } from 'node:zlib'
import { canonicalJson, type EntryIndex, fromHex, lengthPrefixed, manualClock, systemRandom } from '#kernel'
import type { Keys } from '#ports'
import { collect } from '../../../test/contract/vault.ts'
import { memoryKeys } from '../../../test/memory-keys.ts'
import { openVaultFs } from './index.ts'

const vector = JSON.parse(await readFile(new URL('../../../spec/vault-vectors.json', import.meta.url), 'utf8'))
const file = Buffer.from(vector.segment.file, 'base64')
const dataKey = Buffer.from(vector.dataKey, 'hex')

/** Opens by the words of spec/vault.md alone. */
function open(nonce: Buffer, parts: readonly (string | Uint8Array)[], sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', dataKey, nonce)
  decipher.setAAD(lengthPrefixed(...parts)).setAuthTag(sealed.subarray(-16))
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
}

function nonceOf(block: number, column: number): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(block, 4)
  nonce.writeUInt32BE(column, 8)
  return nonce
}

describe('vault format, version 1', () => {
  it('can be read by the words of the specification alone', () => {
    assert.equal(file.toString('latin1', 0, 8) + file.toString('latin1', file.length - 8), 'OFDPVLT1OFDPVEND')
    const header = file.subarray(12, 12 + file.readUInt32BE(8))
    const { tenant, id, columns, rows } = { ...vector.segment, ...JSON.parse(header.toString('utf8')) }
    const indexAt = file.length - 12 - file.readUInt32BE(file.length - 12)
    const headerHash = createHash('sha256').update(header).digest()
    const indexParts = ['openfdp/vault-index', '1', tenant, id, headerHash]
    const index = JSON.parse(open(Buffer.alloc(12, 255), indexParts, file.subarray(indexAt, -12)).toString('utf8'))
    const blocks = index.blocks.map((block: { rows: number; chunks: [number, number][] }, b: number) => {
      const last = b === index.blocks.length - 1 ? 'last' : 'more'
      const texts = block.chunks.map(([offset, bytes], c) => {
        const parts = ['openfdp/vault-block', '1', tenant, id, columns[c].name, String(b), String(block.rows), last]
        return zstdDecompressSync(open(nonceOf(b, c), parts, file.subarray(offset, offset + bytes))).toString('utf8')
      })
      return { rows: block.rows, columns: texts }
    })
    assert.deepEqual(blocks, vector.blocks)
    assert.equal(index.rows, rows)
  })

  it('has a manifest that is named by its hash and signed over its canonical form', () => {
    const { signature, tenant, segments } = JSON.parse(vector.manifest.text)
    assert.equal(createHash('sha256').update(vector.manifest.text).digest('hex'), vector.manifest.sha256)
    const signed = lengthPrefixed('openfdp/vault-manifest', '1', canonicalJson({ tenant, segments }))
    const x = Buffer.from(vector.publicKey, 'hex').toString('base64url')
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    assert.ok(verify(null, signed, key, Buffer.from(signature, 'base64')))
    assert.equal(segments[0].sha256, createHash('sha256').update(file).digest('hex'))
  })

  it('is still read as it was written then', async () => {
    const root = await mkdtemp(join(tmpdir(), 'openfdp-vector-'))
    const { id } = vector.segment
    const keys: Keys = {
      ...memoryKeys('rj1', 'any'),
      publicKey: fromHex(vector.publicKey),
      unwrap: () => Buffer.from(dataKey),
    }
    for (const folder of ['segments', 'keys', 'manifests']) await mkdir(join(root, folder))
    await writeFile(join(root, 'segments', `${id}.segment`), file)
    const key = { format: 'openfdp/vault-key', version: 1, segment: id, keyVersion: 1, wrapped: '' }
    await writeFile(join(root, 'keys', `${id}.key`), canonicalJson(key))
    await writeFile(join(root, 'manifests', `${vector.manifest.sha256}.json`), vector.manifest.text)
    await writeFile(join(root, 'leases.jsonl'), vector.leases)
    const vault = await openVaultFs({ root, keys, clock: manualClock('2026-02-01T09:00:00Z'), random: systemRandom })
    const lease = await vault.lease(vector.manifest.sha256, 42 as EntryIndex)
    const seen = await collect(lease.blocks('identity', ['_key', 'nhsNumber']))
    assert.deepEqual(
      seen.map(({ rows, columns }) => ({ rows, columns })),
      vector.blocks,
    )
    assert.deepEqual(
      (await collect(vault.leases())).map((record) => record.entry),
      [41, 42],
    )
    await rm(root, { recursive: true, force: true })
  })
})
