import type { Instant } from '#kernel'
import type { LedgerEntry } from '#ledger'

/**
 * `ended-unseen`: nothing says when it ended, but the process that held it is gone; it held no right beyond that.
 * `open-or-unseen`: from the ledger alone (a copy) the two cannot be told apart.
 */
export type SessionState = 'open' | 'closed' | 'ended-unseen' | 'open-or-unseen'

export interface SessionFact {
  readonly session: number
  readonly subject: string
  readonly purpose: string
  readonly openedAt: Instant
  /** Of the last entry that names the session. */
  readonly lastAt: Instant
  readonly closedAt: Instant | null
  /** When a later process opened the ledger: it was over by then, unseen. */
  readonly overBy: Instant | null
  readonly reads: number
  readonly state: SessionState
}

interface Seen {
  fact: Omit<SessionFact, 'state' | 'reads' | 'lastAt'>
  lastAt: Instant
  reads: number
}

/**
 * Every session that the ledger knows of. `live` has those that the gate of the writing process holds open, which tells
 * the truth about now; null for a copy of a ledger. A session carries the size of the ledger when its process opened it
 * (`since`), and a process that opens later finds a larger one: so a session with a larger `since` shows that those
 * with a smaller one are over.
 */
export async function sessionsOf(
  entries: AsyncIterable<LedgerEntry>,
  live: ReadonlySet<number> | null,
): Promise<readonly SessionFact[]> {
  const sessions = new Map<number, Seen>()
  const running = new Set<Seen>()
  const ofRead = new Map<number, number>()
  for await (const entry of entries) {
    const { index, time, type, governance } = entry
    if (type === 'ledger.opened') {
      for (const seen of running) seen.fact = { ...seen.fact, overBy: time }
      running.clear()
    } else if (type === 'session.opened') {
      const { subject, purpose } = governance as { subject: string; purpose: string }
      const fact = { session: index as number, subject, purpose, openedAt: time, closedAt: null, overBy: null }
      const seen = { fact, lastAt: time, reads: 0 }
      sessions.set(index, seen)
      running.add(seen)
    } else if (type === 'session.closed' || type === 'read.opened') {
      const seen = sessions.get(governance.session as number)
      if (!seen) continue
      seen.lastAt = time
      if (type === 'session.closed') {
        seen.fact = { ...seen.fact, closedAt: time }
        running.delete(seen)
      } else {
        seen.reads += 1
        ofRead.set(index, seen.fact.session)
      }
    } else if (type === 'read.completed' || type === 'release.made') {
      const seen = sessions.get(ofRead.get(governance.of as number) ?? -1)
      if (seen) seen.lastAt = time
      ofRead.delete(governance.of as number)
    }
  }
  return [...sessions.values()].map(({ fact, lastAt, reads }) => {
    return { ...fact, lastAt, reads, state: stateOf(fact, live) }
  })
}

function stateOf({ session, closedAt, overBy }: Seen['fact'], live: ReadonlySet<number> | null): SessionState {
  if (closedAt !== null) return 'closed'
  if (overBy !== null) return 'ended-unseen'
  if (live) return live.has(session) ? 'open' : 'ended-unseen'
  return 'open-or-unseen'
}
