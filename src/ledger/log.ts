import { type EntryIndex, toHex } from '#kernel'
import { damaged } from './archive.ts'
import { entryOf, type TailEntry } from './batch.ts'
import type { Cosigned } from './cosigned.ts'
import type { DetailOpening } from './detail.ts'
import { openKeys } from './detail-keys.ts'
import { openStoredDetail, rewrapDetailFiles } from './detail-store.ts'
import { type DetailsFile, detailsPath } from './details-file.ts'
import { type EntryInput, type LedgerEntry, prepareEntry, type Receipt, reservedTypes } from './entry.ts'
import { type EntryProof, makeEntryProof } from './entry-proof.ts'
import { ledgerErrors } from './errors.ts'
import { GroupCommit } from './group-commit.ts'
import type { DetailState, Ledger } from './ledger.ts'
import { formatVerifierKey } from './note.ts'
import { openingLine } from './opening.ts'
import { makePersonProof, type PersonProof } from './person-proof.ts'
import { consistencyPath, inclusionPath, rangeRoot } from './proofs.ts'
import { tileWidth } from './tiles.ts'
import type { LedgerWriter } from './writer.ts'

/** The marks of an entry that its detail is compared with. */
type Marks = Pick<TailEntry, 'index' | 'detailSha256' | 'detailCommitment' | 'line'>
type OpenedDetail = { readonly erasedBy: EntryIndex } | { readonly opening: DetailOpening } | null

/** A bundle of details while it is being gone through. */
interface StoredBundle {
  file?: DetailsFile
  keys?: ReturnType<typeof openKeys>
}

/** The ledger over an opened writer; see `Ledger` for what each method promises. */
export class LedgerLog implements Ledger {
  readonly origin: string
  readonly vkey: string
  readonly #writer: LedgerWriter
  readonly #commits: GroupCommit
  readonly #cosigned: Cosigned
  /** Asked for and not yet carried out: a detail is erased by one entry. */
  readonly #erasing = new Set<number>()
  readonly #listeners: ((entry: LedgerEntry) => void)[] = []

  constructor(writer: LedgerWriter, cosigned: Cosigned) {
    this.#writer = writer
    this.#cosigned = cosigned
    this.#commits = new GroupCommit(writer, (batch) => this.#tell(batch))
    this.origin = writer.origin
    this.vkey = formatVerifierKey(writer.vkey)
  }

  get size(): number {
    return this.#writer.acknowledged.size
  }

  async append(input: EntryInput): Promise<Receipt> {
    return this.#commits.append(prepareEntry(input))
  }

  /** Entries of the ledger itself; not part of the interface. */
  async appendOwn(input: EntryInput): Promise<Receipt> {
    return this.#commits.append(prepareEntry(input, true))
  }

  onAppend(listener: (entry: LedgerEntry) => void): void {
    this.#listeners.push(listener)
  }

  async entry(index: number): Promise<LedgerEntry> {
    this.#checkIndex(index)
    const tail = this.#writer.tail.get(index)
    return tail ? entryOf(tail) : (await this.#archived(index)).entry
  }

  async *entries(from = 0, to = this.size): AsyncIterable<LedgerEntry> {
    if (from < 0 || to > this.size) throw this.#badRange(from, to)
    for (let index = from; index < to; index++) yield await this.entry(index)
  }

  async detail(index: number): Promise<DetailState> {
    return stateOf((await this.#detail(index)).detail)
  }

  async *details(indices: readonly number[]): AsyncGenerator<readonly [index: number, detail: DetailState]> {
    for await (const [index, { detail }] of this.#opened(indices)) yield [index, stateOf(detail)]
  }

  async eraseDetail(index: number, reason: string): Promise<Receipt> {
    if (!(await this.#isThere(index)) || this.#erasing.has(index)) {
      throw ledgerErrors('FDP_LEDGER_NO_DETAIL', { index })
    }
    this.#erasing.add(index)
    try {
      const receipt = await this.appendOwn({ type: reservedTypes.detailErased, governance: { entry: index, reason } })
      await this.#commits.settle()
      return receipt
    } finally {
      this.#erasing.delete(index)
    }
  }

  async personProof(index: number, person: string): Promise<PersonProof | null> {
    const { marks, detail } = await this.#detail(index)
    if (detail === null || 'erasedBy' in detail) return null
    const position = detail.opening.persons?.indexOf(person) ?? -1
    if (position < 0) return null
    const checkpoint = this.checkpoint()
    const path = await this.inclusionProof(index)
    return makePersonProof({ line: marks.line, detail: detail.opening, position, checkpoint, path })
  }

  async persons(index: number): Promise<readonly string[] | null> {
    const { detail } = await this.#detail(index)
    return detail === null || 'erasedBy' in detail ? null : detail.opening.persons
  }

  async *personLists(
    indices: readonly number[],
  ): AsyncGenerator<readonly [index: number, persons: readonly string[] | null]> {
    for await (const [index, { detail }] of this.#opened(indices)) {
      yield [index, detail === null || 'erasedBy' in detail ? null : detail.opening.persons]
    }
  }

  async entryProof(index: number): Promise<EntryProof> {
    this.#checkIndex(index)
    const { line } = this.#writer.tail.get(index) ?? (await this.#archived(index))
    const checkpoint = this.checkpoint()
    return makeEntryProof({ line, checkpoint, path: await this.inclusionProof(index) })
  }

  async rootAt(size: number): Promise<string> {
    this.#commits.checkRunning()
    if (!isIn(size, 1, this.size)) throw this.#badRange(0, size)
    return toHex(await rangeRoot(0, size, (level, first, count) => this.#writer.tiles.hashes(level, first, count)))
  }

  checkpoint(): string {
    this.#commits.checkRunning()
    return this.#cosigned.decorate(this.#writer.acknowledged.checkpoint)
  }

  cosigned(): string | null {
    return this.#cosigned.note
  }

  async addCosignature(line: string): Promise<void> {
    await this.#commits.alone(() => {
      const note = this.#cosigned.prepare(line)
      return note === null ? null : () => this.#cosigned.store(note)
    })
  }

  async inclusionProof(index: number, treeSize = this.size): Promise<readonly Uint8Array[]> {
    this.#commits.checkRunning()
    if (!isIn(index, 0, treeSize - 1) || !isIn(treeSize, 1, this.size)) throw this.#badRange(index, treeSize)
    return inclusionPath(index, treeSize, (level, first, count) => this.#writer.tiles.hashes(level, first, count))
  }

  async consistencyProof(size1: number, size2 = this.size): Promise<readonly Uint8Array[]> {
    this.#commits.checkRunning()
    if (!isIn(size1, 0, size2) || !isIn(size2, 0, this.size)) throw this.#badRange(size1, size2)
    return consistencyPath(size1, size2, (level, first, count) => this.#writer.tiles.hashes(level, first, count))
  }

  async rewrapDetails(): Promise<{ bundles: number }> {
    let bundles = 0
    await this.settle()
    await this.#commits.alone(() => async () => {
      bundles = await rewrapDetailFiles(this.#writer, this.#writer.archive, this.#writer.store)
    })
    return { bundles }
  }

  async settle(): Promise<void> {
    this.#commits.checkRunning()
    await this.#commits.settle()
  }

  async close(): Promise<void> {
    try {
      if (this.#commits.isRunning) await this.#commits.settle()
    } finally {
      await this.#commits.stop()
      await this.#writer.store.close()
    }
  }

  #tell(batch: readonly TailEntry[]): void {
    if (this.#listeners.length === 0) return
    for (const tail of batch) {
      const entry = entryOf(tail)
      for (const listener of this.#listeners) listener(entry)
    }
  }

  async #archived(index: number) {
    const openings = await this.#writer.archive.openings(Math.floor(index / tileWidth))
    const opening = openings[index % tileWidth]!
    const line = openingLine(opening.json, opening.salt, opening.detailCommitment)
    return { ...opening, index: opening.entry.index, line }
  }

  /** Nothing opened outlives its bundle, and erasures are looked at for each entry: what was erased stays unread. */
  async *#opened(indices: readonly number[]) {
    let opened: { readonly bundle: number; readonly stored: StoredBundle } = { bundle: -1, stored: {} }
    for (const index of indices) {
      const bundle = Math.floor(index / tileWidth)
      if (opened.bundle !== bundle) opened = { bundle, stored: {} }
      yield [index, await this.#detail(index, opened.stored)] as const
    }
  }

  async #detail(index: number, stored: StoredBundle = {}): Promise<{ marks: Marks; detail: OpenedDetail }> {
    this.#checkIndex(index)
    const tail = this.#writer.tail.get(index)
    const marks: Marks = tail ?? (await this.#archived(index))
    const pending = this.#writer.erasures.get(index)
    if (marks.detailSha256 === null) return { marks, detail: null }
    if (pending !== undefined) return { marks, detail: { erasedBy: pending as EntryIndex } }
    if (tail?.detail) return { marks, detail: { opening: openStoredDetail(this.#writer, marks, tail.detail) } }
    return { marks, detail: await this.#storedDetail(marks, stored) }
  }

  /** Whether there is a detail to erase, whether or not its key is there. */
  async #isThere(index: number): Promise<boolean> {
    this.#checkIndex(index)
    const tail = this.#writer.tail.get(index)
    if ((tail ?? (await this.#archived(index))).detailSha256 === null || this.#writer.erasures.has(index)) return false
    if (tail?.detail) return true
    const { details } = await this.#writer.archive.details(Math.floor(index / tileWidth))
    const stored = details.get(index)
    return stored !== undefined && 'ciphertext' in stored
  }

  async #storedDetail(marks: Marks, bundleOf: StoredBundle): Promise<OpenedDetail> {
    const bundle = Math.floor(marks.index / tileWidth)
    bundleOf.file ??= await this.#writer.archive.details(bundle)
    const { file } = bundleOf
    const stored = file.details.get(marks.index)
    if (!stored) throw damaged(detailsPath(bundle), `the detail of entry ${marks.index} is missing`)
    if ('erasedBy' in stored) return { erasedBy: stored.erasedBy as EntryIndex }
    bundleOf.keys ??= openKeys(this.origin, file.keys, this.#writer.keys)
    const key = bundleOf.keys.get(marks.index)
    if (!key) throw damaged(detailsPath(bundle), `the key of entry ${marks.index} is missing`)
    return { opening: openStoredDetail(this.#writer, marks, { ciphertext: stored.ciphertext, key }) }
  }

  #checkIndex(index: number): void {
    this.#commits.checkRunning()
    if (!isIn(index, 0, this.size - 1)) throw ledgerErrors('FDP_LEDGER_NO_ENTRY', { index })
  }

  #badRange(from: number, to: number): Error {
    return ledgerErrors('FDP_LEDGER_BAD_RANGE', { from, to, size: this.size })
  }
}

function isIn(n: number, min: number, max: number): boolean {
  return Number.isSafeInteger(n) && n >= min && n <= max
}

function stateOf(detail: OpenedDetail): DetailState {
  if (detail === null) return { state: 'none' }
  if ('erasedBy' in detail) return { state: 'erased', by: detail.erasedBy }
  return { state: 'present', detail: detail.opening.detail, persons: detail.opening.summary }
}
