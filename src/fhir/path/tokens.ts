import { type PathSource, pathError } from './path-error.ts'

export interface Token {
  readonly kind: 'string' | 'number' | 'date' | 'dateTime' | 'time' | 'name' | 'variable' | 'symbol' | 'end'
  /** Without quotes, `@`, `%` or escapes. */
  readonly text: string
  readonly at: number
}

const dateForm = String.raw`\d{4}(?:-\d{2}(?:-\d{2})?)?`
const clockForm = String.raw`\d{2}(?::\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?`
const zoneForm = String.raw`(?:Z|[+-]\d{2}:\d{2})?`

/** Tried in this order at each place; the first group is the token's text. */
const forms: readonly (readonly [Token['kind'] | 'space', RegExp])[] = [
  ['space', /((?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+)/y],
  ['string', /'((?:[^'\\]|\\.)*)'/y],
  ['time', new RegExp(`@T(${clockForm})`, 'y')],
  ['dateTime', new RegExp(`@(${dateForm}T(?:${clockForm}${zoneForm})?)`, 'y')],
  ['date', new RegExp(`@(${dateForm})`, 'y')],
  ['number', /(\d+(?:\.\d+)?)/y],
  ['variable', /%([A-Za-z_][A-Za-z0-9_]*)/y],
  ['name', /(\$?[A-Za-z_][A-Za-z0-9_]*)/y],
  ['name', /`([A-Za-z_][A-Za-z0-9_]*)`/y],
  ['symbol', /(!=|!~|<=|>=|[.,()[\]{}=~<>+\-*/|&])/y],
]

/** Splits a path by FHIRPath 2.0, "Lexical Elements" and "Literals"; the last token is `end`. */
export function tokensOf(source: PathSource): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < source.text.length) {
    const { kind, text, next } = tokenAt(source, at)
    if (kind !== 'space') tokens.push({ kind, text: kind === 'string' ? unescaped(source, text, at) : text, at })
    at = next
  }
  return [...tokens, { kind: 'end', text: 'the end', at }]
}

function tokenAt(source: PathSource, at: number) {
  for (const [kind, form] of forms) {
    form.lastIndex = at
    const text = form.exec(source.text)?.[1]
    if (text !== undefined) return { kind, text, next: form.lastIndex }
  }
  throw pathError(source, at, 'this is no name, literal or operator of FHIRPath')
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f' }

function unescaped(source: PathSource, text: string, at: number): string {
  const plain = text.replaceAll(/\\(u[0-9A-Fa-f]{4}|.)/gs, (_, code: string) =>
    code.length === 5 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (escapes[code] ?? code),
  )
  if (plain.includes('\0')) throw pathError(source, at, 'a text holds a null character', 'leave it out')
  return plain
}
