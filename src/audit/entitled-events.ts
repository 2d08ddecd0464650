import { emptyState, fold } from '#governance'
import type { TenantId } from '#kernel'
import type { Ledger } from '#ledger'
import { type AuditEvent, type AuditEventType, parseAuditEvent } from './events.ts'
import { whyNotSigner } from './sign.ts'

/**
 * Events of some types whose signer was entitled at their moment, in order; others have no effect, as anybody who can
 * write to the ledger can write them. Folds the register along, so that it counts what somebody was then, not now.
 */
export async function entitledEvents<T extends AuditEventType>(
  { ledger, tenant }: { readonly ledger: Pick<Ledger, 'entries'>; readonly tenant: TenantId },
  ...types: readonly T[]
): Promise<Extract<AuditEvent, { type: T }>[]> {
  let state = emptyState(tenant)
  const found: AuditEvent[] = []
  for await (const entry of ledger.entries()) {
    const event = parseAuditEvent(entry)
    if (event && (types as readonly string[]).includes(event.type)) {
      const by = (event.body as { by?: string }).by
      if (whyNotSigner(state, event.type, by, entry.time) === null) found.push(event)
    }
    state = fold(state, entry)
  }
  return found as Extract<AuditEvent, { type: T }>[]
}
