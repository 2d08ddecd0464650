import { fail } from './errors.ts'

/** Submissions waiting at one tenant at once. */
const waitingMax = 1_000

/** Runs one piece of work of a tenant after another, in the order they came; a failure does not stop the next. */
export interface Queue {
  /** Throws FDP_FLOWS_QUEUE_FULL above 1,000 waiting. */
  run<T>(work: () => Promise<T>): Promise<T>
}

export function queue(): Queue {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return {
    run(work) {
      if (waiting >= waitingMax) return Promise.reject(fail('FDP_FLOWS_QUEUE_FULL', { waiting }))
      waiting += 1
      const mine = last.then(work, work).finally(() => {
        waiting -= 1
      })
      last = mine.catch(() => undefined)
      return mine
    },
  }
}

const byTenant = new WeakMap<object, Queue>()

/** The one queue of a tenant, found by an object that lives as long as the tenant is open (its ledger). */
export function queueOf(tenant: object): Queue {
  let found = byTenant.get(tenant)
  if (!found) {
    found = queue()
    byTenant.set(tenant, found)
  }
  return found
}
