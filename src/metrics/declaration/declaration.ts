import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { nearest } from '#contracts'
import type { FdpError } from '#kernel'
import { fail } from '../errors.ts'

/** Nesting and size that no honest declaration reaches. */
const bytesMax = 1_000_000
const aliasesMax = 0

/**
 * A node of a YAML declaration that knows where it stands, so every complaint names file and line. Strict: each key is
 * asked for or refused, with the nearest known key. `read*` throw FDP_METRICS_DECLARATION.
 */
export class Declaration {
  readonly file: string
  readonly path: string
  readonly #node: Node | null
  readonly #lines: LineCounter
  readonly #asked = new Set<string>()

  private constructor(file: string, path: string, node: Node | null, lines: LineCounter) {
    this.file = file
    this.path = path
    this.#node = node
    this.#lines = lines
  }

  static parse(file: string, text: string): Declaration {
    const lines = new LineCounter()
    if (text.length > bytesMax) throw complaint(file, 1, 'the file is too large', 'split it')
    const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true })
    const first = document.errors[0] ?? document.warnings[0]
    if (first) {
      const line = lines.linePos(first.pos[0]).line
      throw complaint(file, line, 'this is not well-formed YAML', 'check indentation, colons and quotes on this line')
    }
    document.toJS({ maxAliasCount: aliasesMax })
    return new Declaration(file, '', document.contents as Node | null, lines)
  }

  get line(): number {
    const start = this.#node?.range?.[0]
    return start === undefined ? 1 : this.#lines.linePos(start).line
  }

  refuse(problem: string, help: string): FdpError {
    return complaint(this.file, this.line, problem, help)
  }

  /** The declaration under a key, or null. The key counts as known. */
  optional(key: string): Declaration | null {
    this.#asked.add(key)
    const map = this.#map()
    const pair = map.items.find((item) => isScalar(item.key) && item.key.value === key)
    if (!pair) return null
    return new Declaration(this.file, `${this.path}${key}.`, pair.value as Node | null, this.#lines)
  }

  required(key: string): Declaration {
    const found = this.optional(key)
    if (!found) throw this.refuse(`\`${key}\` is missing`, `add \`${key}:\``)
    return found
  }

  /** Keys of a free map (names are the author's), in order. */
  entries(): [string, Declaration][] {
    return this.#map().items.map((item) => {
      if (!isScalar(item.key) || typeof item.key.value !== 'string')
        throw this.refuse('a key is not a name', 'quote it')
      return [item.key.value, this.required(item.key.value)]
    })
  }

  items(): Declaration[] {
    if (!isSeq(this.#node)) throw this.refuse('a list is expected here', 'begin each item with a hyphen')
    return this.#node.items.map(
      (item, i) => new Declaration(this.file, `${this.path}${i + 1}.`, item as Node, this.#lines),
    )
  }

  text(): string {
    const value = this.scalar()
    if (typeof value !== 'string' || value === '')
      throw this.refuse('a text is expected here', 'write it, in quotes if need be')
    return value
  }

  integer(): number {
    const value = this.scalar()
    if (typeof value !== 'number' || !Number.isSafeInteger(value))
      throw this.refuse('a whole number is expected here', 'write it without quotes')
    return value
  }

  boolean(): boolean {
    const value = this.scalar()
    if (typeof value !== 'boolean')
      throw this.refuse('true or false is expected here', 'write one of them, without quotes')
    return value
  }

  choice<T extends string>(choices: readonly T[]): T {
    const value = this.text()
    const found = choices.find((choice) => choice === value)
    if (!found) throw this.unknown('value', value, choices)
    return found
  }

  scalar(): string | number | boolean | null {
    if (!isScalar(this.#node)) throw this.refuse('a single value is expected here', 'write one value')
    const { value } = this.#node
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return value
    throw this.refuse('a single value is expected here', 'write one value')
  }

  /** Refuses keys that nobody asked for. Call it when the map has been read. */
  end(): void {
    for (const item of this.#map().items) {
      const key = isScalar(item.key) ? String(item.key.value) : ''
      if (!this.#asked.has(key)) {
        const at = new Declaration(this.file, this.path, item.key as Node, this.#lines)
        throw at.unknown('key', key, [...this.#asked])
      }
    }
  }

  unknown(what: string, given: string, known: readonly string[]): FdpError {
    const near = nearest(given, known)
    return this.refuse(
      `unknown ${what} \`${given.slice(0, 80)}\``,
      near ? `did you mean \`${near}\`?` : `known: ${known.slice(0, 40).join(', ')}`,
    )
  }

  #map() {
    if (!isMap(this.#node)) throw this.refuse('keys and values are expected here', 'write `key: value` lines')
    return this.#node
  }
}

function complaint(file: string, line: number, problem: string, help: string): FdpError {
  return fail('FDP_METRICS_DECLARATION', { file, line, problem, help })
}
