import type { LedgerEntry } from '#ledger'
import type { AuditDeps } from './deps.ts'

/** A key that stood for a person in this ledger for a while. */
export interface PersonKeySpan {
  readonly key: string
  /** First entry at which it stood for them no more; null for now. */
  readonly before: number | null
  /** False while their rows were kept together with somebody else's: a read of that key may have been of either. */
  readonly certain: boolean
}

/**
 * The keys that a person had here. A patient who was taken for somebody else and told apart (`person.split`), or put
 * together again (`person.joined`), had another key before; the details of those entries say which.
 */
export async function keysOf(
  ledger: Pick<AuditDeps['ledger'], 'entries' | 'detail'>,
  person: string,
): Promise<readonly PersonKeySpan[]> {
  const moves: LedgerEntry[] = []
  for await (const entry of ledger.entries()) {
    if (entry.type === 'person.split' || entry.type === 'person.joined') moves.push(entry)
  }
  const spans: PersonKeySpan[] = [{ key: person, before: null, certain: true }]
  for (const { index, type } of moves.toReversed()) {
    const state = await ledger.detail(index)
    if (state.state !== 'present') continue
    const { from, to } = state.detail as { from?: string; to?: string }
    const follows = spans.some((span) => span.key === to && (span.before === null || span.before > index))
    if (from === undefined || !follows || from === to) continue
    spans.push({ key: from, before: index, certain: type === 'person.joined' })
  }
  return spans
}
