import { type FormatSpec, isFdpError, type JsonObject, readFormat, writeFormat } from '#kernel'
import type { Keys } from '#ports'

interface Header extends JsonObject {
  readonly format: string
  readonly version: number
  readonly keyVersion: number
  readonly wrapped: string
}

const headerFormat: FormatSpec<Header> = {
  format: 'openfdp/message-log',
  version: 1,
  migrations: {},
  check: (document) => {
    if (!Number.isSafeInteger(document.keyVersion) || typeof document.wrapped !== 'string') throw new Error('no header')
    return document as Header
  },
}

export const headerBytesMax = 4_096

/** 4-byte length, then JSON. */
export function encodeHeader(keys: Keys, dataKey: Uint8Array): Buffer {
  const { keyVersion, wrapped } = keys.wrap('message-log', dataKey)
  const json = Buffer.from(JSON.stringify(writeFormat(headerFormat, { keyVersion, wrapped })))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(json.length)
  return Buffer.concat([length, json])
}

/** Null where a file does not begin with one that opens; FDP_FORMAT_NEWER. */
export function decodeHeader(keys: Keys, file: Buffer): { readonly dataKey: Uint8Array; readonly end: number } | null {
  try {
    const end = 4 + file.readUInt32BE()
    if (end > headerBytesMax || end > file.length) return null
    const document = JSON.parse(file.toString('utf8', 4, end)) as JsonObject
    return { dataKey: keys.unwrap('message-log', readFormat(headerFormat, document)), end }
  } catch (error) {
    if (isFdpError(error, 'FDP_FORMAT_NEWER')) throw error
    return null
  }
}
