import { equalBytes } from '#kernel'
import { damaged } from './archive.ts'
import { bounds } from './bounds.ts'
import { openCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { cosignatureTime } from './cosignature.ts'
import { ledgerErrors } from './errors.ts'
import { emptyRoot } from './merkle.ts'
import {
  formatNote,
  isBy,
  type Note,
  type NoteSignature,
  parseNote,
  parseSignatureLine,
  type VerifierKey,
} from './note.ts'
import { rangeRoot } from './proofs.ts'
import type { LedgerWriter } from './writer.ts'

export const cosignedPath = 'cosigned'

/** The largest checkpoint that a witness cosigned, kept in the file `cosigned`, and the recent ones it may still cosign. */
export class Cosigned {
  readonly #writer: LedgerWriter
  readonly #witnesses: readonly VerifierKey[]
  readonly #recent: string[] = []
  #note: string | null

  constructor(writer: LedgerWriter, witnesses: readonly VerifierKey[], note: string | null) {
    this.#writer = writer
    this.#witnesses = witnesses
    this.#note = note
  }

  get note(): string | null {
    return this.#note
  }

  /** A checkpoint as it is handed out: remembered, and with its cosignatures if it has any. */
  decorate(checkpoint: string): string {
    if (this.#note !== null && parseNote(this.#note).text === parseNote(checkpoint).text) return this.#note
    if (this.#recent.at(-1) !== checkpoint) this.#recent.push(checkpoint)
    if (this.#recent.length > bounds.recentCheckpointsMax) this.#recent.shift()
    return checkpoint
  }

  /** The note to store for a new cosignature; null if a larger one is stored. FDP_LEDGER_UNKNOWN_WITNESS. */
  prepare(line: string): string | null {
    const signature = parseSignatureLine(line)
    const witness = this.#witnesses.find((key) => isBy(signature, key))
    const candidates = [...(this.#note === null ? [] : [this.#note]), ...this.#recent.toReversed()].map(parseNote)
    const found = witness && candidates.find((note) => cosignatureTime(note.text, signature, witness) !== null)
    if (!found) throw ledgerErrors('FDP_LEDGER_UNKNOWN_WITNESS', { name: signature.name })
    if (this.#note !== null && sizeOf(parseNote(this.#note)) > sizeOf(found)) return null
    return formatNote(withSignature(found, signature))
  }

  async store(note: string): Promise<void> {
    await this.#writer.store.write([{ path: cosignedPath, bytes: Buffer.from(note, 'utf8') }])
    this.#note = note
  }
}

/** Reads the cosigned checkpoint; the tree must still contain it (FDP_LEDGER_DAMAGED), or entries were lost. */
export async function openCosigned(writer: LedgerWriter, witnesses: readonly VerifierKey[]): Promise<Cosigned> {
  const bytes = await writer.store.read(cosignedPath)
  if (bytes === null) return new Cosigned(writer, witnesses, null)
  const note = Buffer.from(bytes).toString('utf8')
  const { size, root } = openOrDamaged(note, writer)
  if (size > writer.edge.size)
    throw damaged(cosignedPath, `a witness saw ${size} entries, there are ${writer.edge.size}`)
  const hashes = (level: number, first: number, count: number) => writer.tiles.hashes(level, first, count)
  const own = size === 0 ? emptyRoot : await rangeRoot(0, size, hashes)
  if (!equalBytes(own, root)) throw damaged(cosignedPath, 'a witness saw another tree')
  return new Cosigned(writer, witnesses, note)
}

function openOrDamaged(note: string, writer: LedgerWriter) {
  try {
    return openCheckpoint(note, writer.vkey).checkpoint
  } catch {
    throw damaged(cosignedPath, 'it is not a checkpoint of this log')
  }
}

function withSignature(note: Note, added: NoteSignature): Note {
  const others = note.signatures.filter(({ name, hash }) => name !== added.name || hash !== added.hash)
  return { text: note.text, signatures: [...others, added] }
}

function sizeOf(note: Note): number {
  return parseCheckpoint(note.text).size
}
