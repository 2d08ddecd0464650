import type { Gate } from '#gate'
import { limits, type PurposeId, type SubjectId } from '#kernel'
import type { Ledger } from '#ledger'
import type { OutboundRoute } from './declaration.ts'
import { outboundErrors } from './errors.ts'
import { outboundQueue } from './queue.ts'

export interface Deciding {
  readonly subject: SubjectId
  readonly purpose: PurposeId
  readonly because?: string | undefined
}

/**
 * Whoever decides about messages could read what they say: for the purpose of the queue, at identifiable level.
 * FDP_OUTBOUND_NOT_YOURS, and what `Gate.open` says.
 */
export async function checkMayDecide(
  { id, purpose, messages }: OutboundRoute,
  who: Deciding,
  gate: Pick<Gate, 'open'>,
): Promise<void> {
  const objects = [...new Set(messages.map(({ map }) => map.object))]
  const refused = (object: string) => outboundErrors('FDP_OUTBOUND_NOT_YOURS', { queue: id, object })
  if (who.purpose !== purpose) throw refused(objects[0]!)
  const justification = who.because ?? `decides about the queue ${id}`
  await using session = await gate.open({ subject: who.subject, purpose, justification })
  for (const object of objects) if (!session.visible(object, ['identifiable'])) throw refused(object)
}

/** Gives a message up, whatever it waits for. The reason is kept in the erasable part. FDP_OUTBOUND_NO_MESSAGE. */
export async function dropMessage(
  route: OutboundRoute,
  message: string,
  reason: string,
  who: Deciding,
  { ledger, gate }: { readonly ledger: Ledger; readonly gate: Pick<Gate, 'open'> },
): Promise<void> {
  await checkMayDecide(route, who, gate)
  const said = reason.trim().toWellFormed()
  const charactersMax = limits.justificationCharactersMax
  if (said === '' || said.length > charactersMax) throw outboundErrors('FDP_OUTBOUND_REASON', { charactersMax })
  const { waiting } = await outboundQueue(ledger, route.id)
  if (!waiting.has(message)) throw noMessage(route, message)
  const governance = { version: 1, by: who.subject, queue: route.id, message }
  await ledger.append({ type: 'outbound.dropped', governance, detail: { reason: said } })
}

/** Puts back what was put aside: one message, or all of the queue. Returns which. FDP_OUTBOUND_NO_MESSAGE. */
export async function putBack(
  route: OutboundRoute,
  message: string | null,
  who: Deciding,
  { ledger, gate }: { readonly ledger: Ledger; readonly gate: Pick<Gate, 'open'> },
): Promise<readonly string[]> {
  await checkMayDecide(route, who, gate)
  const { waiting } = await outboundQueue(ledger, route.id)
  const aside = [...waiting.values()].filter((each) => each.aside !== null && (message === null || each.id === message))
  if (message !== null && aside.length === 0) throw noMessage(route, message)
  for (const { id } of aside) {
    const governance = { version: 1, by: who.subject, queue: route.id, message: id }
    await ledger.append({ type: 'outbound.put-back', governance })
  }
  return aside.map(({ id }) => id)
}

/** What somebody typed is not repeated unless it looks like the number of a message. */
function noMessage({ id: queue }: OutboundRoute, message: string) {
  return outboundErrors('FDP_OUTBOUND_NO_MESSAGE', { queue, message: /^\d+\.\d+$/.test(message) ? message : '…' })
}
