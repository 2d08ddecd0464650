import { canonicalJson, equalBytes } from '#kernel'
import type { LedgerFile, LedgerReader } from '#ports'
import type { TailEntry } from './batch.ts'
import { bounds } from './bounds.ts'
import { type DetailsFile, decodeDetails, detailsPath } from './details-file.ts'
import { ledgerErrors } from './errors.ts'
import { hashLeaf } from './merkle.ts'
import { decodeOpenings, encodeOpenings, leafOf, type Opening, openingsPath, parseOpeningLine } from './opening.ts'
import type { TileCache } from './tile-cache.ts'
import { encodeEntryBundle, tilePath, tileWidth } from './tiles.ts'
import { subtreeRoot } from './tree.ts'

/** Stored bundles, read whole and believed only if they fold to their hash in the tree. */
export class Archive {
  readonly #reader: LedgerReader
  readonly #tiles: TileCache
  readonly #openings = new Map<number, readonly Opening[]>()

  constructor(reader: LedgerReader, tiles: TileCache) {
    this.#reader = reader
    this.#tiles = tiles
  }

  /** The 256 openings of a full bundle. */
  async openings(bundle: number): Promise<readonly Opening[]> {
    const cached = this.#openings.get(bundle)
    if (cached) return cached
    const openings = await this.readOpenings(bundle, tileWidth)
    const [root] = await this.#tiles.hashes(1, bundle, 1)
    if (!equalBytes(subtreeRoot(openings.map((opening) => hashLeaf(leafOf(opening)))), root!)) {
      throw damaged(openingsPath(bundle), 'it does not fold to its hash in the tree')
    }
    if (this.#openings.size >= bounds.cachedBundlesMax) this.#openings.delete(this.#openings.keys().next().value!)
    this.#openings.set(bundle, openings)
    return openings
  }

  /** The first `count` openings of a bundle, not compared with the tree. */
  async readOpenings(bundle: number, count: number): Promise<Opening[]> {
    const path = openingsPath(bundle)
    const bytes = await this.#reader.read(path)
    if (bytes === null) throw damaged(path, 'it is missing')
    try {
      const openings = decodeOpenings(bundle * tileWidth, bytes)
        .slice(0, count)
        .map(parseOpeningLine)
      if (openings.length !== count) throw new RangeError('too few entries')
      return openings
    } catch {
      throw damaged(path, 'it cannot be read')
    }
  }

  /** The details of a bundle; an empty file where none is stored. */
  async details(bundle: number): Promise<DetailsFile> {
    const first = bundle * tileWidth
    const bytes = await this.#reader.read(detailsPath(bundle))
    if (bytes === null) return { first, keys: null, details: new Map() }
    try {
      return decodeDetails(first, bytes)
    } catch {
      throw damaged(detailsPath(bundle), 'it cannot be read')
    }
  }
}

/** The opening of an entry that came back from disk, as the writer holds it. */
export function tailOf(opening: Opening, line: string, detail: TailEntry['detail'] = null): TailEntry {
  const { index, time, type, governance } = opening.entry
  const { detailSha256, detailCommitment } = opening
  const governanceJson = canonicalJson(governance)
  return { index, time, type, governanceJson, detailSha256, detailCommitment, line, leaf: leafOf(opening), detail }
}

/** Openings and entry bundle files of the entries from `from` (not yet stored) to `to`; partial ones begin at their first entry. */
export function bundleFiles(from: number, to: number, tail: ReadonlyMap<number, TailEntry>): LedgerFile[] {
  const files: LedgerFile[] = []
  for (let first = from - (from % tileWidth); first < to; first += tileWidth) {
    const width = Math.min(tileWidth, to - first)
    const entries = Array.from({ length: width }, (_, i) => tail.get(first + i)!)
    const index = first / tileWidth
    const lines = entries.map((entry) => entry.line)
    files.push({ path: openingsPath(index), bytes: encodeOpenings(first, lines) })
    const leaves = entries.map((entry) => entry.leaf)
    files.push({ path: tilePath({ level: 'entries', index, width }), bytes: encodeEntryBundle(leaves) })
  }
  return files
}

export function damaged(file: string, what: string): Error {
  return ledgerErrors('FDP_LEDGER_DAMAGED', { file, what })
}
