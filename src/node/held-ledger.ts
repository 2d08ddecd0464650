import type { FdpError } from '#kernel'
import type { Ledger } from '#ledger'
import { recoveryType } from './recovery.ts'

export interface HeldLedger {
  readonly ledger: Ledger
  /** Carries out work while nothing is written to the ledger: what is on its way ends first, what comes waits. */
  quiet<T>(work: () => Promise<T>): Promise<T>
}

/**
 * The ledger as everything in this process gets it. While the tenant has to stand still nothing is appended but the
 * recovery that ends it, since every other entry would carry a ledger that the witnesses do not recognise further away
 * from theirs; and it can be held for a moment, so that a copy of ledger and leases is of one and the same moment.
 */
export function heldLedger(ledger: Ledger, standstill: () => FdpError | null): HeldLedger {
  const onTheirWay = new Set<Promise<unknown>>()
  let held: Promise<void> | null = null

  async function write<T>(act: () => Promise<T>): Promise<T> {
    while (held) await held
    const acting = act()
    onTheirWay.add(acting)
    try {
      return await acting
    } finally {
      onTheirWay.delete(acting)
    }
  }
  async function unlessStopped<T>(act: () => Promise<T>): Promise<T> {
    const stopped = standstill()
    if (stopped) throw stopped
    return await write(act)
  }
  const own: Partial<Ledger> = {
    append: (input) =>
      input.type === recoveryType ? write(() => ledger.append(input)) : unlessStopped(() => ledger.append(input)),
    eraseDetail: (index, reason) => unlessStopped(() => ledger.eraseDetail(index, reason)),
    addCosignature: (line) => write(() => ledger.addCosignature(line)),
  }
  return {
    ledger: new Proxy(ledger, {
      get(target, name) {
        if (name in own) return own[name as keyof Ledger]
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    }),
    async quiet(work) {
      while (held) await held
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      try {
        await Promise.allSettled([...onTheirWay])
        return await work()
      } finally {
        held = null
        resolve()
      }
    },
  }
}
