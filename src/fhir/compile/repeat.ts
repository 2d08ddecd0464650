import { joinSql, limits, rawSql, type Sql, sql } from '#kernel'
import type { Path } from '../definition/view.ts'
import { compilePath } from './path.ts'
import type { Scope } from './scope.ts'
import { item, stop, toItems } from './value.ts'

const nodes = rawSql('STRUCT(place INTEGER[], item JSON)[]')
const noNodes = sql`CAST([] AS ${nodes})`

/**
 * The items that the paths of a `repeat` reach from the focus, and those that they reach from each of these, and so on, in
 * the order of the tree from the top: a list of JSON.
 *
 * A lambda cannot call itself, so the tree is walked a level at a time, as often as the resource may be deep: no oftener
 * than it has brackets, nor than the limit. Each node carries its place (`[1, 0]`: the first child of the second node),
 * and places sort in the order wanted.
 */
export function repeatedItems(paths: readonly Path[], scope: Scope): Sql {
  const { lambdas } = scope
  const level = (state: Sql) => {
    const todo = sql`struct_extract(${state}, 'todo')`
    return sql`{'done': list_concat(struct_extract(${state}, 'done'), ${todo}), 'todo': ${lambdas.flatMap(todo, next)}}`
  }
  const next = (node: Sql) => {
    const place = sql`struct_extract(${node}, 'place')`
    return nodesOf(paths, { ...scope, focus: item(sql`struct_extract(${node}, 'item')`) }, place)
  }
  const start = sql`{'done': ${noNodes}, 'todo': ${nodesOf(paths, scope, rawSql('CAST([] AS INTEGER[])'))}}`
  const brackets = sql`length(regexp_replace(CAST(${scope.resource} AS VARCHAR), '[^{]', '', 'g'))`
  const rounds = sql`range(least(${brackets}, ${rawSql(String(limits.viewRepeatDepthMax))}))`
  const states = lambdas.map(rounds, () => sql`{'done': ${noNodes}, 'todo': ${noNodes}}`)
  return lambdas.let(lambdas.reduce(states, start, level), (end) => {
    const inOrder = sql`list_sort(struct_extract(${end}, 'done'))`
    const found = lambdas.map(inOrder, (node) => sql`struct_extract(${node}, 'item')`)
    return sql`CASE WHEN len(struct_extract(${end}, 'todo')) > 0 THEN ${stop('too deep')} ELSE ${found} END`
  })
}

/** What the paths give in a scope, one path after the other, each with its place below `parent`. */
function nodesOf(paths: readonly Path[], scope: Scope, parent: Sql): Sql {
  const { lambdas } = scope
  const each = paths.map((path) => toItems(compilePath(path, scope), lambdas))
  const all = sql`flatten([${joinSql(each, ', ')}])`
  return lambdas.mapWithPosition(
    all,
    (it, position) => sql`{'place': list_append(${parent}, CAST(${position} AS INTEGER)), 'item': ${it}}`,
  )
}
