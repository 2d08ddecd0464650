import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { sha256 } from '#kernel'
import { emptyRoot, hashLeaf, verifyConsistency, verifyInclusion } from '#ledger'
import { sharedPath, skipWithoutShared } from '../shared-data.ts'

interface InclusionVector {
  leafIdx: number
  treeSize: number
  root: string
  leafHash: string
  proof: string[] | null
  desc: string
  wantErr: boolean
}

interface ConsistencyVector {
  size1: number
  size2: number
  root1: string
  root2: string
  proof: string[] | null
  desc: string
  wantErr: boolean
}

function vectorsIn<T>(folder: string): { name: string; vector: T }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.json'))
    .map((name) => ({ name, vector: JSON.parse(readFileSync(join(folder, name), 'utf8')) as T }))
}

const bytes = (text: string) => Buffer.from(text, 'base64')
const hashes = (proof: string[] | null) => (proof ?? []).map(bytes)

describe('published vectors of RFC 6962 proofs', () => {
  it('inclusion: every vector, right and wrong', (t) => {
    if (skipWithoutShared(t)) return
    const vectors = vectorsIn<InclusionVector>(sharedPath('vectors/merkle/inclusion'))
    for (const { name, vector: v } of vectors) {
      const holds = verifyInclusion(bytes(v.leafHash), v.leafIdx, v.treeSize, hashes(v.proof), bytes(v.root))
      assert.equal(holds, !v.wantErr, `${name}: ${v.desc}`)
    }
    assert.ok(vectors.length >= 90, `${vectors.length} vectors`)
    t.diagnostic(`${vectors.length} inclusion vectors`)
  })

  it('consistency: every vector, right and wrong', (t) => {
    if (skipWithoutShared(t)) return
    const vectors = vectorsIn<ConsistencyVector>(sharedPath('vectors/merkle/consistency'))
    for (const { name, vector: v } of vectors) {
      const holds = verifyConsistency(v.size1, v.size2, hashes(v.proof), bytes(v.root1), bytes(v.root2))
      assert.equal(holds, !v.wantErr, `${name}: ${v.desc}`)
    }
    assert.ok(vectors.length >= 80, `${vectors.length} vectors`)
    t.diagnostic(`${vectors.length} consistency vectors`)
  })

  it('hashes of the empty tree and the empty leaf are those of RFC 6962', () => {
    assert.deepEqual(Buffer.from(emptyRoot), Buffer.from(sha256('')))
    assert.equal(
      hashLeaf(new Uint8Array(0)).toString('hex'),
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    )
  })
})
