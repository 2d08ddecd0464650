import type { FdpError } from '#kernel'
import { sqlErrors } from './errors.ts'

/** What went wrong on the way to a database, by the system's own name for it; anything else has no name that may be said. */
export function networkError(error: unknown): FdpError {
  const said = error instanceof Error && 'code' in error ? String(error.code) : ''
  const what = /^[A-Z][A-Z0-9_]{2,60}$/.test(said) ? said : 'no connection'
  if (isOfTls(what, error)) return sqlErrors('FDP_SQL_TLS', { what })
  return sqlErrors('FDP_SQL_AWAY', { what })
}

function isOfTls(code: string, error: unknown): boolean {
  if (/CERT|SELF_SIGNED|ALTNAME|UNABLE_TO|_SSL_|_TLS_/.test(code)) return true
  return error instanceof Error && /support SSL/.test(error.message)
}
