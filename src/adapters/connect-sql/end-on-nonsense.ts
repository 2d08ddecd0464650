import type { Duplex } from 'node:stream'

const messageBytesMax = 256 * 1024 * 1024
const headBytes = 5

/**
 * Ends a connection whose bytes are no messages of PostgreSQL (its protocol 3.0, section Message Formats). Its driver throws
 * from within an event at some, which would end the process, and never comes to an end of others.
 */
export function endOnNonsense(stream: Duplex): void {
  const isSound = framing()
  const emit: (name: string, ...values: unknown[]) => boolean = stream.emit.bind(stream)
  const guarded = (name: string, ...values: unknown[]): boolean => {
    try {
      if (name === 'data' && !isSound(values[0] as Buffer)) throw new Error('no message')
      return emit(name, ...values)
    } catch (error) {
      stream.destroy(error instanceof Error ? error : new Error('no message'))
      return true
    }
  }
  stream.emit = guarded as typeof stream.emit
}

/** A message is a letter and a length, which counts itself. */
function framing(): (chunk: Buffer) => boolean {
  const head = Buffer.alloc(headBytes)
  let inHead = 0
  let left = 0
  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      const taken = Math.min(left, chunk.length - at)
      at += taken
      left -= taken
      while (left === 0 && inHead < headBytes && at < chunk.length) head[inHead++] = chunk[at++]!
      if (left > 0 || inHead < headBytes) continue
      const length = head.readInt32BE(1)
      if (length < headBytes - 1 || length > messageBytesMax) return false
      left = length - (headBytes - 1)
      inHead = 0
    }
    return true
  }
}
