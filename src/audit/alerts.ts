import type { SubjectId } from '#kernel'
import type { Receipt } from '#ledger'
import {
  type Alert,
  type AlertRead,
  alertThresholds,
  hoursAlerts,
  londonTime,
  manyReadersAlerts,
  recordAlerts,
  type StaffLink,
  volumeAlerts,
} from './alert-rules.ts'
import type { AuditDeps } from './deps.ts'
import { entitledEvents } from './entitled-events.ts'
import { auditErrors } from './errors.ts'
import { readsOf } from './reads.ts'
import { signAudit } from './sign.ts'

/** An alert and whether somebody looked into it. */
export interface StandingAlert extends Alert {
  readonly acknowledgedBy: string | null
}

/**
 * Every unusual read of the whole ledger, computed afresh: an alert is never stored, only that somebody acknowledged it.
 */
export async function alertsOf(deps: AuditDeps): Promise<readonly StandingAlert[]> {
  const { reads } = await readsOf(deps.ledger.entries())
  const links = await staffLinks(deps)
  const staff = new Set(links.map(({ person }) => person))
  const seen: AlertRead[] = []
  const listed = reads.filter(({ end }) => end?.persons.how === 'listed' && end.persons.count > 0)
  const lists = new Map<number, readonly string[]>()
  for await (const [entry, persons] of deps.ledger.personLists(listed.map(({ end }) => end!.entry).sort(rising))) {
    const isLong = (persons?.length ?? 0) > alertThresholds.targetedPersonsMax
    lists.set(entry, isLong ? persons!.filter((person) => staff.has(person)) : (persons ?? []))
  }
  for (const read of reads) {
    const { end } = read
    const personCount = end?.persons.how === 'listed' ? end.persons.count : 0
    seen.push({ read, persons: lists.get(end?.entry ?? -1) ?? [], personCount, ...londonTime(read.time) })
  }
  const state = deps.governance.state()
  const employerOf = (subject: string) => state.persons.get(subject)?.employer ?? null
  const found = [
    ...volumeAlerts(seen),
    ...hoursAlerts(seen),
    ...recordAlerts(seen, links, employerOf),
    ...manyReadersAlerts(seen),
  ]
  const acknowledged = new Map(
    (await entitledEvents(deps, 'audit.alert-acknowledged')).map(({ body }) => [body.alert, body.by]),
  )
  return found
    .map((alert) => ({ ...alert, acknowledgedBy: acknowledgedBy(alert, acknowledged) }))
    .sort((a, b) => (a.day === b.day ? a.entries[0]! - b.entries[0]! : a.day < b.day ? -1 : 1))
}

const rising = (a: number, b: number) => a - b

/** Whoever an alert is about cannot put it aside. */
function acknowledgedBy({ id, subject }: Alert, by: ReadonlyMap<string, string>): string | null {
  const signer = by.get(id) ?? null
  return signer === subject ? null : signer
}

/** Which members of staff are patients here, from the details that were not erased. */
export async function staffLinks(deps: AuditDeps): Promise<readonly StaffLink[]> {
  const links: StaffLink[] = []
  for (const { body, entry } of await entitledEvents(deps, 'audit.staff-linked')) {
    for (const person of (await deps.ledger.persons(entry.index)) ?? []) links.push({ subject: body.subject, person })
  }
  return links
}

/** FDP_AUDIT_NO_ALERT where there is none, or it is about whoever signs. */
export async function acknowledgeAlert(deps: AuditDeps, by: SubjectId, id: string, note: string): Promise<Receipt> {
  const alert = (await alertsOf(deps)).find((each) => each.id === id)
  if (!alert || alert.subject === by) throw auditErrors('FDP_AUDIT_NO_ALERT')
  return await signAudit(deps, 'audit.alert-acknowledged', { by, alert: id }, { detail: { note } })
}
