import { type FdpError, isFdpError } from '#kernel'
import { sqlErrors } from './errors.ts'
import { networkError } from './network-error.ts'
import type { DatabaseSettings } from './settings.ts'
import { lateFor } from './time-limit.ts'

/**
 * By the server's SQLSTATE (PostgreSQL, appendix A), which is all that is said of it: its words may hold values. Classes 08,
 * 53, 57P and 58 are of the server itself, 40 of a standby that had to go on.
 */
export function postgresError(error: unknown, settings: DatabaseSettings): FdpError | Error {
  if (isFdpError(error)) return error
  const state = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!/^[0-9A-Z]{5}$/.test(state) || state.startsWith('E')) return networkError(error)
  if (/^(28|3D)/.test(state)) return sqlErrors('FDP_SQL_SIGN_IN', { what: `SQLSTATE ${state}` })
  if (/^(57014|55P03|25P03)$/.test(state)) return lateFor(settings, 'statementSecondsMax')
  if (/^(08|53|57P|58|40)/.test(state)) return sqlErrors('FDP_SQL_AWAY', { what: `SQLSTATE ${state}` })
  return sqlErrors('FDP_SQL_STATEMENT', { what: `SQLSTATE ${state}` })
}
