import { ident, limits, type Sql, sql } from '#kernel'
import { fail } from '../errors.ts'

/**
 * Writes lambdas of the engine with names that no other lambda of the statement has. `let` keeps an expression from being
 * written twice, without which the text of a statement would double with each step of a path.
 */
export class Lambdas {
  #count = 0
  #depth = 0
  #weight = 0

  map(list: Sql, body: (item: Sql) => Sql): Sql {
    const item = this.#fresh()
    return sql`list_transform(${list}, lambda ${item}: ${this.#within(() => body(item))})`
  }

  /** `position` counts from 0. */
  mapWithPosition(list: Sql, body: (item: Sql, position: Sql) => Sql): Sql {
    const [item, place] = [this.#fresh(), this.#fresh()]
    return sql`list_transform(${list}, lambda ${item}, ${place}: ${this.#within(() => body(item, sql`(${place} - 1)`))})`
  }

  flatMap(list: Sql, body: (item: Sql) => Sql): Sql {
    return sql`flatten(${this.map(list, body)})`
  }

  filter(list: Sql, test: (item: Sql) => Sql): Sql {
    const item = this.#fresh()
    return sql`list_filter(${list}, lambda ${item}: ${this.#within(() => test(item))})`
  }

  /** Folds `list` from the left; state and items have the same type in the engine. */
  reduce(list: Sql, start: Sql, body: (state: Sql) => Sql): Sql {
    const [state, item] = [this.#fresh(), this.#fresh()]
    return sql`list_reduce(${list}, lambda ${state}, ${item}: ${this.#within(() => body(state))}, ${start})`
  }

  let(value: Sql, body: (name: Sql) => Sql): Sql {
    return sql`list_extract(${this.map(sql`[${value}]`, body)}, 1)`
  }

  /** The engine binds what is within a lambda twice, and so a lambda in n others 2^n times. */
  #within(body: () => Sql): Sql {
    this.#depth++
    this.#weight += 2 ** this.#depth
    if (this.#weight > limits.viewNestingMax)
      throw fail('FDP_FHIR_TOO_LARGE', {
        ...{
          place: 'the view',
          max: limits.viewNestingMax,
          what: 'steps, each counted double for each level of nesting',
        },
      })
    const written = body()
    this.#depth--
    return written
  }

  #fresh(): Sql {
    return ident(`x${++this.#count}`)
  }
}
