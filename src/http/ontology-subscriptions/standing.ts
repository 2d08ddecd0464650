import { type Instant, isFdpError, msBetween, type PurposeId } from '#kernel'
import type { SocketCall } from '../endpoint.ts'
import { httpErrors } from '../errors.ts'
import { inPostAt } from '../register.ts'

/** The longest that a timer can wait. */
const timerMsMax = 2 ** 31 - 1

/**
 * What was proved when a connection was opened, looked at again: the token has not expired, the caller is in post at the
 * tenant, the purpose is registered, the tenant may be read. Throws what is no longer so.
 */
export function checkStanding({ context, caller, tenant }: SocketCall): PurposeId {
  const at = context.node.adapters.clock.now()
  if (caller.until === null || at >= caller.until) throw httpErrors('FDP_HTTP_SIGN_IN')
  if (!inPostAt(context.node, caller.subject, at).includes(tenant)) throw httpErrors('FDP_HTTP_NOT_IN_POST')
  const standstill = tenant.standstill()
  if (standstill) throw standstill
  return caller.purposeAt(tenant)
}

/** Milliseconds until the token proves nothing any more. */
export function msUntilExpiry({ context, caller }: SocketCall): number {
  const at: Instant = context.node.adapters.clock.now()
  const ms = caller.until === null ? 0 : msBetween(at, caller.until)
  return Math.min(Math.max(0, ms), timerMsMax)
}

/** How a websocket ends for an error (RFC 6455 section 7.4.1): ours, for now, or the peer's. */
export function closeStatusOf(error: unknown): { readonly status: number; readonly why: string } {
  if (!isFdpError(error)) return { status: 1011, why: 'FDP_HTTP_FAULT' }
  return { status: error.status >= 500 ? 1013 : 1008, why: error.code }
}
