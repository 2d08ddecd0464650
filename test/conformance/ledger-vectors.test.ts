import assert from 'node:assert/strict'
import { createDecipheriv, createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { canonicalJson } from '#kernel'
import { ledgerVectors } from '../../tools/ledger-vectors.ts'

const path = new URL('../../spec/vectors/ledger.json', import.meta.url)
const vectors = JSON.parse(readFileSync(path, 'utf8'))

const sha256 = (...parts: (Uint8Array | string)[]) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const commit = (domain: string, salt: string, json: string) =>
  createHmac('sha256', Buffer.from(salt, 'base64')).update(`openfdp/ledger/${domain}/v1\0`).update(json).digest()
const framed = (...parts: string[]) =>
  Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(Buffer.byteLength(part))
      return [length, Buffer.from(part)]
    }),
  )
function openGcm(key: Uint8Array, context: Uint8Array, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.alloc(12), { authTagLength: 16 }).setAAD(context)
  decipher.setAuthTag(sealed.subarray(-16))
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
}

describe('vectors of spec/ledger.md', () => {
  it('are what the tool writes today', async () => {
    assert.deepEqual(
      JSON.parse(await ledgerVectors()),
      vectors,
      'run `node tools/ledger-vectors.ts` and read the difference',
    )
  })

  it('verify', () => {
    for (const { report } of [vectors.withJournal, vectors.settled]) assert.deepEqual(report.findings, [])
    assert.equal(vectors.withJournal.report.journalEntries, 1)
  })

  it('hold by the words of the specification alone: openings, leaves, tile, details', () => {
    const file = (name: string) => Buffer.from(vectors.settled.files[name], 'base64')
    const [, ...lines] = file('openings/000').toString('utf8').trimEnd().split('\n')
    const leaves = lines.map((line) => {
      const { opening, salt, detailCommitment } = JSON.parse(line)
      const detail = detailCommitment === null ? Buffer.alloc(32) : Buffer.from(detailCommitment, 'base64')
      return Buffer.concat([Uint8Array.of(1), commit('governance', salt, canonicalJson(opening)), detail])
    })
    const width = leaves.length
    const bundle = Buffer.concat(leaves.flatMap((leaf) => [Uint8Array.of(0, 65), leaf]))
    assert.deepEqual(file(`tile/entries/000.p/${width}`), bundle)
    const hashes = leaves.map((leaf) => sha256(Uint8Array.of(0), leaf))
    assert.deepEqual(file(`tile/0/000.p/${width}`), Buffer.concat(hashes))

    const [header, detailLine] = file('details/000')
      .toString('utf8')
      .split('\n')
      .map((line) => line && JSON.parse(line))
    const origin = vectors.settled.report.origin
    const { block, indexes, wrapped } = header.keys
    const context = framed('openfdp/ledger/detail-keys/v1', origin, indexes.join(','))
    const keys = openGcm(Buffer.from(wrapped, 'base64'), context, Buffer.from(block, 'base64'))
    const { index, ciphertext } = detailLine
    const key = keys.subarray(32 * indexes.indexOf(index), 32 * indexes.indexOf(index) + 32)
    const sealed = Buffer.from(ciphertext, 'base64')
    const opening = JSON.parse(lines[index]!)
    assert.equal(sha256(sealed).toString('hex'), opening.opening.detail.sha256)
    const detailContext = framed('openfdp/ledger/detail-cipher/v1', origin, String(index))
    const plain = JSON.parse(openGcm(key, detailContext, sealed).toString('utf8'))
    assert.deepEqual(plain.persons, ['17', '23', '42'])
    const body = commit('detail-body', plain.bodySalt, canonicalJson(plain.detail)).toString('hex')
    const { persons } = vectors.personProof.proof
    assert.equal(
      commit('detail', plain.salt, canonicalJson({ body, persons })).toString('base64'),
      opening.detailCommitment,
    )
  })
})
