import { sqlErrors } from './errors.ts'
import type { DatabaseSettings } from './settings.ts'

type Limit = 'connectSecondsMax' | 'statementSecondsMax' | 'idleSecondsMax'

const doing: Record<Limit, string> = {
  connectSecondsMax: 'let the user in',
  statementSecondsMax: 'give the first rows',
  idleSecondsMax: 'give the next rows',
}

/** What comes in time; else FDP_SQL_TIME_LIMIT, and what comes later is nobody's, its failure too. */
export async function within<T>(settings: DatabaseSettings, setting: Limit, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(lateFor(settings, setting)), settings[setting] * 1_000)
  })
  work.catch(() => {})
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

export function lateFor(settings: DatabaseSettings, setting: Limit): Error {
  return sqlErrors('FDP_SQL_TIME_LIMIT', { seconds: settings[setting], what: doing[setting], setting })
}
