import type { LedgerReader } from '#ports'
import { cosignedPath } from './cosigned.ts'
import { detailsPath, parseDetailsPath } from './details-file.ts'
import { parseJournalPath } from './journal.ts'
import { openingsPath, parseOpeningsPath } from './opening.ts'
import { parseTilePath, type TileName, tilePath, tileWidth } from './tiles.ts'
import type { Findings } from './verify-report.ts'
import { checkpointPath } from './writer.ts'

/** A ledger's files by kind; whatever is of no kind is a finding. */
export interface LedgerListing {
  /** Entry bundles and tiles of level 0, by bundle. */
  readonly leafTiles: ReadonlyMap<number, readonly TileName[]>
  readonly upperTiles: readonly TileName[]
  readonly openings: readonly number[]
  readonly details: readonly number[]
  /** Oldest first. */
  readonly journals: readonly string[]
}

export async function listLedger(reader: LedgerReader, findings: Findings): Promise<LedgerListing> {
  const leafTiles = new Map<number, TileName[]>()
  const upperTiles: TileName[] = []
  const openings: number[] = []
  const details: number[] = []
  const journals: string[] = []
  for (const path of await reader.list()) {
    const tile = parseTilePath(path)
    const opening = parseOpeningsPath(path)
    const detail = parseDetailsPath(path)
    if (tile && (tile.level === 'entries' || tile.level === 0)) {
      leafTiles.set(tile.index, [...(leafTiles.get(tile.index) ?? []), tile])
    } else if (tile) upperTiles.push(tile)
    else if (opening !== null) openings.push(opening)
    else if (detail !== null) details.push(detail)
    else if (parseJournalPath(path) !== null) journals.push(path)
    else if (path !== checkpointPath && path !== cosignedPath) findings.add(path, 'it is not a ledger file')
  }
  return { leafTiles, upperTiles, openings, details, journals: journals.toSorted() }
}

/** Files of entries that a tree of `size` does not have. */
export function checkExtent(listing: LedgerListing, size: number, findings: Findings): void {
  const paths = [
    ...listing.openings.map((index) => ({ index, path: openingsPath(index) })),
    ...listing.details.map((index) => ({ index, path: detailsPath(index) })),
    ...[...listing.leafTiles.values()].flat().map((name) => ({ index: name.index, path: tilePath(name) })),
  ]
  for (const { index, path } of paths) if (index * tileWidth >= size) findings.add(path, 'it is beyond the tree')
}
