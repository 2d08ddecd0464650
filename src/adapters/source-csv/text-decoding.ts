import { isAscii, isUtf8 } from 'node:buffer'
import type { CsvDialect } from '#ports'
import { csvErrors } from './errors.ts'

export type Encoding = NonNullable<CsvDialect['encoding']>

export interface DecodedText {
  readonly encoding: Encoding
  readonly bom: boolean
  /** UTF-8 without a byte order mark. Throws FDP_CSV_ENCODING at the first byte that is not of the encoding. */
  chunks(): AsyncGenerator<Buffer>
}

/**
 * Finds the encoding and decodes to UTF-8. A byte order mark decides where no encoding is named; without either the
 * text is taken for UTF-8, and whether that holds shows while it is read.
 */
export async function decodeText(bytes: AsyncIterable<Uint8Array>, named: Encoding | null): Promise<DecodedText> {
  const source = bytes[Symbol.asyncIterator]()
  const start = await firstBytes(source, 3)
  const mark = markOf(start)
  const encoding = named ?? mark?.encoding ?? 'utf-8'
  const bom = mark !== null && mark.encoding === encoding
  const skipped = bom ? mark.length : 0
  return { encoding, bom, chunks: () => decoders[encoding](withStart(start.subarray(skipped), source), skipped) }
}

function markOf(start: Buffer): { encoding: Encoding; length: number } | null {
  if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) return { encoding: 'utf-8', length: 3 }
  if (start[0] === 0xff && start[1] === 0xfe) return { encoding: 'utf-16le', length: 2 }
  return null
}

async function firstBytes(source: AsyncIterator<Uint8Array>, count: number): Promise<Buffer> {
  let start = Buffer.alloc(0)
  while (start.length < count) {
    const { done, value } = await source.next()
    if (done) break
    start = Buffer.concat([start, value])
  }
  return start
}

async function* withStart(start: Buffer, source: AsyncIterator<Uint8Array>): AsyncGenerator<Buffer> {
  try {
    if (start.length > 0) yield start
    for (;;) {
      const { done, value } = await source.next()
      if (done) return
      if (value.length > 0) yield Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    }
  } finally {
    await source.return?.()
  }
}

type Decode = (chunks: AsyncGenerator<Buffer>, offset: number) => AsyncGenerator<Buffer>

const decoders: Record<Encoding, Decode> = {
  'utf-8': checkUtf8,
  'windows-1252': decodeWindows1252,
  'utf-16le': decodeUtf16,
}

/** The longest tail of a chunk that may be the start of a character is 3 bytes. */
async function* checkUtf8(chunks: AsyncGenerator<Buffer>, offset: number): AsyncGenerator<Buffer> {
  let carry = Buffer.alloc(0)
  let position = offset
  for await (const chunk of chunks) {
    const text = carry.length === 0 ? chunk : Buffer.concat([carry, chunk])
    const whole = text.subarray(0, text.length - unfinishedBytes(text))
    if (!isUtf8(whole)) throw wrongByte('utf-8', position + firstWrongByte(whole))
    carry = Buffer.from(text.subarray(whole.length))
    position += whole.length
    if (whole.length > 0) yield whole
  }
  if (carry.length > 0) throw wrongByte('utf-8', position)
}

/** How many bytes at the end start a character that the chunk does not finish. */
function unfinishedBytes(text: Buffer): number {
  for (let back = 1; back <= Math.min(3, text.length); back++) {
    const byte = text[text.length - back]!
    if (byte < 0x80) return 0
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return length > back ? back : 0
    }
  }
  return 0
}

/** Only for the error: halves the text until the wrong byte is found. */
function firstWrongByte(text: Buffer): number {
  let good = 0
  let bad = text.length
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    const head = text.subarray(0, middle)
    if (isUtf8(head.subarray(0, middle - unfinishedBytes(head)))) good = middle
    else bad = middle
  }
  return good
}

/** Code points of 0x80 to 0x9f in windows-1252; 0 where the code page has none. */
const windows1252High = [
  ...[0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0],
  ...[
    0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e,
    0x0178,
  ],
]

/** UTF-8 of each byte from 0x80; undefined where the code page has no character. */
const windows1252Utf8 = Array.from({ length: 128 }, (_, i) => {
  const codePoint = i < 32 ? windows1252High[i]! : 0x80 + i
  return codePoint === 0 ? undefined : Buffer.from(String.fromCodePoint(codePoint))
})

async function* decodeWindows1252(chunks: AsyncGenerator<Buffer>, offset: number): AsyncGenerator<Buffer> {
  let position = offset
  for await (const chunk of chunks) {
    yield isAscii(chunk) ? chunk : recode(chunk, position)
    position += chunk.length
  }
}

function recode(chunk: Buffer, position: number): Buffer {
  const out = Buffer.allocUnsafe(chunk.length * 3)
  let w = 0
  for (let i = 0; i < chunk.length; i++) {
    const byte = chunk[i]!
    if (byte < 0x80) {
      out[w++] = byte
      continue
    }
    const utf8 = windows1252Utf8[byte - 0x80]
    if (!utf8) throw wrongByte('windows-1252', position + i)
    for (const part of utf8) out[w++] = part
  }
  return out.subarray(0, w)
}

async function* decodeUtf16(chunks: AsyncGenerator<Buffer>, offset: number): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true })
  let position = offset
  const decode = (chunk?: Buffer) => {
    try {
      return Buffer.from(decoder.decode(chunk, { stream: chunk !== undefined }))
    } catch {
      throw wrongByte('utf-16le', position)
    }
  }
  for await (const chunk of chunks) {
    yield decode(chunk)
    position += chunk.length
  }
  const rest = decode()
  if (rest.length > 0) yield rest
}

function wrongByte(encoding: Encoding, offset: number): Error {
  return csvErrors('FDP_CSV_ENCODING', { encoding, offset })
}
