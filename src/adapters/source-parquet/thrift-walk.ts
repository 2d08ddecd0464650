const [boolTrue, boolFalse, byte, i16, i32, i64, double, binary, list, struct] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12]
const depthMax = 20

/**
 * Where a structure of Thrift's compact protocol that starts at `at` ends. Throws where it does not end within the bytes,
 * claims more than they hold, is nested deeper than Parquet's are or has more values than `valuesMax`: only what has
 * passed here is given to the library, which takes lengths as they stand.
 */
export function thriftEnd(bytes: Uint8Array, at: number, valuesMax: number): number {
  const walk = new Walk(bytes, at, valuesMax)
  walk.struct(0)
  return walk.at
}

class Walk {
  at: number
  readonly #bytes: Uint8Array
  #valuesLeft: number

  constructor(bytes: Uint8Array, at: number, valuesMax: number) {
    this.#bytes = bytes
    this.at = at
    this.#valuesLeft = valuesMax
  }

  struct(depth: number): void {
    if (depth > depthMax) throw new Error('nested too deeply')
    for (;;) {
      const head = this.#byte()
      if ((head & 0x0f) === 0) return
      if (head >> 4 === 0) this.#varint(5)
      this.#element(head & 0x0f, depth)
    }
  }

  #element(type: number, depth: number): void {
    if (--this.#valuesLeft < 0) throw new Error('too many values')
    if (type === boolTrue || type === boolFalse) return
    if (type === byte) this.#skip(1)
    else if (type === i16 || type === i32) this.#varint(5)
    else if (type === i64) this.#varint(10)
    else if (type === double) this.#skip(8)
    else if (type === binary) this.#skip(this.#varint(5))
    else if (type === list) this.#list(depth)
    else if (type === struct) this.struct(depth + 1)
    else throw new Error('a type that Parquet does not use')
  }

  #list(depth: number): void {
    const head = this.#byte()
    const length = head >> 4 === 15 ? this.#varint(5) : head >> 4
    if (length > this.#bytes.length - this.at) throw new Error('a list longer than its bytes')
    const type = head & 0x0f
    for (let i = 0; i < length; i++) this.#element(type === boolTrue || type === boolFalse ? byte : type, depth)
  }

  #byte(): number {
    const value = this.#bytes[this.at++]
    if (value === undefined) throw new Error('cut off')
    return value
  }

  #skip(length: number): void {
    if (length > this.#bytes.length - this.at) throw new Error('cut off')
    this.at += length
  }

  #varint(bytesMax: number): number {
    let value = 0
    for (let i = 0; i < bytesMax; i++) {
      const part = this.#byte()
      value += (part & 0x7f) * 2 ** (7 * i)
      if (part < 0x80) return value
    }
    throw new Error('a number without an end')
  }
}
