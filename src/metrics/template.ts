import { ident, joinSql, rawSql, type Sql, sql } from '#kernel'
import { fail } from './errors.ts'

/** A computed column that many metrics use, written once: SQL over its arguments. */
export interface DerivedColumn {
  readonly arguments: readonly string[]
  readonly sqlFile: string
  readonly sql: string
}

/** What a template may name. */
export interface TemplateNames {
  readonly relations: readonly string[]
  readonly parameters: readonly string[]
  readonly derived: Readonly<Record<string, DerivedColumn>>
}

export interface TemplateValues {
  readonly relations: Readonly<Record<string, Sql>>
  readonly parameters: Readonly<Record<string, Sql>>
  readonly derived: Readonly<Record<string, DerivedColumn>>
}

const placeholder = /\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:\(([^(){}]*)\))?\s*\}\}/g
const columnPattern = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$/

/**
 * Fills `{{ relation }}`, `{{ parameter }}` and `{{ derived(column, parameter) }}`. Templates come with the product,
 * never from a caller; values become bound values or sub-queries, never text.
 */
export function fillTemplate(template: string, values: TemplateValues): Sql {
  return fill(withoutComments(template), (name, args) => {
    if (args === null) return values.relations[name] ?? values.parameters[name] ?? unknownName(name)
    const derived = values.derived[name] ?? unknownName(name)
    const given = args.map((arg) => values.parameters[arg] ?? columnSql(arg))
    return fill(withoutComments(derived.sql), (inner) => given[derived.arguments.indexOf(inner)] ?? unknownName(inner))
  })
}

/**
 * Finds an author's slips before anything runs: unknown names, wrong arguments, several statements, a table that is not
 * one of the named relations. It is not a wall against a hostile author: products are reviewed like the code they are.
 */
export function checkTemplate(file: string, template: string, names: TemplateNames): void {
  const lineOf = (index: number) => template.slice(0, index).split('\n').length
  const refuse = (index: number, problem: string, help: string) =>
    fail('FDP_METRICS_DECLARATION', { file, line: lineOf(index), problem, help })
  const known = [...names.relations, ...names.parameters, ...Object.keys(names.derived)]
  for (const match of blankComments(template).matchAll(placeholder)) {
    const name = match[1] ?? ''
    if (!known.includes(name)) throw refuse(match.index, `unknown name \`${name}\``, `known: ${known.join(', ')}`)
    const derived = Object.hasOwn(names.derived, name) ? names.derived[name] : undefined
    const given = match[2] === undefined ? null : splitArguments(match[2])
    if ((derived?.arguments.length ?? null) !== (given?.length ?? null)) {
      throw refuse(
        match.index,
        `\`${name}\` has other arguments`,
        derived ? `write ${name}(${derived.arguments.join(', ')})` : 'write it without brackets',
      )
    }
    const odd = given?.find((arg) => !names.parameters.includes(arg) && !columnPattern.test(arg))
    if (odd !== undefined)
      throw refuse(match.index, 'an argument is a column or a parameter', 'compute it in a sub-query first')
  }
  const plain = blankComments(template)
  const stop = plain.indexOf(';')
  if (stop >= 0) throw refuse(stop, 'a metric is one statement', 'take the semicolon out')
  const own = [...plain.matchAll(/\b([A-Za-z_]\w*)\s+as\s+\(/gi)].map((match) => match[1])
  for (const match of plain.matchAll(/(?<!distinct\s+)\b(?:from|join)\s+(?!\(|\{\{)(\S+)/gi)) {
    if (!own.includes(match[1]?.replace(/[,)]+$/, ''))) {
      throw refuse(
        match.index,
        'this reads something that the metric does not declare',
        'name it under `relations` or `references`',
      )
    }
  }
}

/** Derived columns that a template uses, each with the columns that it is worked out from, without their relations' names. */
export function derivedUses(
  template: string,
  derived: Readonly<Record<string, DerivedColumn>>,
): readonly { readonly name: string; readonly from: readonly string[] }[] {
  return [...withoutComments(template).matchAll(placeholder)].flatMap(([, name = '', given]) => {
    if (given === undefined || !Object.hasOwn(derived, name)) return []
    return [{ name, from: splitArguments(given).map((each) => each.split('.').at(-1)!) }]
  })
}

function fill(template: string, resolve: (name: string, args: readonly string[] | null) => Sql): Sql {
  const parts: Sql[] = []
  let at = 0
  for (const match of template.matchAll(placeholder)) {
    parts.push(rawSql(template.slice(at, match.index)))
    parts.push(resolve(match[1] ?? '', match[2] === undefined ? null : splitArguments(match[2])))
    at = match.index + match[0].length
  }
  parts.push(rawSql(template.slice(at)))
  return joinSql(parts, '')
}

function columnSql(name: string): Sql {
  return joinSql(name.split('.').map(ident), '.')
}

function splitArguments(text: string): string[] {
  return text.split(',').map((part) => part.trim())
}

/** Comments are for the reader of the file; the engine gets the statement. */
function withoutComments(template: string): string {
  return template.replace(/^\s*--.*\n?/gm, '').trim()
}

/** Comments as spaces, so that positions stay. */
function blankComments(template: string): string {
  return template.replace(/--.*$/gm, (comment) => ' '.repeat(comment.length))
}

function unknownName(name: string): never {
  throw new Error(`a checked template names the unknown ${name}`)
}

/** A date as the engine compares it. */
export function dateSql(day: string): Sql {
  return sql`cast(${day} as date)`
}
