import { limits } from '#kernel'
import { type Place, text, tooMany, wrong } from './place.ts'

/*
 * A regular expression of the API as one that the engine takes: `^` and `$` outside brackets are ordinary, `"…"` is
 * literal, and there are no groups but plain ones. The engine's matching (RE2) takes time linear in the text, whatever
 * the expression; how large the expression is when its repeats are written out is limited here.
 */

const plain = /^[A-Za-z0-9 ]$/
const classes: ReadonlySet<string> = new Set(['d', 'D', 's', 'S', 'w', 'W'])
const repeat = /^\{([0-9]{1,4})(?:(,)([0-9]{1,4})?)?\}/

/** As it was sent, checked. FDP_ONTOLOGY_REQUEST, FDP_ONTOLOGY_LIMIT. */
export function regexAt(place: Place): string {
  const pattern = text(place, limits.patternCharactersMax)
  new Reader(place, [...pattern]).whole()
  return pattern
}

/** A regular expression that was checked, as the engine takes it. The whole text must fit. */
export function regexToRe2(pattern: string): string {
  return new Reader({ value: pattern, at: 'regex' }, [...pattern]).whole()
}

/** `*` stands for any characters, `?` for any one; a backslash takes the next one as it is. */
export function wildcardToRe2(pattern: string): string {
  return pattern.replace(/\\(.)|[*?]|[^A-Za-z0-9 ]/gsu, (found: string, escaped?: string) => {
    if (found === '*') return '.*'
    if (found === '?') return '.'
    return quoted(escaped ?? found)
  })
}

class Reader {
  readonly #place: Place
  readonly #characters: readonly string[]
  #next = 0

  constructor(place: Place, characters: readonly string[]) {
    this.#place = place
    this.#characters = characters
  }

  whole(): string {
    const { written } = this.#alternatives(0)
    if (this.#next < this.#characters.length) throw this.#wrong()
    return written
  }

  #alternatives(depth: number): Part {
    if (depth > limits.objectSetDepthMax) throw tooMany('the depth of a regular expression', limits.objectSetDepthMax)
    let all = this.#sequence(depth)
    while (this.#take('|')) all = joined(all, this.#sequence(depth), '|')
    return all
  }

  #sequence(depth: number): Part {
    let all: Part = { written: '', size: 0, times: 1 }
    while (this.#next < this.#characters.length && !['|', ')'].includes(this.#peek())) {
      all = joined(all, this.#repeated(this.#atom(depth)), '')
      checkSize(all)
    }
    return all
  }

  /** Repeats of repeats are put in a group, so that `a*?` is not taken for something else. */
  #repeated(part: Part): Part {
    let all = part
    for (;;) {
      const sign = this.#peek()
      if (['?', '*', '+'].includes(sign)) {
        this.#next += 1
        all = { written: `(?:${all.written})${sign}`, size: all.size + 1, times: all.times }
      } else if (sign === '{') {
        const { written, most } = this.#counted()
        // The engine takes no more, repeats within repeats multiplied.
        if (all.times * most > 1_000) throw tooMany('the repeats of a regular expression', 1_000)
        all = { written: `(?:${all.written})${written}`, size: all.size * most + 1, times: all.times * most }
        checkSize(all)
      } else return all
    }
  }

  /** `{n}`, `{n,}` or `{n,m}`. */
  #counted(): { written: string; most: number } {
    const rest = this.#characters.slice(this.#next, this.#next + 11).join('')
    const [whole, least, comma = '', most] = repeat.exec(rest) ?? []
    if (whole === undefined || (most !== undefined && Number(most) < Number(least))) throw this.#wrong()
    this.#next += whole.length
    const upTo = most === undefined ? '' : Number(most)
    return { written: `{${Number(least)}${comma}${upTo}}`, most: Math.max(Number(most ?? least), 1) }
  }

  #atom(depth: number): Part {
    const character = this.#characters[this.#next++] ?? ''
    switch (character) {
      case '.':
        return one('.')
      case '(': {
        if (this.#peek() === '?') throw this.#wrong()
        const inner = this.#alternatives(depth + 1)
        if (!this.#take(')')) throw this.#wrong()
        return { ...inner, written: `(?:${inner.written})`, size: inner.size + 1 }
      }
      case '[':
        return one(this.#set())
      case '"':
        return this.#literal()
      case '\\':
        return one(this.#escaped())
      case '?':
      case '*':
      case '+':
      case '{':
      case '}':
      case ']':
        throw this.#wrong()
      default:
        return one(quoted(character))
    }
  }

  #literal(): Part {
    let all: Part = { written: '', size: 1, times: 1 }
    while (!this.#take('"')) {
      const character = this.#characters[this.#next++]
      if (character === undefined) throw this.#wrong()
      all = joined(all, one(quoted(character)), '')
    }
    return { ...all, written: `(?:${all.written})` }
  }

  #escaped(): string {
    const character = this.#characters[this.#next++]
    if (character === undefined) throw this.#wrong()
    return classes.has(character) ? `\\${character}` : quoted(character)
  }

  /** `-` first or last is itself. */
  #set(): string {
    let written = this.#take('^') ? '[^' : '['
    let isFirst = true
    while (isFirst || this.#peek() !== ']') {
      if (this.#next >= this.#characters.length) throw this.#wrong()
      const from = this.#inSet()
      isFirst = false
      if (this.#peek() === '-' && this.#characters[this.#next + 1] !== ']' && from.code !== null) {
        this.#next += 1
        const to = this.#inSet()
        if (to.code === null || to.code < from.code) throw this.#wrong()
        written += `${from.written}-${to.written}`
      } else written += from.written
    }
    this.#next += 1
    return `${written}]`
  }

  #inSet(): { written: string; code: number | null } {
    const character = this.#characters[this.#next++]
    if (character === undefined) throw this.#wrong()
    if (character !== '\\') return { written: quoted(character), code: codeOf(character) }
    const escaped = this.#characters[this.#next++]
    if (escaped === undefined) throw this.#wrong()
    return classes.has(escaped)
      ? { written: `\\${escaped}`, code: null }
      : { written: quoted(escaped), code: codeOf(escaped) }
  }

  #peek(): string {
    return this.#characters[this.#next] ?? ''
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false
    this.#next += 1
    return true
  }

  #wrong(): Error {
    return wrong(this.#place, 'a regular expression of the API')
  }
}

/** `size`: about how many states the engine makes of it. `times`: how often the innermost repeat is repeated at most. */
interface Part {
  readonly written: string
  readonly size: number
  readonly times: number
}

function one(written: string): Part {
  return { written, size: 1, times: 1 }
}

function checkSize({ size }: Part): void {
  if (size > limits.patternSizeMax) throw tooMany('a regular expression written out', limits.patternSizeMax)
}

function joined(a: Part, b: Part, by: string): Part {
  return { written: `${a.written}${by}${b.written}`, size: a.size + b.size, times: Math.max(a.times, b.times) }
}

function quoted(character: string): string {
  return plain.test(character) ? character : `\\x{${codeOf(character).toString(16)}}`
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0
}
