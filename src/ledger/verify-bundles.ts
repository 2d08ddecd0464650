import { equalBytes } from '#kernel'
import type { LedgerReader } from '#ports'
import { leafBytes } from './commitment.ts'
import { hashLeaf } from './merkle.ts'
import { decodeOpenings, leafOf, type Opening, openingsPath, parseOpeningLine } from './opening.ts'
import { splitHashes } from './tile-cache.ts'
import { decodeEntryBundle, hashBytes, type TileName, tilePath, tileWidth } from './tiles.ts'
import type { JournalView } from './verify-journal.ts'
import { type Findings, tryRead } from './verify-report.ts'

/** One bundle's entries as three independent files have them, and which hash to believe for each. */
export interface BundleView {
  /** Null where the opening cannot be read. */
  readonly openings: readonly (Opening | null)[]
  readonly leafHashes: readonly Uint8Array[]
}

interface Parts {
  readonly reader: LedgerReader
  readonly tiles: readonly TileName[]
  readonly journal: JournalView
  readonly findings: Findings
}

/**
 * Reads a bundle of `width` entries, of which `settled` must be in files. An opening, the leaf in the entry bundle and
 * the hash in the tile say the same thing; where one differs, the other two show which. The tree is then built from what
 * most of them say, and its root compared with the signed one, so that agreeing on a forgery does not help.
 */
export async function verifyBundle(parts: Parts, bundle: number, width: number, settled: number): Promise<BundleView> {
  const { findings } = parts
  const first = bundle * tileWidth
  const sources = await readSources(parts, bundle, width, settled)
  const openings: (Opening | null)[] = []
  const leafHashes: Uint8Array[] = []
  for (let i = 0; i < width; i++) {
    const { opening, file } = openingAt(parts, sources.lines, first + i, settled > i)
    const fromOpening = opening && hashLeaf(leafOf(opening))
    const votes = [fromOpening, sources.leaves[i] ?? null, sources.hashes[i] ?? null]
    const believed = majority(votes)
    if (opening && !equalBytes(fromOpening!, believed)) {
      findings.add(file, 'the entry is not the one in the tree', first + i)
    }
    openings.push(opening)
    leafHashes.push(believed)
  }
  for (const { name, hashes } of sources.files) {
    const wrong = hashes.findIndex((hash, i) => i >= width || !equalBytes(hash, leafHashes[i]!))
    if (wrong >= 0) findings.add(tilePath(name), 'it does not hold the hash of the entry', first + wrong)
  }
  return { openings, leafHashes }
}

async function readSources({ reader, tiles, findings }: Parts, bundle: number, width: number, settled: number) {
  const files: { name: TileName; hashes: readonly Uint8Array[] }[] = []
  for (const name of tiles) {
    const bytes = await reader.read(tilePath(name))
    const hashes = bytes && tryRead(findings, tilePath(name), () => hashesIn(name, bytes))
    if (hashes) files.push({ name, hashes })
  }
  for (const level of ['entries', 0] as const) {
    const needed = { level, index: bundle, width: settled }
    const isThere = tiles.some((name) => name.level === level && (name.width === settled || name.width === tileWidth))
    if (settled > 0 && !isThere) findings.add(tilePath(needed), 'it is missing')
  }
  const widest = (level: TileName['level']) =>
    files.filter(({ name }) => name.level === level).toSorted((a, b) => b.name.width - a.name.width)[0]?.hashes ?? []
  const path = openingsPath(bundle)
  const bytes = await reader.read(path)
  if (bytes === null && settled > 0) findings.add(path, 'it is missing')
  const lines = bytes && tryRead(findings, path, () => decodeOpenings(bundle * tileWidth, bytes))
  if (lines && (lines.length < settled || lines.length > width)) {
    findings.add(path, `it holds ${lines.length} entries, ${settled} to ${width} were expected`)
  }
  return { files, leaves: widest('entries'), hashes: widest(0), lines: lines ?? [] }
}

function hashesIn(name: TileName, bytes: Uint8Array): Uint8Array[] {
  if (name.level !== 'entries') {
    if (bytes.length !== name.width * hashBytes) throw new RangeError('a tile of another width')
    return splitHashes(bytes)
  }
  const leaves = decodeEntryBundle(bytes)
  if (leaves.length !== name.width || leaves.some((leaf) => leaf.length !== leafBytes)) {
    throw new RangeError('a bundle of another width')
  }
  return leaves.map(hashLeaf)
}

function openingAt({ journal, findings }: Parts, lines: readonly string[], index: number, isSettled: boolean) {
  const path = openingsPath(Math.floor(index / tileWidth))
  const stored = lines[index % tileWidth]
  const journalled = journal.lines.get(index)
  if (stored !== undefined && journalled && stored !== journalled.line) {
    findings.add(path, 'the entry is not the one in the journal', index)
  }
  const line = journalled?.line ?? stored
  const file = journalled?.file ?? path
  if (line === undefined) {
    if (!isSettled) findings.add(path, 'the entry is missing', index)
    return { opening: null, file }
  }
  const opening = tryParse(line)
  if (opening === null || opening.entry.index !== index) findings.add(file, 'the entry cannot be read', index)
  return { opening: opening?.entry.index === index ? opening : null, file }
}

function tryParse(line: string): Opening | null {
  try {
    return parseOpeningLine(line)
  } catch {
    return null
  }
}

const unknownHash = new Uint8Array(hashBytes)

function majority(votes: readonly (Uint8Array | null)[]): Uint8Array {
  const cast = votes.filter((vote) => vote !== null)
  const agreed = cast.find((vote, i) => cast.some((other, k) => k !== i && equalBytes(vote, other)))
  return agreed ?? cast[0] ?? unknownHash
}
