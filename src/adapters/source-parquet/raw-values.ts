import { limits } from '#kernel'
import { Runs } from './runs.ts'

export type Raw = boolean | number | bigint | Uint8Array
export type PhysicalType = 'BOOLEAN' | 'INT32' | 'INT64' | 'FLOAT' | 'DOUBLE' | 'BYTE_ARRAY' | 'FIXED_LEN_BYTE_ARRAY'

export interface Physical {
  readonly type: PhysicalType
  /** Of FIXED_LEN_BYTE_ARRAY. */
  readonly length: number
}

/** Values whose lengths stand together before them; more than any writer puts on a page. */
const lengthsMax = 16 * 1024 ** 2
const prefixedBytesMax = 4 * limits.fieldCharactersMax

/** The values of a page one after another, in an encoding without a dictionary; null for one that is not known. */
export function rawValues(encoding: string | undefined, physical: Physical, bytes: Uint8Array): (() => Raw) | null {
  const { type } = physical
  const whole = type === 'INT32' || type === 'INT64'
  if (encoding === 'PLAIN') return plain(physical, bytes)
  if (encoding === 'RLE' && type === 'BOOLEAN') return booleanRuns(bytes)
  if (encoding === 'DELTA_BINARY_PACKED' && whole) {
    const deltas = new Deltas(bytes, 0, type === 'INT32' ? 32 : 64)
    return () => (type === 'INT32' ? Number(deltas.next()) : deltas.next())
  }
  if (encoding === 'DELTA_LENGTH_BYTE_ARRAY' && type === 'BYTE_ARRAY') return lengthsFirst(bytes, 0)
  if (encoding === 'DELTA_BYTE_ARRAY' && type.endsWith('BYTE_ARRAY')) return prefixed(bytes)
  if (encoding === 'BYTE_STREAM_SPLIT' && widthOf(physical) > 0) return split(physical, bytes)
  return null
}

/** Bytes of a value; 0 where they differ. */
function widthOf({ type, length }: Physical): number {
  if (type === 'INT32' || type === 'FLOAT') return 4
  if (type === 'INT64' || type === 'DOUBLE') return 8
  return type === 'FIXED_LEN_BYTE_ARRAY' ? length : 0
}

function plain(physical: Physical, bytes: Uint8Array): () => Raw {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const step = (length: number) => {
    const from = at
    at += length
    return from
  }
  const piece = (length: number) => {
    if (length > bytes.length - at) throw new Error('cut off')
    return bytes.subarray(at, (at += length))
  }
  switch (physical.type) {
    case 'BOOLEAN':
      return () => ((view.getUint8(at >> 3) >> (at++ & 7)) & 1) === 1
    case 'INT32':
      return () => view.getInt32(step(4), true)
    case 'INT64':
      return () => view.getBigInt64(step(8), true)
    case 'FLOAT':
      return () => view.getFloat32(step(4), true)
    case 'DOUBLE':
      return () => view.getFloat64(step(8), true)
    case 'BYTE_ARRAY':
      return () => piece(view.getUint32(step(4), true))
    case 'FIXED_LEN_BYTE_ARRAY':
      return () => piece(physical.length)
  }
}

function booleanRuns(bytes: Uint8Array): () => Raw {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true)
  const runs = new Runs(bytes.subarray(4, 4 + length), 1)
  return () => runs.next() === 1
}

/** The bytes of all values, first the first of each, then the second. */
function split(physical: Physical, bytes: Uint8Array): () => Raw {
  const width = widthOf(physical)
  const count = Math.floor(bytes.length / width)
  let at = 0
  return () => {
    if (at >= count) throw new Error('cut off')
    const value = new Uint8Array(width)
    for (let i = 0; i < width; i++) value[i] = bytes[i * count + at]!
    at++
    return plain(physical, value)()
  }
}

function lengthsFirst(bytes: Uint8Array, start: number): () => Uint8Array {
  const deltas = new Deltas(bytes, start, 32)
  const lengths = deltas.all()
  let index = 0
  let at = deltas.at
  return () => {
    const length = lengths[index++]
    if (length === undefined || length < 0 || length > bytes.length - at) throw new Error('cut off')
    return bytes.subarray(at, (at += length))
  }
}

/** Each value begins as the one before it did, for so many bytes. */
function prefixed(bytes: Uint8Array): () => Raw {
  const deltas = new Deltas(bytes, 0, 32)
  const prefixes = deltas.all()
  const suffix = lengthsFirst(bytes, deltas.at)
  let before: Uint8Array = new Uint8Array()
  let index = 0
  return () => {
    const length = prefixes[index++]
    if (length === undefined || length < 0 || length > before.length) throw new Error('cut off')
    const end = suffix()
    if (length + end.length > prefixedBytesMax) throw new Error('a value that is too long')
    before = Buffer.concat([before.subarray(0, length), end])
    return before
  }
}

/** Whole numbers as differences, in blocks of packed bits (DELTA_BINARY_PACKED). */
class Deltas {
  at: number
  readonly #bytes: Uint8Array
  readonly #bits: 32 | 64
  readonly #total: number
  readonly #blockValues: number
  readonly #widths: Uint8Array
  #value: bigint
  #given = 0
  #min = 0n
  #inBlock = 0
  #inMini = 0
  #miniEnd = 0
  #byteAt = 0
  #bitAt = 0

  constructor(bytes: Uint8Array, at: number, bits: 32 | 64) {
    this.#bytes = bytes
    this.at = at
    this.#bits = bits
    this.#blockValues = this.#number()
    const minis = this.#number()
    this.#total = this.#number()
    this.#value = this.#signed()
    const perMini = this.#blockValues / minis
    const sound = minis > 0 && minis <= 4_096 && Number.isInteger(perMini) && perMini > 0 && perMini % 8 === 0
    if (!sound || this.#blockValues > 1024 ** 2) throw new Error('blocks of no size')
    this.#widths = new Uint8Array(minis)
  }

  next(): bigint {
    if (this.#given >= this.#total) throw new Error('cut off')
    if (this.#given++ === 0) return this.#value
    const perMini = this.#blockValues / this.#widths.length
    if (this.#inBlock === 0) this.#startBlock()
    const width = this.#widths[Math.floor(this.#inBlock / perMini)]!
    if (this.#inMini === 0) {
      this.#byteAt = this.at
      this.#bitAt = 0
      this.#miniEnd = this.at + (perMini * width) / 8
    }
    this.#value = BigInt.asIntN(this.#bits, this.#value + this.#min + this.#packed(width))
    this.#inMini = (this.#inMini + 1) % perMini
    this.#inBlock = (this.#inBlock + 1) % this.#blockValues
    if (this.#inMini === 0 || this.#given === this.#total) this.at = this.#miniEnd
    return this.#value
  }

  all(): Int32Array {
    if (this.#total > lengthsMax) throw new Error('more values than a page has')
    return Int32Array.from({ length: this.#total }, () => Number(this.next()))
  }

  #startBlock(): void {
    this.#min = this.#signed()
    for (let i = 0; i < this.#widths.length; i++) {
      const width = this.#byte()
      if (width > 64) throw new Error('numbers that are too wide')
      this.#widths[i] = width
    }
  }

  #packed(width: number): bigint {
    let value = 0n
    for (let got = 0; got < width; ) {
      const byte = this.#bytes[this.#byteAt]
      if (byte === undefined) throw new Error('cut off')
      const take = Math.min(8 - this.#bitAt, width - got)
      value |= BigInt((byte >> this.#bitAt) & ((1 << take) - 1)) << BigInt(got)
      got += take
      this.#byteAt += (this.#bitAt + take) >> 3
      this.#bitAt = (this.#bitAt + take) & 7
    }
    return value
  }

  #signed(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const part = this.#byte()
      value |= BigInt(part & 0x7f) << shift
      if (part < 0x80) return (value >> 1n) ^ -(value & 1n)
    }
    throw new Error('a number without an end')
  }

  #number(): number {
    const value = this.#signed()
    // The same bits without a sign.
    return Number(value < 0n ? -value * 2n - 1n : value * 2n)
  }

  #byte(): number {
    const value = this.#bytes[this.at++]
    if (value === undefined) throw new Error('cut off')
    return value
  }
}
