import { lengthPrefixed, toHex } from '#kernel'
import type { Keys, Readers, TabularReader } from '#ports'
import { fail } from './errors.ts'

/** FDP_FLOWS_FORMAT_UNKNOWN, without the name: it may be anything that was typed. */
export function readerOf(format: string, readers: Readers): TabularReader {
  const reader = Object.hasOwn(readers, format) ? readers[format] : undefined
  if (!reader) throw fail('FDP_FLOWS_FORMAT_UNKNOWN', { known: Object.keys(readers).join(', ') })
  return reader
}

/**
 * What stands for the name of a sheet or of a file in an archive where it is kept for good: such a name may be a
 * person's, and a plain hash of it could be guessed.
 */
export function partHash(keys: Keys, name: string): string {
  return toHex(keys.derive(lengthPrefixed('openfdp/part-name/v1', keys.tenant, name)))
}

export function isPart(keys: Keys, hash: string): (name: string) => boolean {
  return (name) => partHash(keys, name) === hash
}
