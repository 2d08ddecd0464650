import { type Duty, type GovernanceState, isInPost } from '#governance'
import { canonicalJson, type Instant, type JsonObject, type SubjectId } from '#kernel'
import type { Ledger, Receipt } from '#ledger'
import type { AuditDeps } from './deps.ts'
import { auditErrors } from './errors.ts'
import { type AuditEventType, type AuditInput, auditEvents, checkAuditBody } from './events.ts'

/** What goes with an event into the erasable part. */
export interface AuditExtra {
  readonly detail?: JsonObject
  readonly persons?: readonly string[]
}

/**
 * Writes an event after looking at its shape and its signer. FDP_AUDIT_EVENT_INVALID, FDP_AUDIT_NOT_ENTITLED.
 */
export async function signAudit<T extends AuditEventType>(
  deps: Pick<AuditDeps, 'ledger' | 'governance' | 'clock'>,
  type: T,
  input: AuditInput<T>,
  extra: AuditExtra = {},
): Promise<Receipt> {
  const body = JSON.parse(canonicalJson({ version: 1, ...(input as unknown as JsonObject) })) as JsonObject
  checkAuditBody(type, body)
  const why = whyNotSigner(deps.governance.state(), type, body.by as string | undefined, deps.clock.now())
  if (why !== null) throw auditErrors('FDP_AUDIT_NOT_ENTITLED', { by: String(body.by), type, why })
  return await deps.ledger.append({ type, governance: body, ...extra })
}

/** An event that the program itself writes. */
export async function recordAudit<T extends AuditEventType>(
  ledger: Pick<Ledger, 'append'>,
  type: T,
  input: AuditInput<T>,
): Promise<Receipt> {
  const body = { version: 1, ...(input as unknown as JsonObject) }
  checkAuditBody(type, body)
  return await ledger.append({ type, governance: body })
}

/** Why somebody may not sign a type of event at a moment; null if they may. An audit reads events by the same rule. */
export function whyNotSigner(
  state: GovernanceState,
  type: AuditEventType,
  by: string | undefined,
  at: Instant,
): string | null {
  const { signers } = auditEvents[type]
  if (signers === 'node') return by === undefined ? null : 'only the program writes it'
  const person = state.persons.get(by as SubjectId)
  if (!person || !isInPost(person, at)) return 'they are not in post here'
  if (signers === 'registered') return null
  if (person.kind !== 'controller-staff' || person.employer !== state.controller) {
    return 'they are not staff of the controller'
  }
  return person.duties.some((duty: Duty) => signers.includes(duty))
    ? null
    : `they hold none of the duties ${signers.join(', ')}`
}
