import { equalBytes } from '#kernel'
import type { LedgerReader } from '#ports'
import { type TileName, tilePath, tileWidth } from './tiles.ts'
import type { Findings } from './verify-report.ts'

/**
 * Compares the tiles above the leaves with the tree. `levels[n]` holds the hashes of tile level n; tiles of the `settled`
 * entries must be there, wider ones may.
 */
export async function verifyUpperTiles(
  reader: LedgerReader,
  names: readonly TileName[],
  levels: readonly (readonly Uint8Array[])[],
  settled: number,
  findings: Findings,
): Promise<void> {
  const found = new Set(names.map(tilePath))
  for (const name of names) {
    const first = name.index * tileWidth
    const hashes = (levels[name.level as number] ?? []).slice(first, first + name.width)
    const bytes = (await reader.read(tilePath(name))) ?? new Uint8Array(0)
    if (hashes.length < name.width || !equalBytes(Buffer.concat(hashes), bytes)) {
      findings.add(tilePath(name), 'it does not hold the hashes of the tiles below it')
    }
  }
  for (let level = 1, count = Math.floor(settled / tileWidth); count > 0; level++) {
    for (let index = 0; index * tileWidth < count; index++) {
      const name = { level, index, width: Math.min(tileWidth, count - index * tileWidth) }
      const isThere = found.has(tilePath(name)) || found.has(tilePath({ ...name, width: tileWidth }))
      if (!isThere) findings.add(tilePath(name), 'it is missing')
    }
    count = Math.floor(count / tileWidth)
  }
}
