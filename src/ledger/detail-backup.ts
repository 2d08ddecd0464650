import type { Random } from '#kernel'
import type { Keys } from '#ports'
import { opensDetail } from './detail.ts'
import { type KeyBlock, openKeys, sealKeys } from './detail-keys.ts'
import { decodeDetails, encodeDetails, isKeyBlock, parseDetailsPath } from './details-file.ts'
import { tileWidth } from './tiles.ts'

/*
 * Details in a backup are without their keys: an entry's detail that is erased later is then closed there too. The keys
 * that are left are those of the ledger itself, kept with the tenant's keys, and go back in when it is restored.
 */

/** Whether a file of a ledger, by its path in there, holds details. */
export function isDetailsPath(path: string): boolean {
  return parseDetailsPath(path) !== null
}

/** A details file as a backup holds it, and its keys apart. */
export function splitDetails(path: string, bytes: Uint8Array): { details: Uint8Array; keys: KeyBlock | null } {
  const file = decodeDetails(firstOf(path), bytes)
  return { details: encodeDetails({ ...file, keys: null }), keys: file.keys }
}

/**
 * The file with its keys again, of a block that may have more or fewer. A key that opens nothing here, as that of another
 * history does, is left out.
 */
export function joinDetails(
  { path, bytes, block }: { readonly path: string; readonly bytes: Uint8Array; readonly block: unknown },
  secrets: { readonly origin: string; readonly keys: Keys; readonly random: Random },
): Uint8Array {
  const { origin, keys, random } = secrets
  const file = decodeDetails(firstOf(path), bytes)
  const known = isKeyBlock(block) ? openKeys(origin, block, keys) : new Map<number, Uint8Array>()
  const fitting = [...known].filter(([index, key]) => {
    const stored = file.details.get(index)
    return stored !== undefined && 'ciphertext' in stored && opensDetail({ origin, index }, stored.ciphertext, key)
  })
  return encodeDetails({ ...file, keys: sealKeys(origin, new Map(fitting), keys, random) })
}

/** Entries whose detail is there and nobody can open. */
export function closedDetails(path: string, bytes: Uint8Array): number[] {
  const { details, keys } = decodeDetails(firstOf(path), bytes)
  const known = new Set(keys?.indexes ?? [])
  return [...details].flatMap(([index, stored]) => ('ciphertext' in stored && !known.has(index) ? [index] : []))
}

function firstOf(path: string): number {
  return parseDetailsPath(path)! * tileWidth
}
