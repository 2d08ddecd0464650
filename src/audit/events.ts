import type { Static, TObject } from '@sinclair/typebox'
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler'
import type { JsonObject } from '#kernel'
import type { LedgerEntry } from '#ledger'
import { auditErrors } from './errors.ts'
import { eventList } from './event-list.ts'

/** Every event of this module: what it says, who signs it, the shape of its governance part. spec/audit.md has the words. */
export const auditEvents = eventList

export type AuditEventType = keyof typeof auditEvents
export type AuditBody<T extends AuditEventType> = Static<(typeof auditEvents)[T]['governance']>
/** What a surface gives: the event without its version, which this release sets. */
export type AuditInput<T extends AuditEventType> = Omit<AuditBody<T>, 'version'>

/** An event found in the ledger. */
export type AuditEvent = {
  [T in AuditEventType]: { readonly type: T; readonly body: AuditBody<T>; readonly entry: LedgerEntry }
}[AuditEventType]

const prefixes = ['audit.', 'incident.', 'rights.']

const checks = new Map<string, TypeCheck<TObject>>(
  Object.entries(auditEvents).map(([type, { governance }]) => [
    type,
    TypeCompiler.Compile(governance as unknown as TObject),
  ]),
)

/**
 * The event in an entry, or null for entries of other modules. FDP_AUDIT_EVENT_UNKNOWN for a type or version that this
 * release does not know (guessing could show what a redaction hides), FDP_AUDIT_EVENT_INVALID for one that breaks its
 * schema.
 */
export function parseAuditEvent(entry: LedgerEntry): AuditEvent | null {
  const { index, type, governance } = entry
  if (!prefixes.some((prefix) => type.startsWith(prefix))) return null
  if (!checks.has(type) || governance.version !== 1) throw auditErrors('FDP_AUDIT_EVENT_UNKNOWN', { index, type })
  checkAuditBody(type as AuditEventType, governance)
  return { type, body: governance, entry } as unknown as AuditEvent
}

export function checkAuditBody(type: AuditEventType, body: JsonObject): void {
  const check = checks.get(type)!
  if (check.Check(body)) return
  throw auditErrors('FDP_AUDIT_EVENT_INVALID', { type, where: check.Errors(body).First()?.path || '/' })
}

/** Every event of one type, in order. */
export async function eventsOf<T extends AuditEventType>(
  entries: AsyncIterable<LedgerEntry> | Iterable<LedgerEntry>,
  ...types: readonly T[]
): Promise<Extract<AuditEvent, { type: T }>[]> {
  const found: Extract<AuditEvent, { type: T }>[] = []
  for await (const entry of entries) {
    const event = parseAuditEvent(entry)
    if (event && (types as readonly string[]).includes(event.type))
      found.push(event as Extract<AuditEvent, { type: T }>)
  }
  return found
}
