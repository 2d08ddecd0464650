import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sha256 } from '#kernel'
import { emptyRoot, hashLeaf, rootOf, splitPoint, verifyConsistency, verifyInclusion } from './merkle.ts'
import { pathOf } from './persons.ts'
import { consistencyPath, inclusionPath, type TileHashes } from './proofs.ts'
import { tileWidth } from './tiles.ts'
import { edgeWidths, TreeEdge } from './tree.ts'

/** Beyond a power of two in any run. */
const leavesMax = process.env.FDP_TEST_FULL ? 130 : 70
const leaves = Array.from({ length: leavesMax }, (_, i) => hashLeaf(Buffer.from(`leaf ${i}`)))
const known = new Map<string, Uint8Array>()

/** RFC 6962 section 2.1 over leaves lo to hi, as written there and with the kernel's hash; each range worked out once. */
function naiveRoot(lo: number, hi: number): Uint8Array {
  if (lo === hi) return sha256('')
  if (hi - lo === 1) return leaves[lo]!
  const name = `${lo} ${hi}`
  const k = lo + splitPoint(hi - lo)
  if (!known.has(name)) known.set(name, sha256(Uint8Array.of(1), naiveRoot(lo, k), naiveRoot(k, hi)))
  return known.get(name)!
}

function naivePath(m: number, lo: number, hi: number): Uint8Array[] {
  if (hi - lo === 1) return []
  const k = lo + splitPoint(hi - lo)
  return m < k ? [...naivePath(m, lo, k), naiveRoot(k, hi)] : [...naivePath(m, k, hi), naiveRoot(lo, k)]
}

function naiveSubproof(m: number, lo: number, hi: number, isWhole: boolean): Uint8Array[] {
  if (m === hi) return isWhole ? [] : [naiveRoot(lo, hi)]
  const k = lo + splitPoint(hi - lo)
  return m <= k
    ? [...naiveSubproof(m, lo, k, isWhole), naiveRoot(k, hi)]
    : [...naiveSubproof(m, k, hi, false), naiveRoot(lo, k)]
}

const plain = (hashes: readonly Uint8Array[]) => Buffer.concat(hashes).toString('hex')

function grow(count: number, leafAt: (i: number) => Uint8Array): { edge: TreeEdge; hashes: TileHashes } {
  const levels: Uint8Array[][] = []
  const edge = new TreeEdge((level, index, hash) => {
    const hashesThere = (levels[level] ??= [])
    assert.equal(index, hashesThere.length, 'hashes of a level come in order')
    hashesThere.push(hash)
  })
  for (let i = 0; i < count; i++) edge.push(leafAt(i))
  return { edge, hashes: async (level, first, n) => levels[level]!.slice(first, first + n) }
}

describe('RFC 6962 tree', () => {
  it('has the root of the naive definition at every size', () => {
    const edge = new TreeEdge()
    assert.equal(plain([edge.root(), emptyRoot]), plain([naiveRoot(0, 0), naiveRoot(0, 0)]))
    leaves.forEach((leaf, i) => {
      edge.push(leaf)
      const naive = naiveRoot(0, i + 1)
      assert.equal(plain([edge.root(), rootOf(leaves.slice(0, i + 1))]), plain([naive, naive]))
    })
  })

  it('gives the inclusion path of the naive definition for every leaf of every size, and it verifies only there', async () => {
    const { hashes } = grow(leavesMax, (i) => leaves[i]!)
    for (let size = 1; size <= leavesMax; size++) {
      const root = naiveRoot(0, size)
      for (let index = 0; index < size; index++) {
        const path = await inclusionPath(index, size, hashes)
        assert.equal(plain(path), plain(naivePath(index, 0, size)))
        assert.ok(verifyInclusion(leaves[index]!, index, size, path, root))
        if ((index + size) % 5 !== 0) continue
        assert.ok(!verifyInclusion(leaves[index]!, index ^ 1, size, path, root))
        assert.ok(!verifyInclusion(leaves[index]!, index, size, [...path, root], root))
        if (path.length > 0) assert.ok(!verifyInclusion(leaves[index]!, index, size, path.slice(1), root))
      }
    }
  })

  it('gives the consistency proof of the naive definition for every pair of sizes', async () => {
    const { hashes } = grow(leavesMax, (i) => leaves[i]!)
    for (let size2 = 1; size2 <= leavesMax; size2++) {
      const root2 = naiveRoot(0, size2)
      for (let size1 = 1; size1 <= size2; size1++) {
        const root1 = naiveRoot(0, size1)
        const proof = await consistencyPath(size1, size2, hashes)
        assert.equal(plain(proof), plain(naiveSubproof(size1, 0, size2, true)))
        assert.ok(verifyConsistency(size1, size2, proof, root1, root2))
        if (size1 < size2 && (size1 + size2) % 5 === 0) {
          assert.ok(!verifyConsistency(size1, size2, proof, root2, root1))
          assert.ok(!verifyConsistency(size1, size2, [...proof, root1], root1, root2))
          assert.ok(!verifyConsistency(size1, size2, proof.slice(1), root1, root2))
        }
      }
    }
  })

  it('crosses tile levels: proofs in a tree of 66,000 leaves', async () => {
    const size = 66_000
    const leafAt = (i: number) => hashLeaf(Buffer.from(String(i)))
    const { edge, hashes } = grow(size, leafAt)
    for (const index of [0, 255, 256, 65_535, 65_536, 65_999]) {
      assert.ok(verifyInclusion(leafAt(index), index, size, await inclusionPath(index, size, hashes), edge.root()))
    }
    for (const size1 of [1, 256, 257, 65_536, 65_537, 65_999]) {
      const { edge: smaller } = grow(size1, leafAt)
      const proof = await consistencyPath(size1, size, hashes)
      assert.ok(verifyConsistency(size1, size, proof, smaller.root(), edge.root()), `from ${size1}`)
    }
  })

  it('resumes from the last tiles and grows to the same root', async () => {
    const leafAt = (i: number) => hashLeaf(Buffer.from(String(i)))
    for (const size of [0, 1, 5, 255, 256, 257, 700, 65_536, 65_793]) {
      const { edge, hashes } = grow(size, leafAt)
      const tiles: (readonly Uint8Array[])[] = []
      let count = size
      for (const [level, width] of edgeWidths(size).entries()) {
        const first = Math.floor(count / tileWidth) * tileWidth
        tiles.push(await hashes(level, first, width).catch(() => []))
        count = Math.floor(count / tileWidth)
      }
      const resumed = new TreeEdge()
      resumed.resume(size, tiles)
      assert.equal(plain([resumed.root()]), plain([edge.root()]), `size ${size}`)
      for (let i = 0; i < 300; i++) for (const tree of [edge, resumed]) tree.push(leafAt(size + i))
      assert.equal(plain([resumed.root()]), plain([edge.root()]), `grown from ${size}`)
    }
  })

  it('paths over leaves in memory are the same', () => {
    for (const size of [1, 2, 3, 7, 20]) {
      for (let i = 0; i < size; i++) {
        assert.equal(plain(pathOf(leaves.slice(0, size), i)), plain(naivePath(i, 0, size)))
      }
    }
  })
})
