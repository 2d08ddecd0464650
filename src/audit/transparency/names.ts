import type { GovernanceState } from '#governance'

/** Stands where an officer had typed somebody's name or id. */
export const withheld = '(name withheld)'

const wordPattern = /[\p{L}\p{N}][\p{L}\p{N}@._'’-]*/gu
const charactersMin = 4

/**
 * Takes the names and ids of registered people out of what officers typed: titles, reasons, assessments. Names of people
 * whom no register knows cannot be told from other words; spec/transparency.md says so.
 */
export class Names {
  #persons: GovernanceState['persons'] | null = null
  #byFirstWord = new Map<string, string[]>()

  without(text: string, { persons }: Pick<GovernanceState, 'persons'>): string {
    this.#learn(persons)
    let shown = ''
    let from = 0
    for (const { index } of text.matchAll(wordPattern)) {
      if (index < from) continue
      const rest = text.slice(index).toLowerCase()
      const found = (this.#byFirstWord.get(firstWord(rest)) ?? []).find((name) => isWhole(rest, name))
      if (found === undefined) continue
      shown += text.slice(from, index) + withheld
      from = index + found.length
    }
    return shown + text.slice(from)
  }

  #learn(persons: GovernanceState['persons']): void {
    if (persons === this.#persons) return
    this.#persons = persons
    this.#byFirstWord = new Map()
    for (const { id, name } of persons.values()) {
      for (const each of new Set([id.toLowerCase(), name.trim().toLowerCase()])) {
        if (each.length < charactersMin) continue
        const known = this.#byFirstWord.get(firstWord(each)) ?? []
        // Longest first: of two names that begin alike, the whole of the longer one goes.
        this.#byFirstWord.set(
          firstWord(each),
          [...known, each].sort((a, b) => b.length - a.length),
        )
      }
    }
  }
}

function firstWord(text: string): string {
  return /^[\p{L}\p{N}]+/u.exec(text)?.[0] ?? ''
}

function isWhole(text: string, name: string): boolean {
  return text.startsWith(name) && !/^[\p{L}\p{N}]/u.test(text.slice(name.length, name.length + 2))
}
