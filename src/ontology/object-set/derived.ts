import type { PropertyType } from '#contracts'
import { ident, rawSql, type Sql, sql } from '#kernel'
import { ontologyErrors } from '../errors.ts'
import { printableName } from '../printable-name.ts'
import { membersOf, typesOf } from './members.ts'
import { type Building, joinsOne, type Scope, type SeenType } from './scope.ts'
import { propertyValue } from './values.ts'
import type { DerivedProperty, ObjectSet, Selection } from './wire.ts'

/** A property worked out for each row. */
export interface DerivedValue {
  readonly type: PropertyType
  readonly value: (row: string, building: Building) => Sql
}

export type Derived = ReadonlyMap<string, DerivedValue>

export const noneDerived: Derived = new Map()

const numbers: readonly PropertyType[] = ['integer', 'long', 'decimal', 'double']
const days: readonly PropertyType[] = ['date', 'timestamp']

/** What was derived already and what is declared now; a name that the type has for this caller is not free. */
export function derive(
  scope: Scope,
  seen: SeenType,
  before: Derived,
  declared: Readonly<Record<string, DerivedProperty>>,
): Derived {
  const derived = new Map(before)
  for (const [name, definition] of Object.entries(declared)) {
    if (seen.columns.has(name) || derived.has(name)) throw wrong({ scope, seen, name })
    const value = derivedValue({ scope, seen, name }, definition)
    if (value) derived.set(name, value)
  }
  return derived
}

interface For {
  readonly scope: Scope
  readonly seen: SeenType
  /** Of the derived property, for errors. */
  readonly name: string
}

/** Null where it names what does not exist for the caller: refused before it is built. */
function derivedValue(of: For, definition: DerivedProperty): DerivedValue | null {
  switch (definition.type) {
    case 'property':
      return ownProperty(of, definition.apiName)
    case 'selection':
      return selected(of, definition.objectSet, definition.operation)
    case 'add':
    case 'multiply':
      return computed(of, definition.properties, (values) => between(values, definition.type === 'add' ? ' + ' : ' * '))
    case 'subtract':
      return computed(of, [definition.left, definition.right], (values) => between(values, ' - '))
    case 'divide':
      return computed(
        of,
        [definition.left, definition.right],
        ([left, right]) => sql`(${left!} / nullif(${right!}, 0))`,
      )
    case 'negate':
      return computed(of, [definition.property], ([value]) => sql`(-${value!})`)
    case 'absoluteValue':
      return computed(of, [definition.property], ([value]) => sql`abs(${value!})`)
    case 'greatest':
    case 'least':
      return extreme(of, definition.type, definition.properties)
    case 'extract':
      return extracted(of, definition.part, definition.property)
  }
}

function ownProperty({ scope, seen }: For, name: string): DerivedValue | null {
  const property = scope.property(seen, name)
  if (!property) return null
  const { type } = propertyValue('r', seen.type, property, seen.level)
  return { type, value: (row) => propertyValue(row, seen.type, property, seen.level).value }
}

function selected(of: For, set: ObjectSet, operation: Selection): DerivedValue | null {
  const { scope, seen } = of
  const [to, ...others] = typesOf(scope, set, seen)
  if (!to) return null
  if (others.length > 0) throw wrong(of)
  if (operation.type === 'get' && !joinsOne(scope, set, seen)) throw wrong(of)
  const { holds, straight } = membersOf(scope, set, to, seen)
  const taken = takenOf(of, to, operation)
  if (!taken) return null
  return {
    type: taken.type,
    value(row, building) {
      const relation = building.relations[to.type.name]
      if (!relation) throw new Error('a relation that was not asked for')
      const far = building.alias()
      const inner = { ...building, input: row }
      const found = straight?.(far, inner) ?? { joined: rawSql(''), holds: holds(far, inner) }
      return sql`(SELECT ${taken.value(far)} FROM ${relation} AS ${ident(far)} ${found.joined} WHERE ${found.holds})`
    },
  }
}

/** What is taken of the rows that the set leads to. */
function takenOf(
  of: For,
  to: SeenType,
  operation: Selection,
): { type: PropertyType; value: (row: string) => Sql } | null {
  if (operation.type === 'count') return { type: 'integer', value: () => rawSql('count(*)') }
  const property = of.scope.property(to, operation.selectedPropertyApiName)
  if (!property) return null
  const at = (row: string) => propertyValue(row, to.type, property, to.level).value
  const { type } = propertyValue('r', to.type, property, to.level)
  const mustBe = (types: readonly PropertyType[]) => {
    if (!types.includes(type)) throw wrong(of)
  }
  switch (operation.type) {
    case 'get':
      return { type, value: (row) => sql`min(${at(row)})` }
    case 'min':
    case 'max':
      if (type === 'texts') throw wrong(of)
      return { type, value: (row) => sql`${rawSql(operation.type)}(${at(row)})` }
    case 'sum':
    case 'avg':
      mustBe(numbers)
      return { type: 'double', value: (row) => sql`CAST(${rawSql(operation.type)}(${at(row)}) AS DOUBLE)` }
    case 'exactDistinct':
    case 'approximateDistinct':
      return { type: 'integer', value: (row) => sql`count(DISTINCT ${at(row)})` }
    case 'approximatePercentile': {
      mustBe(numbers)
      const part = operation.approximatePercentile
      return { type: 'double', value: (row) => sql`quantile_cont(CAST(${at(row)} AS DOUBLE), ${rawSql(String(part))})` }
    }
    case 'collectSet':
    case 'collectList': {
      if (type === 'texts') throw wrong(of)
      const distinct = rawSql(operation.type === 'collectSet' ? 'DISTINCT ' : '')
      const limit = rawSql(String(operation.limit))
      return {
        type: 'texts',
        value: (row) => sql`coalesce(list(${distinct}${element(type, at(row))} ORDER BY ${element(type, at(row))})
          FILTER (WHERE ${at(row)} IS NOT NULL), [])[1:${limit}]`,
      }
    }
  }
}

/** As JSON has it in a list: whole numbers and doubles as they are, the rest as texts that sort as the values do. */
function element(type: PropertyType, value: Sql): Sql {
  if (type === 'timestamp') return sql`replace(strftime(${value}, '%Y-%m-%dT%H:%M:%S.%gZ'), '.000Z', 'Z')`
  return type === 'date' ? sql`CAST(${value} AS VARCHAR)` : value
}

function computed(
  of: For,
  operands: readonly DerivedProperty[],
  compute: (values: readonly Sql[]) => Sql,
): DerivedValue | null {
  const parts = operands.map((each) => derivedValue(of, each))
  if (parts.some((part) => part === null)) return null
  const known = parts as DerivedValue[]
  if (known.length === 0 || !known.every(({ type }) => numbers.includes(type))) throw wrong(of)
  return {
    type: 'double',
    value: (row, building) => compute(known.map(({ value }) => sql`CAST(${value(row, building)} AS DOUBLE)`)),
  }
}

function extreme(of: For, which: 'greatest' | 'least', operands: readonly DerivedProperty[]): DerivedValue | null {
  const parts = operands.map((each) => derivedValue(of, each))
  if (parts.some((part) => part === null)) return null
  const [first, ...others] = parts as DerivedValue[]
  const kind = [numbers, days].find((types) => first && types.includes(first.type))
  if (!first || !kind || !others.every(({ type }) => kind.includes(type))) throw wrong(of)
  const isMixed = others.some(({ type }) => type !== first.type)
  const type = !isMixed ? first.type : kind === numbers ? 'double' : 'timestamp'
  return {
    type,
    value: (row, building) =>
      sql`${rawSql(which)}(${between(
        [first, ...others].map(({ value }) => value(row, building)),
        ', ',
        false,
      )})`,
  }
}

const parts = { DAYS: 'day', MONTHS: 'month', QUARTERS: 'quarter', YEARS: 'year' } as const

function extracted(of: For, part: keyof typeof parts, operand: DerivedProperty): DerivedValue | null {
  const inner = derivedValue(of, operand)
  if (!inner) return null
  if (!days.includes(inner.type)) throw wrong(of)
  return { type: 'integer', value: (row, building) => sql`${rawSql(parts[part])}(${inner.value(row, building)})` }
}

function between(values: readonly Sql[], by: string, brackets = true): Sql {
  const list = values.reduce((all, each) => sql`${all}${rawSql(by)}${each}`)
  return brackets ? sql`(${list})` : list
}

function wrong({ name }: For): Error {
  return ontologyErrors('FDP_ONTOLOGY_DERIVED', { property: printableName(name) })
}
