import { isFdpError } from '#kernel'
import { sqlErrors } from './errors.ts'
import { networkError } from './network-error.ts'
import type { DatabaseSettings } from './settings.ts'
import { lateFor } from './time-limit.ts'

/** Sign-in refused, database not there or not for this user, password expired. */
const signIn = [4060, 4064, 18452, 18456, 18470, 18486, 18487, 18488]
/** Lost to a deadlock or a conflict of snapshots; full, moving, or shutting down. */
const busy = [701, 1205, 3960, 3961, 6005, 8645, 10928, 10929, 40197, 40501, 40613, 49918, 49919, 49920]
const lockTimeout = 1222

/** By the server's number of the error, which is all that is said of it: its words may hold values. */
export function sqlServerError(error: unknown, settings: DatabaseSettings): Error {
  if (isFdpError(error)) return error
  const { number, code, cause } = error as { number?: unknown; code?: unknown; cause?: unknown }
  const what = typeof number === 'number' && number > 0 ? `error ${number}` : 'no connection'
  if (code === 'ELOGIN' || signIn.includes(Number(number))) return sqlErrors('FDP_SQL_SIGN_IN', { what })
  if (number === lockTimeout) return lateFor(settings, 'statementSecondsMax')
  if (busy.includes(Number(number))) return sqlErrors('FDP_SQL_AWAY', { what })
  if (code === 'ETIMEOUT') return lateFor(settings, 'connectSecondsMax')
  if (what === 'no connection') return networkError(cause ?? error)
  return sqlErrors('FDP_SQL_STATEMENT', { what })
}
