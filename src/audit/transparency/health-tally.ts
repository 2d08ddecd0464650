import type { LedgerEntry } from '#ledger'

/** Something about deliveries that is not as usual. */
interface NotAsUsual {
  readonly object: string
  readonly controller: string
  readonly sign: string
  readonly grade: string
  readonly since: string
}

/** Signs of deliveries that do not stand at `good`, as the node that watches them wrote it down. No figures. */
export class HealthTally {
  readonly #signs = new Map<string, NotAsUsual>()

  take({ type, time, governance }: LedgerEntry): void {
    if (type !== 'health.graded') return
    const [object, controller, sign, grade] = ['object', 'controller', 'sign', 'grade'].map((name) =>
      String(governance[name]),
    ) as [string, string, string, string]
    const id = `${object} ${controller} ${sign}`
    if (grade === 'good') this.#signs.delete(id)
    else this.#signs.set(id, { ...{ object, controller, sign }, ...{ grade, since: time } })
  }

  standing(): readonly NotAsUsual[] {
    return [...this.#signs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each)
  }
}
