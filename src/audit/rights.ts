import { type DateOnly, dateOf, type Instant, type JsonObject } from '#kernel'
import type { Receipt } from '#ledger'
import type { AuditDeps } from './deps.ts'
import { entitledEvents } from './entitled-events.ts'
import { auditErrors } from './errors.ts'
import type { AuditBody, AuditInput } from './events.ts'
import { signAudit } from './sign.ts'

/** A person's request under UK GDPR Articles 15, 16, 18 or 21. Whose it is stands in the erasable part. */
export interface RightsRequest {
  readonly id: string
  readonly entry: number
  readonly right: AuditBody<'rights.requested'>['right']
  readonly receivedAt: Instant
  /** Last day on which an answer is in time. */
  readonly dueOn: DateOnly
  readonly extendedBecause: string | null
  readonly answeredAt: Instant | null
  readonly outcome: string | null
  /** Due before the moment asked about and not answered, or answered after its day. */
  readonly overdue: boolean
}

/**
 * The day of a month later with the same number, or the month's last day: UK GDPR Article 12(3) as the Information
 * Commissioner counts it. An extension adds two months to the first.
 */
export function dueOn(receivedAt: Instant, months: number): DateOnly {
  const [year = 0, month = 0, day = 0] = dateOf(receivedAt).split('-').map(Number)
  const last = new Date(Date.UTC(year, month - 1 + months + 1, 0))
  const at = new Date(Date.UTC(year, month - 1 + months, Math.min(day, last.getUTCDate())))
  return at.toISOString().slice(0, 10) as DateOnly
}

/** Every request, in the order in which they were recorded. */
export async function rightsOf(deps: AuditDeps): Promise<readonly RightsRequest[]> {
  const requests = new Map<string, RightsRequest>()
  for (const event of await entitledEvents(deps, 'rights.requested', 'rights.extended', 'rights.answered')) {
    const { id } = event.body
    const known = requests.get(id)
    if (event.type === 'rights.requested') {
      const { right, receivedAt } = event.body
      const fresh = { extendedBecause: null, answeredAt: null, outcome: null, overdue: false }
      if (!known)
        requests.set(id, { id, entry: event.entry.index, right, receivedAt, dueOn: dueOn(receivedAt, 1), ...fresh })
    } else if (known && event.type === 'rights.extended') {
      const inTime = known.extendedBecause === null && dateOf(event.entry.time) <= known.dueOn
      if (inTime) requests.set(id, { ...known, extendedBecause: event.body.reason, dueOn: dueOn(known.receivedAt, 3) })
    } else if (known && event.type === 'rights.answered' && known.answeredAt === null) {
      requests.set(id, { ...known, answeredAt: event.body.at, outcome: event.body.outcome })
    }
  }
  const today = dateOf(deps.clock.now())
  return [...requests.values()].map((each) => ({
    ...each,
    overdue: (each.answeredAt === null ? today : dateOf(each.answeredAt)) > each.dueOn,
  }))
}

/** `about` says who the person is and what they want; it goes into the erasable part. FDP_AUDIT_CASE_EXISTS. */
export async function requestRight(
  deps: AuditDeps,
  input: AuditInput<'rights.requested'>,
  about: JsonObject,
): Promise<Receipt> {
  if ((await rightsOf(deps)).some(({ id }) => id === input.id))
    throw auditErrors('FDP_AUDIT_CASE_EXISTS', { id: input.id })
  return await signAudit(deps, 'rights.requested', input, { detail: about })
}

/** FDP_AUDIT_NO_CASE, FDP_AUDIT_EXTENSION. */
export async function extendRight(deps: AuditDeps, input: AuditInput<'rights.extended'>): Promise<Receipt> {
  const found = await openRequest(deps, input.id)
  if (found.extendedBecause !== null || dateOf(deps.clock.now()) > found.dueOn) throw auditErrors('FDP_AUDIT_EXTENSION')
  return await signAudit(deps, 'rights.extended', input)
}

/** FDP_AUDIT_NO_CASE. */
export async function answerRight(
  deps: AuditDeps,
  input: AuditInput<'rights.answered'>,
  words: string,
): Promise<Receipt> {
  await openRequest(deps, input.id)
  return await signAudit(deps, 'rights.answered', input, { detail: { words } })
}

async function openRequest(deps: AuditDeps, id: string): Promise<RightsRequest> {
  const found = (await rightsOf(deps)).find((each) => each.id === id && each.answeredAt === null)
  if (!found) throw auditErrors('FDP_AUDIT_NO_CASE', { id })
  return found
}
