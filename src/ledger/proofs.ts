import { hashNode, splitPoint } from './merkle.ts'
import { tileHeight, tileWidth } from './tiles.ts'
import { subtreeRoot } from './tree.ts'

/** Hashes `first` to `first + count` (within one tile) of a tile level. */
export type TileHashes = (level: number, first: number, count: number) => Promise<readonly Uint8Array[]>

/** The audit path of leaf `index` in the tree of `size` leaves, lowest first (RFC 6962 section 2.1.1). */
export async function inclusionPath(index: number, size: number, hashes: TileHashes): Promise<Uint8Array[]> {
  const path: Uint8Array[] = []
  let lo = 0
  let hi = size
  while (hi - lo > 1) {
    const middle = lo + splitPoint(hi - lo)
    if (index < middle) {
      path.push(await rangeRoot(middle, hi, hashes))
      hi = middle
    } else {
      path.push(await rangeRoot(lo, middle, hashes))
      lo = middle
    }
  }
  return path.reverse()
}

/** The proof that the tree of `size2` leaves begins with the tree of `size1` (RFC 6962 section 2.1.2). */
export async function consistencyPath(size1: number, size2: number, hashes: TileHashes): Promise<Uint8Array[]> {
  if (size1 === 0 || size1 === size2) return []
  const path: Uint8Array[] = []
  let lo = 0
  let hi = size2
  while (size1 < hi) {
    const middle = lo + splitPoint(hi - lo)
    if (size1 <= middle) {
      path.push(await rangeRoot(middle, hi, hashes))
      hi = middle
    } else {
      path.push(await rangeRoot(lo, middle, hashes))
      lo = middle
    }
  }
  // The common subtree itself; left out where it is the whole old tree, whose root the verifier has.
  if (lo > 0) path.push(await rangeRoot(lo, hi, hashes))
  return path.reverse()
}

/** Root over leaves lo to hi, where lo begins a subtree at least as large as the range. */
export async function rangeRoot(lo: number, hi: number, hashes: TileHashes): Promise<Uint8Array> {
  const size = hi - lo
  const height = Math.log2(size)
  if (Number.isInteger(height)) return nodeHash(height, lo / size, hashes)
  const middle = lo + splitPoint(size)
  return hashNode(await rangeRoot(lo, middle, hashes), await rangeRoot(middle, hi, hashes))
}

async function nodeHash(height: number, index: number, hashes: TileHashes): Promise<Uint8Array> {
  const level = Math.floor(height / tileHeight)
  const width = 2 ** (height % tileHeight)
  if (width > tileWidth) throw new Error('a subtree wider than its tile')
  return subtreeRoot(await hashes(level, index * width, width))
}
