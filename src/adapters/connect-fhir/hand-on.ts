import { createHash } from 'node:crypto'
import { fhirServerErrors } from './errors.ts'
import { BrokenOff, type Wire } from './wire.ts'

/** An answer from the byte `from` on: from where it was asked for, or from its beginning. */
export interface Part {
  readonly from: number
  readonly bytes: AsyncIterable<Buffer>
}

/** What looks at the bytes as they are handed on, each once. */
export interface Watch {
  pass(bytes: Buffer): void
  /** Throws BrokenOff where they cannot be all. */
  end(): void
}

/**
 * Each byte once, whatever breaks off: `begin` is asked for the part from a byte on. Of a part that begins anew, what was
 * handed on before is skipped, and must be the same by its SHA-256; nothing is held. FDP_FHIRSERVER_CHANGED, and what the
 * last break means.
 */
export async function* handOn(
  wire: Wire,
  begin: (from: number) => Promise<Part>,
  watch?: Watch,
): AsyncGenerator<Buffer> {
  const handed = createHash('sha256')
  let length = 0
  for (let attempt = 1; ; attempt++) {
    try {
      const part = await begin(length)
      const known = length
      const again = createHash('sha256')
      let at = part.from
      for await (const chunk of part.bytes) {
        const old = chunk.subarray(0, Math.max(0, known - at))
        at += chunk.length
        if (old.length > 0) {
          again.update(old)
          if (at >= known && !again.digest().equals(handed.copy().digest())) throw changed()
        }
        const fresh = chunk.subarray(old.length)
        if (fresh.length === 0) continue
        watch?.pass(fresh)
        handed.update(fresh)
        length += fresh.length
        yield fresh
      }
      if (at < known) throw changed()
      watch?.end()
      return
    } catch (error) {
      if (error instanceof BrokenOff) await wire.pauseAfterBreak(attempt, error)
      else throw error
    }
  }
}

function changed(): Error {
  return fhirServerErrors('FDP_FHIRSERVER_CHANGED')
}
