import { emptyRoot, hashNode } from './merkle.ts'
import { tileHeight, tileWidth } from './tiles.ts'

/** A perfect subtree at the tree's right edge. */
interface Peak {
  readonly height: number
  readonly hash: Uint8Array
}

/**
 * The growing edge of a Merkle tree: takes leaf hashes, knows the root, and tells of each hash that belongs into a tile.
 * Holds at most one hash for each height.
 */
export class TreeEdge {
  #size = 0
  #peaks: Peak[] = []
  readonly #onTileHash: (level: number, index: number, hash: Uint8Array) => void

  constructor(onTileHash: (level: number, index: number, hash: Uint8Array) => void = () => {}) {
    this.#onTileHash = onTileHash
  }

  get size(): number {
    return this.#size
  }

  push(leaf: Uint8Array): void {
    let peak: Peak = { height: 0, hash: leaf }
    let index = this.#size
    this.#onTileHash(0, index, leaf)
    for (let left = this.#peaks.at(-1); left?.height === peak.height; left = this.#peaks.at(-1)) {
      this.#peaks.pop()
      peak = { height: peak.height + 1, hash: hashNode(left.hash, peak.hash) }
      index = (index - 1) / 2
      if (peak.height % tileHeight === 0) this.#onTileHash(peak.height / tileHeight, index, peak.hash)
    }
    this.#peaks.push(peak)
    this.#size += 1
  }

  root(): Uint8Array {
    let root: Uint8Array | null = null
    for (const peak of this.#peaks.toReversed()) root = root === null ? peak.hash : hashNode(peak.hash, root)
    return root ?? emptyRoot
  }

  /**
   * Takes up a tree of `size` leaves from the hashes of its last tile at each level: `edge[level]` holds the
   * `floor(size / 256^level) mod 256` hashes there. Tells of none of them again.
   */
  resume(size: number, edge: readonly (readonly Uint8Array[])[]): void {
    if (this.#size > 0) throw new Error('only an empty tree can be resumed')
    const peaks: Peak[] = []
    edge.forEach((hashes, level) => {
      let end = hashes.length
      for (let height = 0, width = 1; width <= end; height++, width *= 2) {
        if (Math.floor(hashes.length / width) % 2 === 0) continue
        peaks.unshift({ height: level * tileHeight + height, hash: subtreeRoot(hashes.slice(end - width, end)) })
        end -= width
      }
    })
    this.#peaks = peaks
    this.#size = size
  }
}

/** Root over a power of two of hashes. */
export function subtreeRoot(hashes: readonly Uint8Array[]): Uint8Array {
  let level = hashes
  while (level.length > 1) {
    const above: Uint8Array[] = []
    for (let i = 0; i < level.length; i += 2) above.push(hashNode(level[i]!, level[i + 1]!))
    level = above
  }
  return level[0]!
}

/** Hashes in the last, partly filled tile of each level for a tree of `size` leaves, from level 0 up. */
export function edgeWidths(size: number): number[] {
  const widths: number[] = []
  for (let rest = size; rest > 0; rest = Math.floor(rest / tileWidth)) widths.push(rest % tileWidth)
  return widths
}
