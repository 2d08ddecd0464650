import { defineErrors, type FdpError } from '#kernel'

export const engineErrors = defineErrors({
  FDP_ENGINE_FAILED: {
    status: 500,
    message: 'the engine refused a statement, error class `{class}`',
    help: 'report it with the class and the time; the statement is in the development log when FDP_DEBUG_ENGINE=1 is set on synthetic data',
  },
  FDP_ENGINE_OUT_OF_MEMORY: {
    status: 503,
    message: 'the query needs more memory than its engine may use',
    help: 'ask for fewer rows or columns, or raise `engine.memoryLimitMb` in the configuration',
  },
  FDP_ENGINE_INTERRUPTED: {
    status: 499,
    message: 'the query was interrupted',
    help: 'run it again; if it took too long, ask for less',
  },
  FDP_ENGINE_TOO_MANY_ROWS: {
    status: 400,
    message: 'the result has more than {max} rows',
    help: 'ask for fewer rows, or read the result in batches',
  },
  FDP_ENGINE_COLUMN_TYPE: {
    status: 500,
    message: 'column `{column}` of a result has a type that does not leave the engine',
    help: 'cast the column to text in the query',
  },
  FDP_ENGINE_CLOSED: {
    status: 503,
    message: 'the engine is closed',
    help: 'start the node again',
  },
})

/** A bug of our own code in calling the engine: crashes loudly, and its text never quotes a value. */
export class EngineMisuse extends Error {}

/** Classes that the driver reports, by its own closed list; anything else becomes `Unknown`, since text may quote data. */
const classes = new Set([
  'Binder',
  'Catalog',
  'Constraint',
  'Conversion',
  'Dependency',
  'FATAL',
  'INTERNAL',
  'IO',
  'Invalid Input',
  'Invalid Type',
  'Mismatch Type',
  'Missing Extension',
  'Not implemented',
  'Out of Range',
  'Parameter Not Allowed',
  'Parser',
  'Permission',
  'Serialization',
  'Settings',
  'Syntax',
  'TransactionContext',
])

/**
 * Turns what the driver threw into one of our errors. The driver's message quotes values and SQL, so it is dropped; it
 * stays as `cause` (not enumerable, so no logger prints it by accident) only under FDP_DEBUG_ENGINE=1, which is for
 * development with synthetic data.
 */
export function fromDriver(error: unknown, signal: AbortSignal | undefined): FdpError {
  const options = process.env.FDP_DEBUG_ENGINE === '1' ? { cause: error } : undefined
  const name = driverClass(error)
  if (name === 'INTERRUPT' || signal?.aborted) return engineErrors('FDP_ENGINE_INTERRUPTED', {}, options)
  if (name === 'Out of Memory') return engineErrors('FDP_ENGINE_OUT_OF_MEMORY', {}, options)
  return engineErrors('FDP_ENGINE_FAILED', { class: classes.has(name) ? name : 'Unknown' }, options)
}

/** With `errors_as_json` the message holds one JSON object, at times after a prefix. */
function driverClass(error: unknown): string {
  const message = error instanceof Error ? error.message : ''
  return /\{"exception_type":"([A-Za-z ]{1,40})"/.exec(message)?.[1] ?? ''
}
