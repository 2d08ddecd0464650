import { toHex } from '#kernel'
import type { Keys, LedgerReader } from '#ports'
import { openDetail } from './detail.ts'
import { openKeys } from './detail-keys.ts'
import { type DetailsFile, decodeDetails, detailsPath } from './details-file.ts'
import { reservedTypes } from './entry.ts'
import { sha256Once } from './hash.ts'
import { type Opening, openingsPath } from './opening.ts'
import { tileWidth } from './tiles.ts'
import type { JournalView } from './verify-journal.ts'
import { type Findings, tryRead, type VerifyReport } from './verify-report.ts'

interface Stored {
  readonly file: string
  readonly ciphertext: Uint8Array
  readonly key: Uint8Array | null
}

/** Compares details with what their entries say of them, with keys also with their commitments, and tracks erasures. */
export class DetailVerifier {
  readonly #reader: LedgerReader
  readonly #keys: Keys | null
  readonly #origin: string
  readonly #findings: Findings
  /** Details that a journal file holds. */
  readonly #journal = new Map<number, Stored>()
  readonly #journalled: JournalView['lines']
  /** What erasure entries say: target → entry. */
  readonly #erasures = new Map<number, number>()
  /** What details files say: target → entry. */
  readonly #claims = new Map<number, number>()
  #present = 0
  #opened = 0

  constructor(reader: LedgerReader, keys: Keys | null, origin: string, journal: JournalView, findings: Findings) {
    this.#reader = reader
    this.#keys = keys
    this.#origin = origin
    this.#findings = findings
    this.#journalled = journal.lines
    for (const { batch, file } of journal.batches) {
      const dataKeys = keys && tryRead(findings, file, () => openKeys(origin, batch.keys, keys))
      for (const [index, ciphertext] of batch.details) {
        this.#journal.set(index, { file, ciphertext, key: dataKeys?.get(index) ?? null })
      }
    }
  }

  async verifyBundle(bundle: number, openings: readonly (Opening | null)[]): Promise<void> {
    const path = detailsPath(bundle)
    const first = bundle * tileWidth
    const bytes = await this.#reader.read(path)
    const file = bytes && tryRead(this.#findings, path, () => decodeDetails(first, bytes))
    const isDamaged = bytes !== null && file === null
    const keys = this.#keys
    const dataKeys = file && keys && tryRead(this.#findings, path, () => openKeys(this.#origin, file.keys, keys))
    openings.forEach((opening) => {
      if (opening === null) return
      this.#noteErasure(opening)
      if (!isDamaged) this.#verify(opening, file, dataKeys)
    })
    for (const index of file?.details.keys() ?? []) {
      const opening = openings[index - first]
      if (opening === undefined || opening?.detailSha256 === null) {
        this.#findings.add(path, 'it holds a detail of an entry that has none', index)
      }
    }
  }

  /** After the last bundle: every erasure entry has its mark, and every mark its erasure entry. */
  report(): Pick<VerifyReport, 'details' | 'erased'> {
    const erased = [...this.#erasures].map(([entry, by]) => {
      const claim = this.#claims.get(entry)
      const pending = this.#journalled.has(by) && (claim === undefined || this.#journal.has(entry))
      if (claim !== by && !pending) this.#findings.add(fileOf(entry), 'an erased detail is not marked as erased', entry)
      return { entry, by, pending }
    })
    for (const [entry, by] of this.#claims) {
      if (this.#erasures.get(entry) === by) continue
      this.#findings.add(fileOf(entry), 'a detail is marked erased without an erasure entry', entry)
    }
    return { details: { present: this.#present, opened: this.#keys ? this.#opened : null }, erased }
  }

  #noteErasure({ entry }: Opening): void {
    if (entry.type !== reservedTypes.detailErased) return
    const target = entry.governance.entry
    if (typeof target === 'number' && target < entry.index && !this.#erasures.has(target)) {
      this.#erasures.set(target, entry.index)
    } else {
      this.#findings.add(openingsPath(Math.floor(entry.index / tileWidth)), 'it erases no earlier detail', entry.index)
    }
  }

  #verify(opening: Opening, file: DetailsFile | null, dataKeys: Map<number, Uint8Array> | null): void {
    const index = opening.entry.index
    if (opening.detailSha256 === null) return
    const stored = file?.details.get(index)
    const copies: Stored[] = []
    const journalled = this.#journal.get(index)
    if (journalled) copies.push(journalled)
    if (stored && 'ciphertext' in stored) {
      copies.push({ file: fileOf(index), ciphertext: stored.ciphertext, key: dataKeys?.get(index) ?? null })
    }
    if (stored && 'erasedBy' in stored) this.#claims.set(index, stored.erasedBy)
    else if (copies.length === 0) this.#findings.add(fileOf(index), 'the detail is missing and was never erased', index)
    else this.#present += 1
    for (const copy of copies) this.#verifyCopy(opening, copy)
  }

  #verifyCopy(opening: Opening, { file, ciphertext, key }: Stored): void {
    const index = opening.entry.index
    if (toHex(sha256Once(ciphertext)) !== opening.detailSha256) {
      this.#findings.add(file, 'the detail does not fit the hash in its entry', index)
      return
    }
    if (this.#keys === null) return
    const opened =
      key !== null && opening.detailCommitment !== null
        ? tryOpen(() => openDetail({ origin: this.#origin, index }, ciphertext, key, opening.detailCommitment!))
        : false
    if (opened) this.#opened += 1
    else this.#findings.add(file, 'the detail does not open to what its entry commits to', index)
  }
}

function fileOf(index: number): string {
  return detailsPath(Math.floor(index / tileWidth))
}

function tryOpen(open: () => unknown): boolean {
  try {
    open()
    return true
  } catch {
    return false
  }
}
