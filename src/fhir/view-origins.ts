import { type ColumnOrigins, joinedOrigin, type Origin } from '#contracts'
import type { Select, View } from './definition/view.ts'
import type { Expression } from './path/expression.ts'

/** What a path says of where a value stands: where it ends, what else it looks at, and whether it does more than walk. */
interface Walked {
  readonly at: readonly string[]
  readonly also: readonly string[]
  readonly computed: boolean
}

/** Functions that choose among what a path reached, and change nothing of it. */
const choosing = new Set(['first', 'last', 'where', 'ofType', 'extension', 'getResourceKey', 'getReferenceKey'])

/**
 * Which elements of the resource each column of a view comes from, as `Patient.name.family`, those that its conditions
 * look at among them; never a literal of a path. `expression`: a path does more than walk and choose.
 */
export function viewOrigins(view: View): ColumnOrigins {
  const columns = new Map<string, Origin[]>()
  const rows: string[] = view.where.flatMap(({ expression }) => everything(walk(expression, [view.resource])))
  for (const select of view.select) originsOf(select, [view.resource], columns, rows)
  return {
    properties: Object.fromEntries([...columns].map(([name, ways]) => [name, joinedOrigin(ways)])),
    rows: [...new Set(rows)],
  }
}

function originsOf(select: Select, context: readonly string[], columns: Map<string, Origin[]>, rows: string[]): void {
  const reached = (select.iteration?.paths ?? []).map(({ expression }) => walk(expression, context))
  rows.push(...reached.flatMap(({ also }) => also))
  const inside = reached.length === 0 ? context : reached.flatMap(({ at }) => at)
  for (const { name, path } of select.column) {
    columns.set(name, [...(columns.get(name) ?? []), originOf(walk(path.expression, inside))])
  }
  for (const each of [...select.select, ...select.unionAll]) originsOf(each, inside, columns, rows)
}

function originOf(walked: Walked): Origin {
  const from = everything(walked)
  if (from.length === 0) return { from, steps: ['constant'] }
  return { from, steps: walked.computed ? ['expression'] : [] }
}

function everything({ at, also }: Walked): string[] {
  return [...at, ...also]
}

function walk(expression: Expression, context: readonly string[]): Walked {
  const from = (of: Expression | null): Walked => (of ? walk(of, context) : { at: context, also: [], computed: false })
  switch (expression.kind) {
    case 'literal':
    case 'empty':
    case 'variable':
      return { at: [], also: [], computed: true }
    case 'this':
      return { at: context, also: [], computed: false }
    case 'member': {
      const { at, also, computed } = from(expression.of)
      return { at: at.map((place) => `${place}.${expression.name}`), also, computed }
    }
    case 'call': {
      const before = from(expression.of)
      const name = expression.name === 'extension' ? '.extension' : ''
      const looked = expression.name === 'ofType' ? [] : expression.args.map((each) => walk(each, before.at))
      const key = expression.name === 'getResourceKey' ? '.id' : name
      return {
        at: before.at.map((place) => `${place}${key}`),
        also: [...before.also, ...looked.flatMap(everything)],
        computed: before.computed || !choosing.has(expression.name),
      }
    }
    case 'index':
    case 'negative': {
      const before = walk(expression.of, context)
      return { ...before, computed: before.computed || expression.kind === 'negative' }
    }
    case 'binary': {
      const sides = [expression.left, expression.right].map((each) => walk(each, context))
      return { at: sides.flatMap(({ at }) => at), also: sides.flatMap(({ also }) => also), computed: true }
    }
  }
}
