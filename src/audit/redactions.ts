import type { Instant } from '#kernel'
import type { AuditDeps } from './deps.ts'
import { entitledEvents } from './entitled-events.ts'
import type { AuditBody } from './events.ts'

export interface Redactions {
  /** Entries of reads that are not shown to this person now. */
  readonly reads: ReadonlySet<number>
  /** Classes of reason, each once. */
  readonly reasons: readonly AuditBody<'audit.redacted'>['reason'][]
}

/**
 * What a Caldicott Guardian keeps from one person's report at a moment. Whom it is about stands in the erasable part; if
 * that was erased the use stays hidden from everybody until its day, since showing it could do the harm.
 */
export async function redactionsOf(deps: AuditDeps, person: string, at: Instant): Promise<Redactions> {
  const reads = new Set<number>()
  const reasons = new Set<AuditBody<'audit.redacted'>['reason']>()
  for (const { body, entry } of await entitledEvents(deps, 'audit.redacted')) {
    if (body.until <= at) continue
    const persons = await deps.ledger.persons(entry.index)
    if (persons !== null && !persons.includes(person)) continue
    reads.add(body.read)
    reasons.add(body.reason)
  }
  return { reads, reasons: [...reasons] }
}
