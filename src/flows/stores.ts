import { isFdpError } from '#kernel'
import { fail } from './errors.ts'
import type { Step } from './life.ts'

/**
 * A call to a store. What the system says when a disk is full or a file cannot be written becomes one clear error
 * without the system's text; errors that say themselves what to do pass.
 */
export async function storing<T>(
  store: 'lake' | 'vault' | 'blob store' | 'ledger',
  step: Step,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const isSystem = error instanceof Error && 'code' in error && typeof error.code === 'string' && !isFdpError(error)
    const isEngineDisk = isFdpError(error, 'FDP_ENGINE_FAILED') && error.params.class === 'IO'
    if (isSystem || isEngineDisk) throw fail('FDP_FLOWS_STORE_FAILED', { store, step })
    throw error
  }
}
