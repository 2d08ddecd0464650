import { readFile } from 'node:fs/promises'
import { canonicalJsonBytes, equalBytes, type FormatSpec, type JsonObject, readFormat, writeFormat } from '#kernel'
import type { WrappedKey } from '#ports'

export type SegmentKey = {
  readonly format: string
  readonly version: number
  readonly segment: string
  readonly keyVersion: number
  readonly wrapped: string
}

/** `openfdp/vault-key`: the wrapped data key of one segment, apart from it so that it can be renewed and destroyed. */
export const keyFormat: FormatSpec<SegmentKey> = {
  format: 'openfdp/vault-key',
  version: 1,
  migrations: {},
  check: (document) => document as SegmentKey,
}

export function encodeKey(segment: string, { keyVersion, wrapped }: WrappedKey): Uint8Array {
  return canonicalJsonBytes(writeFormat(keyFormat, { segment, keyVersion, wrapped }))
}

/** Reads a key file; throws if it is of another segment or not byte for byte what `encodeKey` wrote. */
export async function readKey(path: string, segment: string): Promise<WrappedKey> {
  const bytes = await readFile(path)
  const key = readFormat(keyFormat, JSON.parse(bytes.toString('utf8')) as JsonObject)
  if (!equalBytes(bytes, encodeKey(segment, key))) throw new Error('not the key file that was written')
  return { keyVersion: key.keyVersion, wrapped: key.wrapped }
}
