/**
 * Tiles and entry bundles of C2SP tlog-tiles: a tile holds up to 256 hashes of one level (every eighth level of the
 * tree is stored), a bundle the leaf data of the same 256 entries, each with a 2-byte big-endian length.
 */
export const tileWidth = 256
export const tileHeight = 8
export const hashBytes = 32

export interface TileName {
  /** Tile level, 0 at the leaves, or `entries` for a bundle. */
  readonly level: number | 'entries'
  readonly index: number
  /** Hashes or entries held; 256 in a full one. */
  readonly width: number
}

/** `tile/0/x001/x234/067`, with `.p/<width>` for a partial one. */
export function tilePath({ level, index, width }: TileName): string {
  return `tile/${level}/${formatTileIndex(index)}${width === tileWidth ? '' : `.p/${width}`}`
}

/** The name behind a path, or null if it is not exactly what `tilePath` writes. */
export function parseTilePath(path: string): TileName | null {
  const match = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path)
  if (!match) return null
  const name: TileName = {
    level: match[1] === 'entries' ? 'entries' : Number(match[1]),
    index: Number(match[2]!.replaceAll(/[x/]/g, '')),
    width: match[3] === undefined ? tileWidth : Number(match[3]),
  }
  return name.width > 0 && name.width <= tileWidth && tilePath(name) === path ? name : null
}

/** Groups of three digits, all but the last with an `x` before them. */
export function formatTileIndex(index: number): string {
  const digits = String(index)
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0')
  const groups = padded.match(/\d{3}/g)!
  return groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/')
}

/** The number behind a formatted index, or null if it is not exactly what `formatTileIndex` writes. */
export function parseTileIndex(text: string): number | null {
  const index = Number(text.replaceAll(/[x/]/g, ''))
  return Number.isSafeInteger(index) && formatTileIndex(index) === text ? index : null
}

export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  const chunks: Uint8Array[] = []
  for (const entry of entries) {
    chunks.push(Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry)
  }
  return Buffer.concat(chunks)
}

/** The entries of a bundle; throws RangeError if the lengths do not add up. */
export function decodeEntryBundle(bundle: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = []
  for (let at = 0; at < bundle.length; ) {
    const length = (bundle[at]! << 8) | (bundle[at + 1] ?? 0)
    const end = at + 2 + length
    if (end > bundle.length) throw new RangeError('an entry bundle that ends inside an entry')
    entries.push(bundle.subarray(at + 2, end))
    at = end
  }
  return entries
}
