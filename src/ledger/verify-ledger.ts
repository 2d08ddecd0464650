import { equalBytes, type Instant, toHex } from '#kernel'
import type { Keys, LedgerReader } from '#ports'
import { type Checkpoint, openCheckpoint } from './checkpoint.ts'
import { cosignatureTime } from './cosignature.ts'
import { cosignedPath } from './cosigned.ts'
import { reservedTypes } from './entry.ts'
import { checkExtent, type LedgerListing, listLedger } from './ledger-listing.ts'
import { isBy, type NoteSignature, parseVerifierKey, type VerifierKey } from './note.ts'
import { type Opening, openingsPath } from './opening.ts'
import { tileWidth } from './tiles.ts'
import { TreeEdge } from './tree.ts'
import { verifyBundle } from './verify-bundles.ts'
import { DetailVerifier } from './verify-details.ts'
import { type JournalView, readJournals } from './verify-journal.ts'
import { Findings, tryRead, type VerifyReport } from './verify-report.ts'
import { verifyUpperTiles } from './verify-tiles.ts'
import { checkpointPath } from './writer.ts'

export interface VerifyOptions {
  /** Opens details and compares them with their commitments as well. */
  readonly keys?: Keys
}

/**
 * Verifies a ledger from its files alone: every entry against the signed tree, every tile, journal batch, detail and
 * cosignature, times in order, every erasure with its entry. Finds and names a changed byte in any file; that the whole
 * folder was set back to an earlier state shows only against a witness. Errors: FDP_LEDGER_BAD_VKEY.
 */
export async function verifyLedger(
  reader: LedgerReader,
  vkey: string,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  return new LedgerVerifier(reader, parseVerifierKey(vkey), options.keys ?? null).run()
}

/** A root that some file claims for the tree of so many entries. */
interface Claim {
  readonly file: string
  readonly checkpoint: Checkpoint
}

class LedgerVerifier {
  readonly #reader: LedgerReader
  readonly #vkey: VerifierKey
  readonly #keys: Keys | null
  readonly #findings = new Findings()
  /** Hashes of tile levels above the leaves. */
  readonly #levels: Uint8Array[][] = []
  readonly #witnesses = new Set<string>()
  #lastTime = ''

  constructor(reader: LedgerReader, vkey: VerifierKey, keys: Keys | null) {
    this.#reader = reader
    this.#vkey = vkey
    this.#keys = keys
  }

  async run(): Promise<VerifyReport> {
    const listing = await listLedger(this.#reader, this.#findings)
    const journal = await readJournals(this.#reader, listing.journals, this.#findings)
    const stored = await this.#readNote(checkpointPath)
    const cosigned = await this.#readNote(cosignedPath)
    const settled = stored?.checkpoint.size ?? this.#guessSettled(journal, listing)
    const size = Math.max(settled, journal.end)
    checkExtent(listing, size, this.#findings)
    if (listing.journals.length > 0 && journal.first > settled) {
      this.#findings.add(listing.journals[0]!, `it begins at entry ${journal.first}, ${settled} was expected`, settled)
    }
    const claims: Claim[] = [...this.#journalClaims(journal)]
    if (stored) claims.push({ file: checkpointPath, checkpoint: stored.checkpoint })
    if (cosigned) claims.push({ file: cosignedPath, checkpoint: cosigned.checkpoint })
    const details = new DetailVerifier(this.#reader, this.#keys, this.#vkey.name, journal, this.#findings)
    const root = await this.#walk({ size, settled, listing, journal, claims, details })
    await verifyUpperTiles(this.#reader, listing.upperTiles, this.#levels, settled, this.#findings)
    const cosignatures = cosigned ? this.#cosignatures(cosigned.checkpoint, cosigned.text, cosigned.signatures) : []
    const detailReport = details.report()
    const { list: findings, leftOut: findingsLeftOut } = this.#findings
    return {
      ok: findings.length === 0,
      origin: this.#vkey.name,
      size,
      root: toHex(root),
      journalEntries: size - settled,
      ...detailReport,
      cosignatures,
      torn: journal.torn,
      findings,
      findingsLeftOut,
    }
  }

  async #readNote(path: string) {
    const bytes = await this.#reader.read(path)
    if (bytes === null) return null
    return tryRead(this.#findings, path, () => {
      const { checkpoint, note } = openCheckpoint(new TextDecoder('utf-8', { fatal: true }).decode(bytes), this.#vkey)
      if (path === checkpointPath && note.signatures.length > 1) throw new RangeError('signatures of strangers')
      return { checkpoint, ...note }
    })
  }

  /** Without a checkpoint that can be read: as many entries as the leaf tiles hold. */
  #guessSettled(journal: JournalView, listing: LedgerListing): number {
    let settled = 0
    for (const { level, index, width } of [...listing.leafTiles.values()].flat()) {
      if (level === 0) settled = Math.max(settled, index * tileWidth + width)
    }
    const isFresh = journal.first === 0 && listing.journals.length > 0
    const isDamaged = this.#findings.list.some((finding) => finding.file === checkpointPath)
    if (!isFresh && !isDamaged) this.#findings.add(checkpointPath, 'it is missing')
    return isFresh ? Math.min(settled, journal.end) : settled
  }

  #journalClaims(journal: JournalView): Claim[] {
    return journal.batches.flatMap(({ batch, file }) => {
      const opened = tryRead(this.#findings, file, () => openCheckpoint(batch.checkpoint, this.#vkey))
      if (opened && opened.checkpoint.size !== batch.first + batch.openings.length) {
        this.#findings.add(file, 'a batch is signed for another size', batch.first)
        return []
      }
      return opened ? [{ file, checkpoint: opened.checkpoint }] : []
    })
  }

  /** Builds the tree from the bundles and compares it with every claim on the way. Returns its root. */
  async #walk(parts: {
    size: number
    settled: number
    listing: LedgerListing
    journal: JournalView
    claims: readonly Claim[]
    details: DetailVerifier
  }): Promise<Uint8Array> {
    const { size, settled, listing, journal, claims, details } = parts
    const edge = new TreeEdge((level, _index, hash) => {
      if (level > 0) (this.#levels[level] ??= []).push(hash)
    })
    const bySize = Map.groupBy(claims, (claim) => claim.checkpoint.size)
    const compare = () => {
      for (const { file, checkpoint } of bySize.get(edge.size) ?? []) {
        if (equalBytes(edge.root(), checkpoint.root)) continue
        this.#findings.add(file, `its root is not the root of the first ${edge.size} entries`, edge.size)
      }
    }
    compare()
    for (let first = 0; first < size; first += tileWidth) {
      const bundle = first / tileWidth
      const width = Math.min(tileWidth, size - first)
      const inFiles = Math.max(0, Math.min(width, settled - first))
      const tiles = listing.leafTiles.get(bundle) ?? []
      const parts = { reader: this.#reader, tiles, journal, findings: this.#findings }
      const { openings, leafHashes } = await verifyBundle(parts, bundle, width, inFiles)
      for (const opening of openings) if (opening) this.#look(opening)
      await details.verifyBundle(bundle, openings)
      for (const hash of leafHashes) {
        edge.push(hash)
        if (bySize.has(edge.size)) compare()
      }
    }
    for (const { file, checkpoint } of claims) {
      if (checkpoint.size > size) this.#findings.add(file, `it is for ${checkpoint.size} entries, there are ${size}`)
    }
    return edge.root()
  }

  #look({ entry }: Opening): void {
    const file = openingsPath(Math.floor(entry.index / tileWidth))
    if (entry.time < this.#lastTime) this.#findings.add(file, 'its time is before the last entry`s', entry.index)
    this.#lastTime = entry.time
    if (entry.type !== reservedTypes.opened || !Array.isArray(entry.governance.witnesses)) return
    for (const witness of entry.governance.witnesses) if (typeof witness === 'string') this.#witnesses.add(witness)
  }

  /** Cosignatures count under the witnesses that the log itself names in its opening entries. */
  #cosignatures(checkpoint: Checkpoint, text: string, signatures: readonly NoteSignature[]) {
    const found: { witness: string; size: number; time: Instant }[] = []
    const witnesses = [...this.#witnesses].flatMap(
      (vkey) => tryRead(this.#findings, cosignedPath, () => parseVerifierKey(vkey)) ?? [],
    )
    for (const signature of signatures) {
      if (isBy(signature, this.#vkey)) continue
      const witness = witnesses.find((key) => isBy(signature, key))
      const time = witness ? cosignatureTime(text, signature, witness) : null
      if (time === null) this.#findings.add(cosignedPath, 'a cosignature does not verify')
      else found.push({ witness: signature.name, size: checkpoint.size, time })
    }
    return found
  }
}
