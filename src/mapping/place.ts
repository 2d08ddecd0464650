import { nearest } from '#contracts'
import type { FdpError, Json } from '#kernel'
import { fail } from './errors.ts'

const itemsMax = 20_000

/**
 * A value of a document that knows where it stands, so that every complaint names the place. Strict: each key is asked
 * for or refused, with the nearest that is known. All `read` methods throw FDP_MAPPING_WRONG.
 */
export class Place {
  readonly path: string
  readonly #value: Json
  readonly #asked = new Set<string>()

  constructor(value: Json, path = '') {
    this.#value = value
    this.path = path
  }

  refuse(problem: string, help: string): FdpError {
    return fail('FDP_MAPPING_WRONG', { place: this.path === '' ? 'the mapping' : this.path, problem, help })
  }

  optional(key: string): Place | null {
    this.#asked.add(key)
    const map = this.#map()
    return Object.hasOwn(map, key) ? new Place(map[key] as Json, this.#below(key)) : null
  }

  required(key: string): Place {
    const found = this.optional(key)
    if (!found) throw this.refuse(`\`${key}\` is missing`, `add \`${key}:\``)
    return found
  }

  /** Keys of a free map, in order. */
  entries(): [string, Place][] {
    const entries = Object.keys(this.#map()).map((key): [string, Place] => [key, this.required(key)])
    return this.#limited(entries)
  }

  items(): Place[] {
    if (!Array.isArray(this.#value)) throw this.refuse('a list is expected here', 'write a list')
    return this.#limited(this.#value.map((item, i) => new Place(item as Json, this.#below(String(i + 1)))))
  }

  isText(): boolean {
    return typeof this.#value === 'string' || typeof this.#value === 'number'
  }

  /** A text, which may be empty; a number as it is written. */
  text(): string {
    if (!this.isText()) throw this.refuse('a text is expected here', 'write it, in quotes if need be')
    return String(this.#value)
  }

  /** A list, or one thing that needs none. */
  some(): Place[] {
    return this.isText() ? [this] : this.items()
  }

  texts(): string[] {
    return this.some().map((item) => item.text())
  }

  textOrNull(): string | null {
    return this.#value === null ? null : this.text()
  }

  json(): Json {
    return this.#value
  }

  yes(): boolean {
    if (typeof this.#value !== 'boolean') throw this.refuse('true or false is expected here', 'write one of them')
    return this.#value
  }

  count(): number {
    const value = this.#value
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
    throw this.refuse('a whole number is expected here', 'write it without quotes')
  }

  choice<T extends string>(choices: readonly T[]): T {
    const value = this.text()
    const found = choices.find((choice) => choice === value)
    if (found === undefined) throw this.unknown('value', value, choices)
    return found
  }

  /** Refuses keys that nobody asked for. */
  end(): void {
    for (const key of Object.keys(this.#map())) {
      if (!this.#asked.has(key)) throw this.unknown('key', key, [...this.#asked])
    }
  }

  unknown(what: string, given: string, known: readonly string[]): FdpError {
    const near = nearest(given, known)
    const help = near ? `did you mean \`${near}\`?` : `known: ${known.slice(0, 40).join(', ')}`
    return this.refuse(`unknown ${what} \`${given.slice(0, 80)}\``, help)
  }

  #below(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`
  }

  #map(): Readonly<Record<string, Json>> {
    const value = this.#value
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, Json>
    throw this.refuse('keys and values are expected here', 'write `key: value` lines')
  }

  #limited<T>(items: T[]): T[] {
    if (items.length > itemsMax) throw this.refuse(`more than ${itemsMax} entries`, 'split the mapping')
    return items
  }
}
