import { figure } from './plain-derived.ts'
import type { Json } from './plain-filter.ts'
import { type PlainObject, type PlainSet, testable } from './plain-sets.ts'
import { compare, type Kind, microseconds, momentText, type Scalar, type Value } from './plain-values.ts'

/* Rules 24 to 26 of spec/object-sets.md. */

export interface PlainGroup {
  readonly group: Readonly<Record<string, unknown>>
  readonly metrics: Readonly<Record<string, Value>>
}

/** `direction`: the groups are in the order of how many objects they have. */
export function figuresOf(
  set: PlainSet,
  { aggregation, groupBy }: { readonly aggregation: readonly Json[]; readonly groupBy: readonly Json[] },
  direction: 'ASC' | 'DESC' | null,
) {
  const groups = new Map<string, { group: Readonly<Record<string, unknown>>; objects: PlainObject[] }>()
  if (groupBy.length === 0) groups.set('[]', { group: {}, objects: [] })
  for (const object of set.members) {
    for (const group of groupsOf(set, object, groupBy)) {
      const name = JSON.stringify(group.map(({ key }) => key))
      const shared = Object.fromEntries(group.map(({ field, label }) => [field, label]))
      if (!groups.has(name)) groups.set(name, { group: shared, objects: [] })
      groups.get(name)!.objects.push(object)
    }
  }
  const { kept, left } = atMost([...groups.values()], set, groupBy, direction)
  const data = kept.map(({ group, objects }): PlainGroup => {
    return { group, metrics: Object.fromEntries(aggregation.map((each) => [each.name, metric(set, each, objects)])) }
  })
  return { data, excludedItems: left }
}

function metric(
  set: PlainSet,
  { type, field, approximatePercentile = 0.5 }: Json,
  objects: readonly PlainObject[],
): Value {
  if (type === 'count') return objects.length
  const values = objects.map((object) => testable(set, object).value(field as string))
  const there = values.filter((value) => value !== null) as Scalar[]
  const kind = kindOf(set, field as string)
  const value = figure(type as string, kind, there, { approximatePercentile })
  // Figures of whole numbers beyond those of JSON are doubles too.
  return kind === 'long' && value !== null ? Number(value) : value
}

function kindOf(set: PlainSet, field: string): Kind {
  return set.derived.get(field)?.kind ?? set.type.kinds.get(field)!
}

/** With `maxGroupCount` of the one grouping: the first in the order asked for, or those with most objects; then the smaller value. */
function atMost<G extends { readonly group: Json; readonly objects: readonly PlainObject[] }>(
  groups: readonly G[],
  set: PlainSet,
  groupBy: readonly Json[],
  direction: 'ASC' | 'DESC' | null,
): { kept: readonly G[]; left: number } {
  const most = groupBy[0]?.maxGroupCount as number | undefined
  if (most === undefined) return { kept: groups, left: 0 }
  const field = groupBy[0]!.field as string
  const inOrder = groups.toSorted(
    (a, b) =>
      (direction === 'ASC' ? -1 : 1) * (b.objects.length - a.objects.length) ||
      compare(kindOf(set, field), a.group[field] as Scalar, b.group[field] as Scalar),
  )
  return {
    kept: inOrder.slice(0, most),
    left: inOrder.slice(most).reduce((sum, { objects }) => sum + objects.length, 0),
  }
}

/** What an object has of one grouping; `key` tells two ranges apart that are the same. */
interface Label {
  readonly field: string
  readonly label: unknown
  readonly key: unknown
}

function groupsOf(set: PlainSet, object: PlainObject, groupBy: readonly Json[]): Label[][] {
  return groupBy.reduce<Label[][]>(
    (groups, by) => groups.flatMap((group) => labels(set, object, by).map((label) => [...group, label])),
    [[]],
  )
}

/** Of one grouping: none, one, or as many as there are ranges that hold the value. */
function labels(set: PlainSet, object: PlainObject, by: Json): Label[] {
  const field = by.field as string
  const value = testable(set, object).value(field) as Scalar | null
  const kind = kindOf(set, field)
  const one = (label: unknown, key = label): Label => ({ field, label, key })
  if (value === null) {
    if (by.type !== 'exact') return []
    return by.includeNullValues ? [one(null)] : by.defaultValue === undefined ? [] : [one(by.defaultValue)]
  }
  switch (by.type) {
    case 'exact':
      return [one(value)]
    case 'fixedWidth':
      return [one(Math.floor(Number(value) / (by.fixedWidth as number)) * (by.fixedWidth as number))]
    case 'ranges':
      return (by.ranges as { startValue: Scalar; endValue: Scalar }[]).flatMap((range, i) => {
        const { startValue, endValue } = range
        const isIn = compare(kind, value, startValue) >= 0 && compare(kind, value, endValue) < 0
        return isIn ? [one(range, i)] : []
      })
    default:
      return [one(beginning(kind, String(value), by))]
  }
}

const usPerUnit: Readonly<Record<string, bigint>> = {
  ...{ MILLISECONDS: 1_000n, SECONDS: 1_000_000n, MINUTES: 60_000_000n, HOURS: 3_600_000_000n, DAYS: 86_400_000_000n },
}

function beginning(kind: Kind, value: string, { unit, value: times }: Json): string {
  const at = microseconds(value)
  const us = usPerUnit[unit as string]
  const began = us ? floor(at, us * BigInt(times as number)) : calendar(new Date(Number(at / 1_000n)), unit as string)
  const text = momentText(began)
  return kind === 'date' ? text.slice(0, 10) : text
}

function floor(at: bigint, width: bigint): bigint {
  return at - (((at % width) + width) % width)
}

function calendar(at: Date, unit: string): bigint {
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()]
  const began = {
    WEEKS: Date.UTC(year, month, day - ((at.getUTCDay() + 6) % 7)),
    MONTHS: Date.UTC(year, month),
    QUARTERS: Date.UTC(year, month - (month % 3)),
    YEARS: Date.UTC(year, 0),
  }[unit]!
  return BigInt(began) * 1_000n
}
