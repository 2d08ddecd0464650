import { limits } from '#kernel'
import { fail } from '../errors.ts'
import { type BinaryOperator, bindingPowers, type Expression } from './expression.ts'
import { type PathSource, pathError } from './path-error.ts'
import { type Token, tokensOf } from './tokens.ts'

/**
 * Parses the subset of FHIRPath that SQL on FHIR v2 names (and a little more, see spec/fhir-views.md). Only the form is
 * looked at: whether a function or variable exists is said when the path is compiled.
 * Errors: FDP_FHIR_PATH with the character, FDP_FHIR_TOO_LARGE.
 */
export function parsePath(source: PathSource): Expression {
  if (source.text.length > limits.viewPathCharactersMax)
    throw fail('FDP_FHIR_TOO_LARGE', { place: source.place, max: limits.viewPathCharactersMax, what: 'characters' })
  return new PathParser(source).whole()
}

/** Operator precedence parsing: `expression(n)` takes whatever binds more strongly than n. */
class PathParser {
  readonly #source: PathSource
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0
  #steps = 0

  constructor(source: PathSource) {
    this.#source = source
    this.#tokens = tokensOf(source)
  }

  whole(): Expression {
    const expression = this.#expression(0)
    if (this.#token.kind !== 'end') throw this.#unexpected('an operator')
    return expression
  }

  #expression(power: number): Expression {
    let left = this.#deeper(() => this.#unary())
    for (;;) {
      const { text, at } = this.#token
      const operator = this.#operator()
      if (operator === null || bindingPowers[operator] <= power) return left
      this.#next++
      this.#countStep()
      const right = this.#expression(bindingPowers[operator])
      left = { kind: 'binary', operator: text as BinaryOperator, left, right, at }
    }
  }

  #operator(): BinaryOperator | null {
    const { kind, text } = this.#token
    return (kind === 'symbol' || kind === 'name') && Object.hasOwn(bindingPowers, text)
      ? (text as BinaryOperator)
      : null
  }

  #unary(): Expression {
    const { at } = this.#token
    if (this.#take('-')) return { kind: 'negative', of: this.#deeper(() => this.#unary()), at }
    if (this.#take('+')) return this.#deeper(() => this.#unary())
    return this.#invocations(this.#term())
  }

  #invocations(start: Expression): Expression {
    let of = start
    for (;;) {
      const { at } = this.#token
      if (this.#take('.')) of = this.#named(of)
      else if (this.#take('[')) {
        const index = this.#expression(0)
        this.#expect(']')
        of = { kind: 'index', of, index, at }
      } else return of
      this.#countStep()
    }
  }

  #term(): Expression {
    const { kind, text, at } = this.#token
    if (kind === 'name') return this.#named(null)
    if (this.#take('(')) {
      const inner = this.#expression(0)
      this.#expect(')')
      return inner
    }
    if (this.#take('{')) {
      this.#expect('}')
      return { kind: 'empty', at }
    }
    if (kind === 'symbol' || kind === 'end') throw this.#unexpected('a name or a literal')
    this.#next++
    return kind === 'variable' ? { kind, name: text, at } : { kind: 'literal', type: kind, text, at }
  }

  #named(of: Expression | null): Expression {
    const { kind, text, at } = this.#token
    if (kind !== 'name') throw this.#unexpected('a name')
    this.#next++
    if (this.#take('(')) return { kind: 'call', of, name: text, args: this.#args(), at }
    if (of === null && text === '$this') return { kind: 'this', at }
    if (of === null && (text === 'true' || text === 'false')) return { kind: 'literal', type: 'boolean', text, at }
    if (text.startsWith('$')) throw pathError(this.#source, at, `\`${text}\` is not known here`)
    return { kind: 'member', of, name: text, at }
  }

  #args(): Expression[] {
    const args: Expression[] = []
    if (this.#take(')')) return args
    do args.push(this.#expression(0))
    while (this.#take(','))
    this.#expect(')')
    return args
  }

  get #token(): Token {
    return this.#tokens[this.#next] as Token
  }

  #take(symbol: string): boolean {
    const taken = this.#token.kind === 'symbol' && this.#token.text === symbol
    if (taken) this.#next++
    return taken
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) throw this.#unexpected(`\`${symbol}\``)
  }

  #unexpected(wanted: string) {
    const { kind, text, at } = this.#token
    const found = kind === 'end' ? 'the end' : kind === 'symbol' || kind === 'name' ? `\`${text}\`` : `a ${kind}`
    return pathError(this.#source, at, `${found} stands where ${wanted} should`)
  }

  #deeper<T>(parse: () => T): T {
    this.#depth++
    if (this.#depth > limits.viewPathDepthMax)
      throw fail('FDP_FHIR_TOO_LARGE', {
        ...{ place: this.#source.place, max: limits.viewPathDepthMax, what: 'levels of nesting in a path' },
      })
    const parsed = parse()
    this.#depth--
    return parsed
  }

  #countStep(): void {
    this.#steps++
    if (this.#steps > limits.viewPathStepsMax)
      throw fail('FDP_FHIR_TOO_LARGE', {
        ...{ place: this.#source.place, max: limits.viewPathStepsMax, what: 'steps and operators in a path' },
      })
  }
}
