import { isFdpError } from '#kernel'
import { sqlErrors } from './errors.ts'
import { networkError } from './network-error.ts'
import type { DatabaseSettings } from './settings.ts'
import { lateFor } from './time-limit.ts'

/** No user, wrong or expired password, locked, not allowed to sign in. */
const signIn = ['ORA-01005', 'ORA-01017', 'ORA-01045', 'ORA-28000', 'ORA-28001', 'ORA-28002', 'ORA-28009']
/** Full, starting, stopping, broken off; or the snapshot grew too old. */
const busy =
  /^ORA-(00018|00020|00028|01012|01033|01034|01089|01090|01092|01555|02391|02396|03113|03114|03135|08177|12\d{3})$/
const late = ['ORA-01013', 'ORA-03136', 'NJS-123']
const tls = ['NJS-505', 'NJS-506', 'NJS-507', 'NJS-508', 'NJS-529']
/** Between the driver and a server. */
const network = /^NJS-5[0-3]\d$/

/**
 * By the number of the error, which is all that is said of it: its words may hold values. Before somebody is signed in
 * (`isConnected`) nothing is the statement's fault.
 */
export function oracleError(error: unknown, settings: DatabaseSettings, isConnected = true): Error {
  if (isFdpError(error)) return error
  const said = error instanceof Error ? (/^(ORA|NJS)-\d{3,5}(?=:)/.exec(error.message)?.[0] ?? '') : ''
  if (said === '') return networkError(error)
  if (tls.includes(said)) return sqlErrors('FDP_SQL_TLS', { what: said })
  if (signIn.includes(said)) return sqlErrors('FDP_SQL_SIGN_IN', { what: said })
  if (late.includes(said)) return lateFor(settings, 'statementSecondsMax')
  if (busy.test(said) || network.test(said) || !isConnected) return sqlErrors('FDP_SQL_AWAY', { what: said })
  return sqlErrors('FDP_SQL_STATEMENT', { what: said })
}
