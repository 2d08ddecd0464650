import { equalBytes } from '#kernel'
import { damaged, tailOf } from './archive.ts'
import type { TailEntry } from './batch.ts'
import { openCheckpoint } from './checkpoint.ts'
import { openCosigned } from './cosigned.ts'
import { openKeys } from './detail-keys.ts'
import { ledgerErrors } from './errors.ts'
import { type JournalBatch, parseJournalPath, readJournal } from './journal.ts'
import type { Ledger, OpenLedgerOptions } from './ledger.ts'
import { LedgerLog } from './log.ts'
import { hashLeaf } from './merkle.ts'
import { parseVerifierKey } from './note.ts'
import { openingLine, parseOpeningLine } from './opening.ts'
import { tileWidth } from './tiles.ts'
import { checkpointPath, LedgerWriter } from './writer.ts'

/** What opening had to mend. */
interface Recovery {
  readonly journalEntries: number
  readonly cutBytes: number
}

/**
 * Opens a ledger for writing, after a crash too: takes up the tree at the stored checkpoint, replays the journal, cuts a
 * torn end that was never acknowledged, settles, and appends `ledger.opened` with the fencing number. Damage of any
 * other kind is refused with FDP_LEDGER_DAMAGED, never mended in silence. After a refusal the store is closed. Errors
 * also: FDP_LEDGER_EMPTY, FDP_LEDGER_CLOCK_BACK, FDP_LEDGER_BAD_VKEY.
 */
export async function openLedger(options: OpenLedgerOptions): Promise<Ledger> {
  try {
    return await openOrRefuse(options)
  } catch (error) {
    await options.store.close()
    throw error
  }
}

async function openOrRefuse(options: OpenLedgerOptions): Promise<Ledger> {
  const writer = new LedgerWriter(options)
  if (options.mustExist && (await options.store.list()).length === 0) throw ledgerErrors('FDP_LEDGER_EMPTY')
  const witnesses = (options.witnesses ?? []).map(parseVerifierKey)
  await resume(writer)
  const recovery = await replay(writer)
  await writer.settle()
  const cosigned = await openCosigned(writer, witnesses)
  const log = new LedgerLog(writer, cosigned)
  await log.appendOwn({
    type: 'ledger.opened',
    governance: { fence: writer.store.fence, witnesses: [...(options.witnesses ?? [])], ...recovery },
  })
  return log
}

/** Takes up the tree at the stored checkpoint, from its last tiles and its last partial bundle. */
async function resume(writer: LedgerWriter): Promise<void> {
  const bytes = await writer.store.read(checkpointPath)
  if (bytes === null) {
    const stray = (await writer.store.list()).find((path) => /^(tile|openings|details)\//.test(path))
    const first = (await writer.store.list()).includes('journal/0000000000000000')
    if (stray && !first) throw damaged(checkpointPath, 'it is missing')
    return
  }
  const checkpoint = Buffer.from(bytes).toString('utf8')
  const { size, root } = openStored(checkpoint, writer, checkpointPath)
  writer.edge.resume(size, await writer.tiles.loadEdge(size))
  if (!equalBytes(writer.edge.root(), root)) throw damaged(checkpointPath, 'the stored tiles give another root')
  const bundle = Math.floor(size / tileWidth)
  const openings = size % tileWidth === 0 ? [] : await writer.archive.readOpenings(bundle, size % tileWidth)
  for (const opening of openings) {
    const line = openingLine(opening.json, opening.salt, opening.detailCommitment)
    writer.tail.set(opening.entry.index, tailOf(opening, line))
  }
  await checkTail(writer, size)
  writer.settled = size
  const time = writer.tail.get(size - 1)?.time ?? (await lastTime(writer, size))
  writer.acknowledged = { size, time, checkpoint }
}

async function lastTime(writer: LedgerWriter, size: number) {
  if (size === 0) return null
  const openings = await writer.archive.openings(Math.floor((size - 1) / tileWidth))
  return openings[(size - 1) % tileWidth]!.entry.time
}

/** The openings of the partial bundle must be the leaves of the resumed tree. */
async function checkTail(writer: LedgerWriter, size: number): Promise<void> {
  const first = size - (size % tileWidth)
  // A tree of full tiles has no partial bundle, and no tile where one would begin.
  if (first === size) return
  const hashes = await writer.tiles.hashes(0, first, size - first)
  for (let index = first; index < size; index++) {
    const entry = writer.tail.get(index)
    if (!entry || !equalBytes(hashLeaf(entry.leaf), hashes[index - first]!)) {
      throw damaged('openings', `entry ${index} is not the one in the tree`)
    }
  }
}

async function replay(writer: LedgerWriter): Promise<Recovery> {
  const paths = (await writer.store.list()).filter((path) => parseJournalPath(path) !== null).toSorted()
  let cutBytes = 0
  const before = writer.edge.size
  for (const [i, path] of paths.entries()) {
    const bytes = (await writer.store.read(path))!
    const { batches, end } = readJournal(bytes)
    for (const batch of batches) replayBatch(writer, batch, path)
    if (end.kind === 'damaged') throw damaged(path, `${end.what} at byte ${end.at}`)
    if (end.kind === 'torn') {
      if (i < paths.length - 1) throw damaged(path, `it stops short at byte ${end.at}`)
      cutBytes = bytes.length - end.at
      await writer.store.truncate(path, end.at)
    }
    writer.journals.push(path)
  }
  return { journalEntries: writer.edge.size - before, cutBytes }
}

function replayBatch(writer: LedgerWriter, batch: JournalBatch, path: string): void {
  const end = batch.first + batch.openings.length
  if (end <= writer.settled) return
  if (batch.first !== writer.edge.size) throw damaged(path, `a batch begins at ${batch.first}, not ${writer.edge.size}`)
  const keys = openKeys(writer.origin, batch.keys, writer.keys)
  const entries = batch.openings.map((line) => replayed(line, batch, keys, path))
  for (const entry of entries) writer.adopt(entry)
  const { size, root } = openStored(batch.checkpoint, writer, path)
  if (size !== end || !equalBytes(root, writer.edge.root())) {
    throw damaged(path, `the batch at ${batch.first} gives another root`)
  }
  writer.acknowledge(entries, entries.at(-1)!.time, batch.checkpoint)
}

function replayed(line: string, batch: JournalBatch, keys: ReadonlyMap<number, Uint8Array>, path: string): TailEntry {
  try {
    const opening = parseOpeningLine(line)
    const ciphertext = batch.details.get(opening.entry.index)
    const key = keys.get(opening.entry.index)
    return tailOf(opening, line, ciphertext && key ? { ciphertext, key } : null)
  } catch {
    throw damaged(path, `an opening of the batch at ${batch.first} cannot be read`)
  }
}

function openStored(note: string, writer: LedgerWriter, path: string) {
  try {
    return openCheckpoint(note, writer.vkey).checkpoint
  } catch (error) {
    throw damaged(path, error instanceof Error ? error.message : 'it cannot be read')
  }
}
