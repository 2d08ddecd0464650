import { type ObjectType, objectTypes } from '#contracts'
import { shown } from '#privacy'
import { aggregates, casts, scalars, steady, windows } from './allowed.ts'
import type { Node, Parsed, Refuse } from './tree.ts'

/** Where the rows and columns of a query come from; columns of inputs as `RttPeriod.clockStartDate`. */
export interface Lineage {
  /** Object types read, each once. */
  readonly inputs: readonly string[]
  readonly columns: ReadonlyMap<string, ColumnOrigin>
  /** What decides which rows there are: filters, joins, groups. */
  readonly rows: ReadonlySet<string>
  /** Whether its rows are about people. */
  readonly people: boolean
}

export interface ColumnOrigin {
  readonly from: ReadonlySet<string>
  /** What decides which rows its values come from. */
  readonly by: ReadonlySet<string>
  /** Of which type it is a record's key, passed on unchanged; `person`: whom the row is about; null: a value. */
  readonly key: string | null
  /** Whether it is the primary key of the type. */
  readonly primary: boolean
}

interface Relation {
  readonly columns: ReadonlyMap<string, ColumnOrigin>
  readonly people: boolean
  /** What decides which rows there are, and what how many of each. */
  readonly rows: ReadonlySet<string>
  readonly times: ReadonlySet<string>
}

/** A relation in FROM. `anchor`: the one whose `person` the rows of the query are about. */
interface Named extends Relation {
  readonly alias: string
  readonly anchor: boolean
}

/** What stands behind FROM, with what decides its rows so far. */
interface From {
  readonly relations: readonly Named[]
  readonly rows: Set<string>
  readonly times: Set<string>
}

interface Scope extends From {
  /** What the select list calls by a name of its own, as far as it was looked at. */
  readonly aliases: Map<string, ColumnOrigin & { readonly isColumn: boolean }>
  aggregated: boolean
  windowed: boolean
}

const personName = 'person'

/**
 * Goes through the whole tree of a query. Every node, key and function has to be one that is known here. Rows about
 * people are kept apart: they are joined, grouped and windowed by `person`, so that no row is made of two people's.
 * FDP_MODEL_SQL with the place.
 */
export function lineageOf({ root, refuse }: Parsed): Lineage {
  const walk = new Walk(refuse)
  const { columns, people, rows } = walk.select(root, new Map())
  return { inputs: [...walk.inputs].sort(), columns, rows, people }
}

class Walk {
  readonly refuse: Refuse
  readonly inputs = new Set<string>()

  constructor(refuse: Refuse) {
    this.refuse = refuse
  }

  select(node: Node, outer: ReadonlyMap<string, Relation>): Relation {
    if (node.type !== 'SELECT_NODE')
      throw this.refuse(node, 'this is more than one SELECT', 'write one SELECT; put the parts into WITH and join them')
    this.#only(node, selectKeys)
    if (node.aggregate_handling !== 'STANDARD_HANDLING')
      throw this.refuse(node, 'what is grouped by is not named', 'write the columns behind GROUP BY')
    const ctes = this.#withs(node, outer)
    const scope = scopeOf(this.#from(node.from_table as Node, ctes))
    const { relations } = scope
    const columns = new Map<string, ColumnOrigin>()
    for (const item of (node.select_list ?? []) as Node[]) {
      const name = String(item.alias ?? (item.column_names as string[] | undefined)?.at(-1) ?? '')
      if (name === '') throw this.refuse(item, 'this column has no name', 'give it one: `… AS name`')
      if ([...columns.keys()].some((each) => same(each, name))) throw this.refuse(item, 'two columns have one name')
      const origin = this.#expression(item, scope, true)
      if (origin.key === personName && !this.#personOf(item, relations)?.anchor)
        throw this.refuse(item, 'this `person` may be missing', 'select `person` of the first relation about people')
      if (same(name, personName) !== (origin.key === personName))
        throw this.refuse(item, '`person` is whom a row is about, and is called so', 'pass on `person` as it is')
      columns.set(name, origin)
      scope.aliases.set(name.toLowerCase(), { ...origin, isColumn: item.class === 'COLUMN_REF' })
    }
    const isGrouped = this.#clauses(node, scope, columns)
    const people = relations.some((each) => each.people)
    if (people && !columns.has(personName))
      throw this.refuse(
        node,
        'rows about people come without `person`',
        'select `person`; figures about many people are what metrics are for',
      )
    // How many rows there are of each shows in what is counted over them, and in nothing else.
    if (scope.aggregated || scope.windowed || isGrouped) for (const each of scope.times) scope.rows.add(each)
    return { columns: decidedBy(columns, scope.rows), people, rows: scope.rows, times: scope.times }
  }

  #clauses(node: Node, scope: Scope, columns: ReadonlyMap<string, ColumnOrigin>): boolean {
    for (const clause of ['where_clause', 'having', 'qualify'] as const) {
      if (node[clause]) decides(scope.rows, this.#expression(node[clause] as Node, scope))
    }
    const groups = (node.group_expressions ?? []) as Node[]
    if (groups.length > 0 && ((node.group_sets ?? []) as unknown[]).length > 1)
      throw this.refuse(node, 'there is more than one set of groups')
    const by = groups.map((each) => {
      if (each.class === 'CONSTANT') throw this.refuse(each, 'a group is named by its place', 'write the column')
      return this.#expression(each, scope, true)
    })
    for (const each of by) decides(scope.rows, each)
    if (groups.length > 0 || scope.aggregated) this.#byPerson(node, groups, scope, 'GROUP BY')
    for (const modifier of (node.modifiers ?? []) as Node[]) {
      if (modifier.type !== 'DISTINCT_MODIFIER')
        throw this.refuse(node, 'a data set has no order and no limit', 'leave ORDER BY, LIMIT and OFFSET out')
      this.#only(modifier, ['type'])
      for (const each of columns.values()) decides(scope.rows, each)
    }
    return groups.length > 0 || node.modifiers !== undefined
  }

  #withs(node: Node, outer: ReadonlyMap<string, Relation>): ReadonlyMap<string, Relation> {
    const known = new Map(outer)
    const { map = [] } = (node.cte_map ?? {}) as { map?: readonly { key: string; value: Node }[] }
    for (const { key, value } of map) {
      this.#only(value, ['query', 'materialized'])
      if (typeOf(key)) throw this.refuse(node, `\`${key}\` is called like an object type`, 'call it otherwise')
      known.set(key.toLowerCase(), this.select((value.query as { node: Node }).node, known))
    }
    return known
  }

  #from(node: Node | undefined, ctes: ReadonlyMap<string, Relation>): From {
    if (!node || node.type === 'EMPTY') throw this.refuse(node ?? null, 'there is no FROM')
    if (node.type === 'JOIN') return this.#join(node, ctes)
    const relation = node.type === 'BASE_TABLE' ? this.#table(node, ctes) : this.#subquery(node, ctes)
    const alias = String(node.alias ?? node.table_name)
    const named = { ...relation, alias: alias.toLowerCase(), anchor: relation.people }
    return { relations: [named], rows: new Set(relation.rows), times: new Set(relation.times) }
  }

  #table(node: Node, ctes: ReadonlyMap<string, Relation>): Relation {
    this.#only(node, ['type', 'alias', 'query_location', 'table_name'])
    const name = String(node.table_name)
    const cte = ctes.get(name.toLowerCase())
    if (cte) return cte
    const type = typeOf(name)
    if (!type)
      throw this.refuse(
        node,
        'this is neither an object type nor a part of WITH',
        'read object types and models by their names',
      )
    this.inputs.add(type.name)
    return inputRelation(type)
  }

  #subquery(node: Node, ctes: ReadonlyMap<string, Relation>): Relation {
    if (node.type !== 'SUBQUERY' || node.alias === undefined)
      throw this.refuse(node, 'this is nothing to read from', 'read object types and models by their names')
    this.#only(node, ['type', 'alias', 'query_location', 'subquery'])
    return this.select((node.subquery as { node: Node }).node, ctes)
  }

  #join(node: Node, ctes: ReadonlyMap<string, Relation>): From {
    this.#only(node, ['type', 'query_location', 'left', 'right', 'condition', 'join_type', 'ref_type', 'delim_flipped'])
    const isCross = node.ref_type === 'CROSS' && node.condition === undefined
    if (!isCross && (node.ref_type !== 'REGULAR' || node.condition === undefined))
      throw this.refuse(node, 'this join says not how rows meet', 'write JOIN … ON')
    if (node.join_type !== 'INNER' && node.join_type !== 'LEFT')
      throw this.refuse(node, 'only JOIN and LEFT JOIN are understood')
    const { relations: left, rows, times } = this.#from(node.left as Node, ctes)
    const { relations: right } = this.#from(node.right as Node, ctes)
    if (right.length > 1)
      throw this.refuse(
        node,
        'a join stands on the right of a join',
        'write one join behind the other, without brackets',
      )
    const [only] = right as [Named]
    if (left.some(({ alias }) => alias === only.alias))
      throw this.refuse(node, 'two relations have one name', 'give one of them another: `… AS name`')
    const anchored = left.some(({ anchor }) => anchor)
    if (node.join_type === 'LEFT' && only.people && !anchored)
      throw this.refuse(node, 'rows about nobody come before rows about people', 'begin FROM with those about people')
    const named = { ...only, anchor: only.people && !anchored }
    const meets = new Set([...only.rows, ...only.times])
    const scope = scopeOf({ relations: [...left, named], rows: new Set(), times: new Set() })
    if (!isCross) decides(meets, this.#expression(node.condition as Node, scope))
    if (
      only.people &&
      anchored &&
      (isCross || !conjuncts(node.condition as Node).some((each) => this.#meets(each, left, only)))
    )
      throw this.refuse(
        node,
        'rows about people meet without their `person`',
        `add \`AND ${only.alias}.person = …person\` to ON: no row is made of two people's`,
      )
    // A row without a partner stays: who the partners are shows in their columns, and in how many rows there are.
    const isLeft = node.join_type === 'LEFT'
    for (const each of meets) (isLeft ? times : rows).add(each)
    const joined = isLeft ? { ...named, columns: decidedBy(named.columns, meets) } : named
    return { relations: [...left, joined], rows, times }
  }

  /** Whether a condition is `right.person = anchor.person`. */
  #meets(node: Node, left: readonly Named[], right: Named): boolean {
    if (node.type !== 'COMPARE_EQUAL') return false
    const owners = [node.left, node.right].map((side) => this.#personOf(side as Node, [...left, right]))
    return owners.some((each) => each === right) && owners.some((each) => each?.anchor === true && each !== right)
  }

  /** Whose `person` an expression is; null: it is something else. */
  #personOf(node: Node, relations: readonly Named[]): Named | null {
    if (node.class !== 'COLUMN_REF') return null
    const { relation, origin } = this.#column(node, relations) ?? {}
    return relation && origin?.key === personName ? relation : null
  }

  #byPerson(at: Node, by: readonly Node[], { relations }: Scope, clause: string): void {
    if (!relations.some(({ people }) => people)) return
    if (!by.some((each) => this.#personOf(each, relations)?.anchor)) {
      const { alias } = relations.find(({ anchor }) => anchor)!
      throw this.refuse(
        at,
        'rows of several people would become one',
        `name \`${alias}.person\` behind ${clause}; figures about many people are what metrics are for`,
      )
    }
  }

  #expression(node: Node, scope: Scope, mayBeKey = false): ColumnOrigin {
    const origin = this.#origin(node, scope)
    if (origin.key !== null && !mayBeKey)
      throw this.refuse(
        node,
        'a key is neither worked with nor compared with anything but a key of the same kind',
        'keys may be passed on, joined, grouped, ordered and counted by',
      )
    return origin
  }

  #origin(node: Node, scope: Scope): ColumnOrigin {
    const kind = String(node.class)
    const keys = expressionKeys[kind]
    if (!keys) throw this.refuse(node, 'this is not understood')
    this.#only(node, ['class', 'type', 'alias', 'query_location', ...keys])
    switch (kind) {
      case 'COLUMN_REF':
        return this.#reference(node, scope)
      case 'CONSTANT':
        return merged([])
      case 'CAST': {
        const id = String((node.cast_type as { id?: string }).id)
        if (!casts.has(id)) throw this.refuse(node, 'there is no such type here')
        return this.#all([node.child], scope)
      }
      case 'CASE': {
        const checks = node.case_checks as readonly { when_expr: Node; then_expr: Node }[]
        return this.#all(
          [...checks.flatMap(({ when_expr, then_expr }) => [when_expr, then_expr]), node.else_expr],
          scope,
        )
      }
      case 'COMPARISON':
        return this.#comparison(node, scope)
      case 'BETWEEN':
        return this.#all([node.input, node.lower, node.upper], scope)
      case 'CONJUNCTION':
        return this.#all(node.children as Node[], scope)
      case 'OPERATOR':
        return this.#operator(node, scope)
      case 'WINDOW':
        return this.#window(node, scope)
      default:
        return this.#function(node, scope)
    }
  }

  #all(nodes: readonly unknown[], scope: Scope, mayBeKey = false): ColumnOrigin {
    const given = nodes.filter((each) => each !== undefined) as Node[]
    return merged(given.map((each) => this.#expression(each, scope, mayBeKey)))
  }

  #comparison(node: Node, scope: Scope): ColumnOrigin {
    if (!comparisons.has(node.type)) throw this.refuse(node, 'this comparison is not understood')
    const sides = [node.left, node.right].map((side) => this.#expression(side as Node, scope, true))
    const [left, right] = sides as [ColumnOrigin, ColumnOrigin]
    const mayKeys = left.key === right.key && (left.key === null || equalities.has(node.type))
    if (!mayKeys)
      throw this.refuse(node, 'a key is compared with something else', 'keys may only equal keys of the same kind')
    return merged([left, right])
  }

  #operator(node: Node, scope: Scope): ColumnOrigin {
    if (!operators.has(node.type)) throw this.refuse(node, 'this is not understood')
    return this.#all(node.children as Node[], scope, node.type.startsWith('OPERATOR_IS_'))
  }

  #function(node: Node, scope: Scope): ColumnOrigin {
    const name = String(node.function_name)
    const isAggregate = aggregates.has(name)
    if (!isAggregate && !scalars.has(name))
      throw this.refuse(node, `there is no function \`${printable(name)}\` here`, 'spec/models.md lists the functions')
    if (!isAggregate && (node.distinct || node.filter))
      throw this.refuse(node, 'only aggregates have DISTINCT and FILTER')
    if (isAggregate) scope.aggregated = true
    this.#only((node.order_bys ?? { type: '' }) as Node, ['type'])
    return this.#all([...((node.children ?? []) as Node[]), node.filter], scope, name === 'count')
  }

  #window(node: Node, scope: Scope): ColumnOrigin {
    const isAggregate = node.type === 'WINDOW_AGGREGATE'
    if (isAggregate ? !aggregates.has(String(node.function_name)) : !windows.has(node.type))
      throw this.refuse(node, 'there is no such window here', 'spec/models.md lists the functions')
    const partitions = (node.partitions ?? []) as Node[]
    const orders = (node.orders ?? []) as readonly { expression: Node }[]
    this.#byPerson(node, partitions, scope, 'PARTITION BY')
    const ordered = orders.map((each) => {
      this.#only(each as unknown as Node, ['type', 'null_order', 'expression'])
      return this.#expression(each.expression, scope, true)
    })
    const isSettled = ordered.some(({ primary }) => primary)
    if (!isSettled && !steady.has(node.type) && !(isAggregate && orders.length === 0))
      throw this.refuse(
        node,
        'rows that are alike have no order',
        'end ORDER BY with the primary key of an input: the same data make the same rows',
      )
    const by = partitions.map((each) => this.#expression(each, scope, true))
    const given = [...((node.children ?? []) as Node[]), node.filter_expr, node.offset_expr, node.default_expr]
    const inner = this.#all(given, scope, node.function_name === 'count')
    scope.windowed = true
    return merged([inner, ...ordered, ...by])
  }

  #reference(node: Node, scope: Scope): ColumnOrigin {
    const found = this.#column(node, scope.relations)
    const names = node.column_names as readonly string[]
    const alias = names.length === 1 ? scope.aliases.get(names[0]!.toLowerCase()) : undefined
    if (found && alias && !(alias.isColumn && sameOrigin(alias, found.origin)))
      throw this.refuse(
        node,
        'this is a column of FROM and of the select list at once',
        'call the new column otherwise',
      )
    const origin = found?.origin ?? alias
    if (!origin)
      throw this.refuse(
        node,
        'there is no such column here',
        'identities, free text and restricted columns are out of sight; write `input.column`',
      )
    return origin
  }

  #column(node: Node, relations: readonly Named[]): { relation: Named; origin: ColumnOrigin } | null {
    const names = (node.column_names as readonly string[]).map((each) => each.toLowerCase())
    if (names.length > 2) throw this.refuse(node, 'this is not a column', 'write `input.column`')
    const [name, of] = names.length === 1 ? [names[0]!, null] : [names[1]!, names[0]!]
    const found = relations.flatMap((relation) => {
      if (of !== null && relation.alias !== of) return []
      const column = [...relation.columns].find(([each]) => each.toLowerCase() === name)
      return column ? [{ relation, origin: column[1] }] : []
    })
    if (found.length > 1) throw this.refuse(node, 'several inputs have such a column', 'write `input.column`')
    return found[0] ?? null
  }

  #only(node: Node, keys: readonly string[]): void {
    if (Object.keys(node).some((key) => !keys.includes(key)))
      throw this.refuse(node, 'something here is not understood')
  }
}

/** What a model sees of an object type: what a pseudonymised read shows. */
export function inputRelation(type: ObjectType): Relation {
  const columns = new Map<string, ColumnOrigin>()
  if (type.personLevel) columns.set(personName, columnOf(type, personName, personName, false))
  columns.set('asAt', merged([]))
  for (const property of type.properties) {
    const how = shown(type, property, 'pseudonymised')
    if (how.kind === 'hidden' || how.kind === 'vault' || property.role === 'external-id') continue
    const key = how.kind === 'token' ? how.keyType : null
    const primary = key !== null && property.role === 'primary-key'
    columns.set(property.name, columnOf(type, property.name, key, primary))
  }
  return { columns, people: type.personLevel, rows: new Set(), times: new Set() }
}

function columnOf(type: ObjectType, name: string, key: string | null, primary: boolean): ColumnOrigin {
  return { from: new Set([`${type.name}.${name}`]), by: new Set(), key, primary }
}

function typeOf(name: string): ObjectType | undefined {
  return objectTypes().find((each) => same(each.name, name))
}

function scopeOf(from: From): Scope {
  return { ...from, aliases: new Map(), aggregated: false, windowed: false }
}

function merged(origins: readonly ColumnOrigin[]): ColumnOrigin {
  return {
    from: new Set(origins.flatMap(({ from }) => [...from])),
    by: new Set(origins.flatMap(({ by }) => [...by])),
    ...{ key: null, primary: false },
  }
}

function decides(rows: Set<string>, { from, by }: ColumnOrigin): void {
  for (const each of [...from, ...by]) rows.add(each)
}

function decidedBy(columns: Relation['columns'], rows: ReadonlySet<string>): Relation['columns'] {
  return new Map([...columns].map(([name, column]) => [name, { ...column, by: new Set([...column.by, ...rows]) }]))
}

function conjuncts(node: Node): readonly Node[] {
  return node.type === 'CONJUNCTION_AND' ? (node.children as Node[]).flatMap(conjuncts) : [node]
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

function sameOrigin(a: ColumnOrigin, b: ColumnOrigin): boolean {
  return a.key === b.key && [...a.from].join() === [...b.from].join()
}

function printable(name: string): string {
  return /^[a-z_0-9]{1,40}$/.test(name) ? name : '…'
}

const selectKeys = [
  ...['type', 'cte_map', 'select_list', 'from_table', 'where_clause', 'group_expressions', 'group_sets'],
  ...['aggregate_handling', 'having', 'qualify', 'modifiers', 'query_location'],
]
const comparisons = new Set([
  ...['COMPARE_EQUAL', 'COMPARE_NOTEQUAL', 'COMPARE_LESSTHAN', 'COMPARE_LESSTHANOREQUALTO', 'COMPARE_GREATERTHAN'],
  ...['COMPARE_GREATERTHANOREQUALTO', 'COMPARE_DISTINCT_FROM', 'COMPARE_NOT_DISTINCT_FROM'],
])
const equalities = new Set(['COMPARE_EQUAL', 'COMPARE_NOTEQUAL', 'COMPARE_DISTINCT_FROM', 'COMPARE_NOT_DISTINCT_FROM'])
const operators = new Set([
  ...['COMPARE_IN', 'COMPARE_NOT_IN', 'OPERATOR_NOT', 'OPERATOR_IS_NULL', 'OPERATOR_IS_NOT_NULL', 'OPERATOR_COALESCE'],
])
const expressionKeys: Readonly<Record<string, readonly string[]>> = {
  COLUMN_REF: ['column_names'],
  CONSTANT: ['value'],
  CAST: ['child', 'cast_type', 'try_cast'],
  CASE: ['case_checks', 'else_expr'],
  COMPARISON: ['left', 'right'],
  BETWEEN: ['input', 'lower', 'upper'],
  CONJUNCTION: ['children'],
  OPERATOR: ['children'],
  FUNCTION: ['function_name', 'children', 'order_bys', 'distinct', 'filter', 'is_operator', 'export_state'],
  WINDOW: [
    ...[
      'function_name',
      'children',
      'partitions',
      'orders',
      'start',
      'end',
      'ignore_nulls',
      'exclude_clause',
      'distinct',
    ],
    ...['filter_expr', 'offset_expr', 'default_expr'],
  ],
}
