import { ontologyErrors } from './errors.ts'
import type { Test, Where } from './object-query.ts'

const operators = { '=': 'eq', '!=': 'ne', '<': 'lt', '<=': 'lte', '>': 'gt', '>=': 'gte' } as const

/** Reads the filters of a command line: each one test, all of them must hold. FDP_ONTOLOGY_FILTER names the position only. */
export function parseWhere(texts: readonly string[]): Where | undefined {
  if (texts.length === 0) return undefined
  return { type: 'and', of: texts.map((text, i) => parseTest(text.trim(), `--where ${i + 1}`)) }
}

function parseTest(text: string, at: string): Test {
  const compare = /^([A-Za-z_]\w*)\s*(<=|>=|!=|=|<|>)\s*(.+)$/s.exec(text)
  if (compare) {
    const [, property = '', operator = '', value = ''] = compare
    return { type: operators[operator as keyof typeof operators], property, value: value.trim() }
  }
  const within = /^([A-Za-z_]\w*)\s+in\s+(.+)$/is.exec(text)
  if (within)
    return { type: 'in', property: within[1] ?? '', values: (within[2] ?? '').split('|').map((v) => v.trim()) }
  const empty = /^([A-Za-z_]\w*)\s+is\s+null$/i.exec(text)
  if (empty) return { type: 'isNull', property: empty[1] ?? '' }
  throw ontologyErrors('FDP_ONTOLOGY_FILTER', { at })
}
