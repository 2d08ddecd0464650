import { setTimeout as wait } from 'node:timers/promises'

/** Something that a node does again and again while it serves. `close` waits for what is being done. */
export interface Tended {
  close(): Promise<void>
}

/** Does `look` now, and again so long after each time, until it is closed; `look` throws nothing. */
export function again(everyMs: number, look: (ending: AbortSignal) => Promise<void>): Tended {
  const ending = new AbortController()
  const looking = (async () => {
    while (!ending.signal.aborted) {
      await look(ending.signal)
      await wait(everyMs, null, { signal: ending.signal }).catch(() => null)
    }
  })()
  return {
    async close() {
      ending.abort()
      await looking
    },
  }
}
