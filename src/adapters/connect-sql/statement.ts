import { sqlErrors } from './errors.ts'

/** What may stand in a statement with a colon before it. */
export type ParameterName = 'day' | 'since'

/** What the lines at the head of a statement for changes say. */
export interface Increment {
  readonly key: readonly string[]
  /** The column that grows with every change of a row. */
  readonly changed: string
  /** The column that says that a row is no more. */
  readonly deleted: string | null
  /** 0 is Sunday: the day on which everything is asked for. */
  readonly whole: number | null
}

export interface Statement {
  readonly text: string
  /** In the order in which they were first met. */
  readonly names: readonly ParameterName[]
  readonly increment: Increment | null
}

/** How a database writes what is no place for a parameter, and how it names one. */
export interface Syntax {
  readonly opaque: RegExp
  placeholder(name: ParameterName, position: number): string
}

const comments = /--[^\n]*|\/\*[\s\S]*?\*\//
const quoted = /'(?:[^']|'')*'|"(?:[^"]|"")*"/
const either = (...patterns: readonly RegExp[]) => new RegExp(patterns.map(({ source }) => source).join('|'), 'y')

export const postgresSyntax: Syntax = {
  opaque: either(comments, /[eE]'(?:\\[\s\S]|''|[^'\\])*'/, quoted, /\$(\w*)\$[\s\S]*?\$\1\$/, /::/),
  placeholder: (_, position) => `$${position}`,
}

export const sqlServerSyntax: Syntax = {
  opaque: either(comments, quoted, /\[(?:[^\]]|\]\])*\]/, /::/),
  placeholder: (name) => `@fdp_${name}`,
}

export const oracleSyntax: Syntax = {
  opaque: either(
    ...[comments, /[qQ]'\[[\s\S]*?\]'/, /[qQ]'\{[\s\S]*?\}'/, /[qQ]'\([\s\S]*?\)'/, /[qQ]'<[\s\S]*?>'/],
    ...[/[qQ]'([^\s[{(<])[\s\S]*?\1'/, quoted],
  ),
  placeholder: (name) => `:${name}`,
}

const parameter = /(?<![\w\]):]):([A-Za-z_]\w*)/y
const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

/**
 * Finds the named parameters of a statement and gives it as the database takes it. Nothing is ever pasted in.
 * FDP_SQL_PARAMETER; FDP_SQL_INCREMENT where it holds `:since` and its head does not say how changes are told.
 */
export function readStatement(written: string, { opaque, placeholder }: Syntax): Statement {
  const names: ParameterName[] = []
  let text = ''
  for (let at = 0; at < written.length; ) {
    opaque.lastIndex = parameter.lastIndex = at
    const [kept] = opaque.exec(written) ?? []
    const [found, name] = kept === undefined ? (parameter.exec(written) ?? []) : []
    if (found !== undefined) {
      if (name !== 'day' && name !== 'since') throw unknownIn(written.slice(0, at))
      if (!names.includes(name)) names.push(name)
      text += placeholder(name, names.indexOf(name) + 1)
      at += found.length
    } else {
      text += kept ?? written[at]
      at += kept?.length ?? 1
    }
  }
  return { text: text.replace(/[\s;]+$/, ''), names, increment: names.includes('since') ? headOf(written) : null }
}

function unknownIn(before: string): Error {
  return sqlErrors('FDP_SQL_PARAMETER', { line: before.split('\n').length })
}

/** The comments before the statement: `-- word: what`. A word that is not known is refused, for it may be a known one misspelt. */
function headOf(written: string): Increment {
  const wrong = (what: string) => sqlErrors('FDP_SQL_INCREMENT', { what })
  const said = new Map<string, string>()
  for (const line of written.split('\n')) {
    if (!/^\s*(--.*)?$/.test(line)) break
    const [, word, what = ''] = /^\s*--\s*(\w+)\s*:(.*)$/.exec(line) ?? []
    if (word === undefined) continue
    if (!['key', 'changed', 'deleted', 'whole'].includes(word)) throw wrong('a word before a colon is not known')
    if (said.has(word)) throw wrong(`\`${word}\` is there twice`)
    said.set(word, what.trim())
  }
  const key = (said.get('key') ?? '').split(',').map((column) => column.trim())
  const changed = said.get('changed') ?? ''
  const whole = said.has('whole') ? weekdays.indexOf(said.get('whole')!.toLowerCase()) : null
  if (key.includes('')) throw wrong('`key` names no column')
  if (changed === '') throw wrong('`changed` names no column')
  if (said.get('deleted') === '') throw wrong('`deleted` names no column')
  if (whole === -1) throw wrong('`whole` names no weekday')
  return { key, changed, deleted: said.get('deleted') ?? null, whole }
}
