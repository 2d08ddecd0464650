import type { Grade, Health } from '#docks'
import { type Instant, msBetween } from '#kernel'
import { type OutboundQueue, outboundQueues } from '#outbound'
import type { Tenant } from './tenant.ts'

const minuteMs = 60_000
/** Local choices, as those of deliveries are. */
const watchMs = 15 * minuteMs
const actMs = 60 * minuteMs

/** Whether other systems hear of what actions change, by object type: how long messages wait, and whether any waits for a person. */
export async function outboundHealth({ ledger, profile, flows }: Tenant): Promise<readonly Health[]> {
  const queues = [...(await outboundQueues(ledger)).values()]
  const objects = new Set(queues.flatMap((queue) => [...queue.objects]))
  return [...objects].sort().map((object) => {
    const { grade, says } = sendingOf(queues, object, flows.clock.now())
    const signs = [{ sign: 'sending', grade, says } as const]
    return { object, controller: profile.controller, lastAsAt: null, signs, grade }
  })
}

function sendingOf(
  queues: readonly OutboundQueue[],
  object: string,
  now: Instant,
): { readonly grade: Grade; readonly says: string } {
  const waiting = queues.flatMap((queue) => [...queue.waiting.values()]).filter((message) => message.object === object)
  const aside = waiting.filter((message) => message.aside !== null).length
  const longestMs = Math.max(0, ...waiting.map(({ at }) => msBetween(at, now)))
  const grade = aside > 0 || longestMs > actMs ? 'act' : longestMs > watchMs ? 'watch' : 'good'
  return { grade, says: `${waiting.length} messages wait, ${aside} of them for a person` }
}
