import type { Session } from '#gate'
import type { Instant } from '#kernel'
import type { AuditDeps } from './deps.ts'
import { entitledEvents } from './entitled-events.ts'
import { auditErrors } from './errors.ts'
import type { AuditBody } from './events.ts'
import { signAudit } from './sign.ts'

export type Assurance = AuditBody<'audit.person-asked'>['assurance']

/** Who wants to know. How they signed in is the surface's business; what it found out is told here. */
export interface Requester {
  /** Level of identity proofing and authentication; only `P9`, high, opens a record's history. */
  readonly assurance: Assurance
  /** Id under which somebody was recorded who may act for the person; null for the person. */
  readonly proxy: string | null
}

export const assuranceNeeded: Assurance = 'P9'
const handling = 'rights-handling'

/** Refuses, and puts on record that it refused, before anybody is looked up. FDP_AUDIT_ASSURANCE, FDP_AUDIT_PURPOSE. */
export async function checkMayAsk(deps: AuditDeps, session: Session, { assurance }: Requester): Promise<void> {
  if (assurance !== assuranceNeeded) {
    await recordRefusal(deps, session, assurance, 'assurance')
    throw auditErrors('FDP_AUDIT_ASSURANCE', { needed: assuranceNeeded, found: assurance })
  }
  const { purpose } = session
  if (deps.governance.state().purposes.get(purpose)?.class !== 'individual-care' && purpose !== handling) {
    await recordRefusal(deps, session, assurance, 'purpose')
    throw auditErrors('FDP_AUDIT_PURPOSE', { purpose })
  }
}

export async function recordRefusal(
  deps: AuditDeps,
  { subject, purpose }: Session,
  assurance: Assurance,
  reason: AuditBody<'audit.person-refused'>['reason'],
): Promise<void> {
  await signAudit(deps, 'audit.person-refused', { by: subject, purpose, assurance, reason })
}

export interface Proxy {
  readonly id: string
  readonly authority: string
  readonly until: Instant
}

/** The recorded proxy of a person, in force at a moment and recorded by somebody entitled; null where there is none. */
export async function proxyOf(deps: AuditDeps, person: string, id: string, at: Instant): Promise<Proxy | null> {
  for (const { body, entry } of await entitledEvents(deps, 'rights.proxy-recorded')) {
    if (body.id !== id || body.until <= at) continue
    const persons = await deps.ledger.persons(entry.index)
    if (persons?.includes(person)) return { id, authority: body.authority, until: body.until }
  }
  return null
}
