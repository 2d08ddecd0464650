/** MLLP release 1: VT, the message, FS CR. */
export const startByte = 0x0b
export const endByte = 0x1c
const returnByte = 0x0d

/** How much may stand between frames before it is no link of messages. */
const strayBytesMax = 4_096
/** Enough of a message that is too large to answer it. */
const headBytes = 4_096

export type Scanned =
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  /** A message that stopped where another began. */
  | { readonly kind: 'cut-off' }
  /** Bytes between messages. */
  | { readonly kind: 'stray' }
  /** Nothing after these can be trusted. `bytes` is what there is of the message. */
  | { readonly kind: 'too-large'; readonly bytes: Uint8Array }
  | { readonly kind: 'broken'; readonly bytes: Uint8Array }

export function frame(message: Uint8Array): Uint8Array {
  if (message.includes(startByte) || message.includes(endByte)) throw new RangeError('a frame within a message')
  return Buffer.concat([Buffer.from([startByte]), message, Buffer.from([endByte, returnByte])])
}

/** Takes frames out of a stream, wherever it is cut into pieces. Looks at each byte a fixed number of times. */
export class FrameScanner {
  readonly #bytesMax: number
  #state: 'outside' | 'inside' | 'ending' = 'outside'
  #parts: Uint8Array[] = []
  #size = 0
  #stray = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** True from the first byte of a message to its last. */
  get isWithinMessage(): boolean {
    return this.#state !== 'outside'
  }

  *push(chunk: Uint8Array): Generator<Scanned, void> {
    let end = -1
    for (let at = 0; at < chunk.length; ) {
      if (this.#state === 'outside') {
        const start = chunk.indexOf(startByte, at)
        const stray = (start === -1 ? chunk.length : start) - at
        if (stray > 0 && this.#stray === 0) yield { kind: 'stray' }
        this.#stray += stray
        if (this.#stray > strayBytesMax) return yield { kind: 'broken', bytes: Buffer.alloc(0) }
        if (start === -1) return
        this.#begin()
        at = start + 1
      } else if (this.#state === 'ending') {
        if (chunk[at] !== returnByte) return yield { kind: 'broken', bytes: this.#taken() }
        const bytes = this.#taken()
        this.#state = 'outside'
        at++
        yield { kind: 'message', bytes }
      } else {
        // Looked for once in a chunk for each message, however often another begins before it.
        if (end < at) end = indexOrLength(chunk, endByte, at)
        const again = chunk.subarray(at, end).indexOf(startByte)
        const stop = again === -1 ? end : at + again
        this.#keep(chunk.subarray(at, stop))
        if (this.#size > this.#bytesMax) return yield { kind: 'too-large', bytes: this.#taken().subarray(0, headBytes) }
        if (again !== -1) {
          this.#begin()
          yield { kind: 'cut-off' }
        } else if (end < chunk.length) this.#state = 'ending'
        at = stop + 1
      }
    }
  }

  #begin(): void {
    this.#state = 'inside'
    this.#parts = []
    this.#size = 0
    this.#stray = 0
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return
    this.#size += part.length
    this.#parts.push(part)
  }

  /** A copy, which nobody else holds. */
  #taken(): Uint8Array {
    const bytes = Buffer.concat(this.#parts)
    this.#parts = []
    return bytes
  }
}

function indexOrLength(chunk: Uint8Array, byte: number, from: number): number {
  const found = chunk.indexOf(byte, from)
  return found === -1 ? chunk.length : found
}
