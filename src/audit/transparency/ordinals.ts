import type { GovernanceEvent, GovernanceState } from '#governance'

/** “Person 3 of a supplier”: numbers of people, for each employer in the order in which the register first had them there. */
export class Ordinals {
  readonly #numbers = new Map<string, Map<string, number>>()

  /** After an event that changed people. */
  take(state: GovernanceState, event: GovernanceEvent): void {
    const ids =
      event.type === 'governance.person-registered'
        ? [event.id]
        : event.type === 'governance.tenant-opened'
          ? event.officers.map(({ id }) => id)
          : []
    for (const id of ids) {
      const employer = state.persons.get(id)?.employer
      if (employer === undefined) continue
      const ofEmployer = this.#numbers.get(employer) ?? new Map<string, number>()
      if (!ofEmployer.has(id)) ofEmployer.set(id, ofEmployer.size + 1)
      this.#numbers.set(employer, ofEmployer)
    }
  }

  of(employer: string, person: string): number {
    return this.#numbers.get(employer)?.get(person) ?? 0
  }
}
