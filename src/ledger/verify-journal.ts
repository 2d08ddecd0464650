import type { LedgerReader } from '#ports'
import { type JournalBatch, parseJournalPath, readJournal } from './journal.ts'
import type { Findings } from './verify-report.ts'

/** The journal by entry. */
export interface JournalView {
  readonly batches: readonly { readonly batch: JournalBatch; readonly file: string }[]
  readonly lines: ReadonlyMap<number, { readonly line: string; readonly file: string }>
  /** First entry it holds and the one after its last; both 0 if it is empty. */
  readonly first: number
  readonly end: number
  readonly torn: { readonly file: string; readonly bytes: number } | null
}

/** Reads every journal file. They must follow each other without a gap; only the last may be torn. */
export async function readJournals(
  reader: LedgerReader,
  paths: readonly string[],
  findings: Findings,
): Promise<JournalView> {
  const batches: { batch: JournalBatch; file: string }[] = []
  const lines = new Map<number, { line: string; file: string }>()
  let torn: JournalView['torn'] = null
  let next: number | null = null
  for (const [i, file] of paths.entries()) {
    const bytes = (await reader.read(file)) ?? new Uint8Array(0)
    const reading = readJournal(bytes)
    const named = parseJournalPath(file)!
    if (next !== null && named !== next) findings.add(file, `it begins at entry ${named}, ${next} was expected`, next)
    next = named
    for (const batch of reading.batches) {
      if (batch.first !== next) findings.add(file, `a batch begins at entry ${batch.first}, not ${next}`, batch.first)
      batch.openings.forEach((line, k) => {
        lines.set(batch.first + k, { line, file })
      })
      batches.push({ batch, file })
      next = batch.first + batch.openings.length
    }
    const { kind, at, what } = reading.end
    if (kind === 'damaged') findings.add(file, `${what} at byte ${at}`, next)
    if (kind === 'torn' && i < paths.length - 1) findings.add(file, `it stops short at byte ${at}`, next)
    if (kind === 'torn' && i === paths.length - 1) torn = { file, bytes: bytes.length - at }
  }
  return { batches, lines, first: paths.length > 0 ? parseJournalPath(paths[0]!)! : 0, end: next ?? 0, torn }
}
