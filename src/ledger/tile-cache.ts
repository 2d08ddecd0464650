import { equalBytes } from '#kernel'
import type { LedgerFile, LedgerReader } from '#ports'
import { bounds } from './bounds.ts'
import { ledgerErrors } from './errors.ts'
import { hashBytes, tilePath, tileWidth } from './tiles.ts'
import { edgeWidths, subtreeRoot } from './tree.ts'

/**
 * Hashes of the stored levels of the tree: those not yet in a full tile file in memory, the rest read on demand. A tile
 * read from the store is believed only if it folds to its hash in the tile above, up to the signed root.
 */
export class TileCache {
  readonly #reader: LedgerReader
  readonly #live = new Map<string, Uint8Array[]>()
  readonly #full = new Map<string, readonly Uint8Array[]>()

  constructor(reader: LedgerReader) {
    this.#reader = reader
  }

  put(level: number, index: number, hash: Uint8Array): void {
    const key = keyOf(level, Math.floor(index / tileWidth))
    const tile = this.#live.get(key)
    if (tile) tile.push(hash)
    else this.#live.set(key, [hash])
  }

  /** `count` hashes from `first` on, all within one tile. */
  async hashes(level: number, first: number, count: number): Promise<readonly Uint8Array[]> {
    const tile = Math.floor(first / tileWidth)
    const hashes = this.#live.get(keyOf(level, tile)) ?? (await this.#load(level, tile))
    const at = first % tileWidth
    if (at + count > hashes.length) throw new Error('a proof asked for hashes beyond the tree')
    return hashes.slice(at, at + count)
  }

  /** The last, partly filled tile of each level of a tree of `size`, read from the store; kept in memory. */
  async loadEdge(size: number): Promise<Uint8Array[][]> {
    const edge: Uint8Array[][] = []
    let count = size
    for (const [level, width] of edgeWidths(size).entries()) {
      const index = Math.floor(count / tileWidth)
      const hashes = width === 0 ? [] : await this.#read(tilePath({ level, index, width }), width)
      if (width > 0) this.#live.set(keyOf(level, index), [...hashes])
      edge.push(hashes)
      count = index
    }
    return edge
  }

  /** Tile files that are new in the tree of `to` entries, compared with the tree of `from`. */
  filesBetween(from: number, to: number): LedgerFile[] {
    const files: LedgerFile[] = []
    let before = from
    let after = to
    for (let level = 0; after > 0; level++) {
      const lastTile = Math.ceil(after / tileWidth)
      for (let index = Math.floor(before / tileWidth); index < lastTile; index++) {
        const width = Math.min(tileWidth, after - index * tileWidth)
        if (before >= index * tileWidth + width) continue
        const hashes = this.#live.get(keyOf(level, index))!.slice(0, width)
        files.push({ path: tilePath({ level, index, width }), bytes: Buffer.concat(hashes) })
      }
      before = Math.floor(before / tileWidth)
      after = Math.floor(after / tileWidth)
    }
    return files
  }

  /** Forgets tiles that are stored full now that the tree of `to` entries is. */
  release(to: number): void {
    for (const key of this.#live.keys()) {
      const [level, index] = key.split('/').map(Number) as [number, number]
      if ((index + 1) * tileWidth <= Math.floor(to / tileWidth ** level)) this.#live.delete(key)
    }
  }

  async #load(level: number, index: number): Promise<readonly Uint8Array[]> {
    const key = keyOf(level, index)
    const cached = this.#full.get(key)
    if (cached) return cached
    const path = tilePath({ level, index, width: tileWidth })
    const hashes = await this.#read(path, tileWidth)
    const [above] = await this.hashes(level + 1, index, 1)
    if (!equalBytes(subtreeRoot(hashes), above!)) {
      throw ledgerErrors('FDP_LEDGER_DAMAGED', { file: path, what: 'it does not fold to the tile above it' })
    }
    if (this.#full.size >= bounds.cachedTilesMax) this.#full.delete(this.#full.keys().next().value!)
    this.#full.set(key, hashes)
    return hashes
  }

  async #read(path: string, width: number): Promise<Uint8Array[]> {
    const bytes = await this.#reader.read(path)
    if (bytes?.length !== width * hashBytes) {
      throw ledgerErrors('FDP_LEDGER_DAMAGED', { file: path, what: bytes ? 'it has a wrong length' : 'it is missing' })
    }
    return splitHashes(bytes)
  }
}

export function splitHashes(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length / hashBytes }, (_, i) => bytes.subarray(i * hashBytes, (i + 1) * hashBytes))
}

function keyOf(level: number, index: number): string {
  return `${level}/${index}`
}
