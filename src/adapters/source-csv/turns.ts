/**
 * At most `atOnceMax` of what is given run at a time, the rest follow in order. A reader that waits for its pipe holds
 * one of the four threads that files are read with; were they all held, the pipes could never be filled.
 */
export function takingTurns(atOnceMax: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (work) => {
    if (running >= atOnceMax) await new Promise<void>((go) => waiting.push(go))
    else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
