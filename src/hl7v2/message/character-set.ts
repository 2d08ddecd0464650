import { isAscii, isUtf8 } from 'node:buffer'

export type Encoding = 'utf-8' | 'ascii' | 'windows-1252'

/**
 * Names of MSH-18 (HL7 table 0211, and what senders write instead). ISO 8859-1 is read as windows-1252, which has
 * printable characters where the former has controls (WHATWG Encoding, section 4.2).
 */
const named: Readonly<Record<string, Encoding>> = {
  'UNICODE UTF-8': 'utf-8',
  'UTF-8': 'utf-8',
  UTF8: 'utf-8',
  ASCII: 'ascii',
  'US-ASCII': 'ascii',
  '8859/1': 'windows-1252',
  'ISO-8859-1': 'windows-1252',
  'ISO8859-1': 'windows-1252',
  'WINDOWS-1252': 'windows-1252',
  CP1252: 'windows-1252',
}

/** Null for a character set that is not read here. */
export function encodingNamed(name: string): Encoding | null {
  return Object.hasOwn(named, name) ? named[name]! : null
}

/** Code points of 0x80 to 0x9f in windows-1252; 0 where the code page has none. */
const high = [
  ...[0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0],
  ...[0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014],
  ...[0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178],
]

/** The text, or the offset of the first byte that is not of the encoding. */
export function decodeBytes(bytes: Uint8Array, encoding: Encoding): string | { readonly offset: number } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (isAscii(buffer)) return buffer.toString('latin1')
  if (encoding === 'ascii') return { offset: buffer.findIndex((byte) => byte > 0x7f) }
  if (encoding === 'utf-8') return isUtf8(buffer) ? buffer.toString('utf8') : { offset: firstNotUtf8(buffer) }
  return windows1252(buffer)
}

function windows1252(buffer: Buffer): string | { readonly offset: number } {
  const units = new Uint16Array(buffer.length)
  for (let at = 0; at < buffer.length; at++) {
    const byte = buffer[at]!
    const unit = byte >= 0x80 && byte < 0xa0 ? high[byte - 0x80]! : byte
    if (unit === 0 && byte !== 0) return { offset: at }
    units[at] = unit
  }
  return Buffer.from(units.buffer).toString('utf16le')
}

/** Only for the error: where a character begins that is not one. */
function firstNotUtf8(buffer: Buffer): number {
  for (let at = 0; at < buffer.length; ) {
    const lead = buffer[at]!
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
    if (at + length > buffer.length || !isUtf8(buffer.subarray(at, at + length))) return at
    at += length
  }
  return buffer.length
}
