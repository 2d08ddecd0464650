import { type FormatSpec, type JsonObject, readFormat, writeFormat } from '#kernel'
import type { WrappedKey } from '#ports'

interface BlobHeader extends JsonObject {
  readonly format: string
  readonly version: number
  readonly keyVersion: number
  readonly wrapped: string
}

const headerFormat: FormatSpec<BlobHeader> = {
  format: 'openfdp/blob',
  version: 1,
  migrations: {},
  check: (document) => {
    if (!Number.isSafeInteger(document.keyVersion) || typeof document.wrapped !== 'string') throw new Error('no header')
    return document as BlobHeader
  },
}

/** A header is far shorter; a length beyond this is damage. */
export const headerBytesMax = 4_096

/** 4-byte big-endian length, then the header as JSON. */
export function encodeHeader({ keyVersion, wrapped }: WrappedKey): Buffer {
  const json = Buffer.from(JSON.stringify(writeFormat(headerFormat, { keyVersion, wrapped })))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(json.length)
  return Buffer.concat([length, json])
}

/** Throws SyntaxError or Error on damage, FDP_FORMAT_NEWER on a later version. */
export function decodeHeader(json: Buffer): WrappedKey {
  const { keyVersion, wrapped } = readFormat(headerFormat, JSON.parse(json.toString('utf8')) as JsonObject)
  return { keyVersion, wrapped }
}
