/** Of positions in a dictionary: 2^24 entries. */
const widthMax = 24

/**
 * Whole numbers of `width` bits in Parquet's hybrid of runs and packed bits, one at a time: a run is never written out.
 * Throws where the bytes end before it.
 */
export class Runs {
  readonly #bytes: Uint8Array
  readonly #width: number
  #at = 0
  #left = 0
  #packed = false
  #value = 0
  #bits = 0
  #bitCount = 0

  constructor(bytes: Uint8Array, width: number) {
    if (width > widthMax) throw new Error('numbers that are too wide')
    this.#bytes = bytes
    this.#width = width
  }

  next(): number {
    while (this.#left === 0) this.#startRun()
    this.#left--
    return this.#packed ? this.#unpacked() : this.#value
  }

  #startRun(): void {
    let head = 0
    for (let i = 0; ; i++) {
      const part = this.#byte()
      head += (part & 0x7f) * 2 ** (7 * i)
      if (part < 0x80) break
      if (i === 4) throw new Error('a number without an end')
    }
    this.#packed = head % 2 === 1
    this.#left = Math.floor(head / 2) * (this.#packed ? 8 : 1)
    this.#bits = 0
    this.#bitCount = 0
    this.#value = 0
    if (this.#packed) return
    for (let i = 0; i < this.#width; i += 8) this.#value |= this.#byte() << i
  }

  #unpacked(): number {
    while (this.#bitCount < this.#width) {
      this.#bits |= this.#byte() << this.#bitCount
      this.#bitCount += 8
    }
    const value = this.#bits & ((1 << this.#width) - 1)
    this.#bits >>>= this.#width
    this.#bitCount -= this.#width
    return value
  }

  #byte(): number {
    const value = this.#bytes[this.#at++]
    if (value === undefined) throw new Error('cut off')
    return value
  }
}
