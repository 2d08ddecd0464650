import type { Static, TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { LineCounter, parseDocument } from 'yaml'

/** Makes the error for what is not right at a place: `line 3`, `the top`, `types.Patient`. */
export type Wrong = (where: string, what: string) => Error

/** What a YAML text says; null of an empty one. */
export function readYaml(text: string, wrong: Wrong): unknown {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  const [syntax] = document.errors
  if (syntax) throw wrong(`line ${lines.linePos(syntax.pos[0]).line}`, 'not YAML')
  try {
    return document.toJS({ maxAliasCount: 0 })
  } catch {
    throw wrong('the top', 'aliases are not read here')
  }
}

/** The same as a schema has it, defaults filled in. */
export function asDeclared<S extends TSchema>(schema: S, said: unknown, wrong: Wrong): Static<S> {
  const found = Value.Default(schema, said ?? {})
  const [first] = Value.Errors(schema, found)
  if (!first) return found as Static<S>
  const where = first.path.slice(1).replaceAll('/', '.') || 'the top'
  throw wrong(where, first.message.charAt(0).toLowerCase() + first.message.slice(1))
}
