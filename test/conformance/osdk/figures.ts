import type { ObjectType, Property } from '#contracts'
import { compareAs, type Plain } from './typed-rows.ts'

/** What figures of some objects must be, by spec/object-sets.md, rules 20, 24 and 25, in plain JavaScript. */

const numbers: readonly Property['type'][] = ['integer', 'long', 'double', 'decimal']
const days: readonly Property['type'][] = ['date', 'timestamp']

export const isNumber = ({ type }: Property) => numbers.includes(type)
export const isDay = ({ type }: Property) => days.includes(type)

/** The metrics that the client offers for a property. */
export function metricsOf(property: Property): readonly string[] {
  if (property.type === 'texts') return []
  const distinct = ['exactDistinct', 'approximateDistinct']
  if (isNumber(property)) return ['sum', 'avg', 'min', 'max', ...distinct]
  return isDay(property) ? ['min', 'max', ...distinct] : distinct
}

export function figure(metric: string, property: Property, objects: readonly Plain[]): unknown {
  const values = objects.flatMap((each) => (each[property.name] === undefined ? [] : [each[property.name]!]))
  if (metric.endsWith('Distinct')) return new Set(values).size
  if (values.length === 0) return undefined
  const total = () => values.reduce<number>((sum, each) => sum + Number(each), 0)
  if (metric === 'sum') return total()
  if (metric === 'avg') return total() / values.length
  const sorted = values.toSorted((a, b) => compareAs(property.type, a, b))
  const found = metric === 'min' ? sorted[0]! : sorted.at(-1)!
  return isNumber(property) ? Number(found) : found
}

export interface GroupCase {
  readonly property: Property
  readonly groupBy: unknown
  /** The groups that a value is in; an absent one is asked about as null. */
  readonly groups: (value: string | number | boolean | null) => readonly unknown[]
}

const plainGroup = (value: unknown) => (value === null ? [] : [value])

/** Every way of grouping that the client offers for such a property. */
export function groupCases(property: Property, objects: readonly Plain[]): readonly GroupCase[] {
  const of = (groupBy: unknown, groups: GroupCase['groups']): GroupCase => ({ property, groupBy, groups })
  const exact = [
    of('exact', plainGroup),
    of({ $exact: { $limit: 5_000, $includeNullValue: true } }, (value) => [value]),
    ...(property.type === 'text' ? [of({ $exact: { $defaultValue: 'none' } }, (value) => [value ?? 'none'])] : []),
    of({ $exactWithLimit: 5_000 }, plainGroup),
  ]
  if (isNumber(property)) {
    const ranges: [number, number][] = [
      [0, 5],
      [5, 20],
    ]
    return [
      ...exact,
      of({ $fixedWidth: 7 }, (value) => (value === null ? [] : [Math.floor(Number(value) / 7) * 7])),
      of({ $ranges: ranges }, (value) => (value === null ? [] : within(ranges, Number(value)))),
    ]
  }
  return isDay(property) ? [...exact, ...dayCases(property, objects)] : exact
}

function dayCases(property: Property, objects: readonly Plain[]): readonly GroupCase[] {
  const of = (groupBy: unknown, groups: GroupCase['groups']): GroupCase => ({ property, groupBy, groups })
  const texts = objects.flatMap((each) => (each[property.name] === undefined ? [] : [String(each[property.name])]))
  const sorted = texts.toSorted()
  const [low, middle, high] = [sorted[0]!, sorted[Math.trunc(sorted.length / 2)]!, sorted.at(-1)!]
  const ranges: [string, string][] =
    low === middle
      ? [[low, '9999-01-01']]
      : [
          [low, middle],
          [middle, high],
        ]
  const units = [
    'days',
    'weeks',
    'months',
    'quarters',
    'years',
    ...(property.type === 'timestamp' ? ['hours', 'minutes'] : []),
  ]
  return [
    of({ $ranges: ranges }, (value) => (value === null ? [] : within(ranges, String(value)))),
    ...units.map((unit) => {
      const count = unit === 'days' ? 3 : unit === 'minutes' ? 15 : 1
      return of({ $duration: [count, unit] }, (value) =>
        value === null ? [] : [beginning(property, String(value), unit, count)],
      )
    }),
  ]
}

function within<T>(ranges: readonly [T, T][], value: T): readonly unknown[] {
  return ranges
    .filter(([from, to]) => value >= from && value < to)
    .map(([startValue, endValue]) => ({ startValue, endValue }))
}

const msOf: Readonly<Record<string, number>> = { minutes: 60_000, hours: 3_600_000, days: 86_400_000 }

/** Where the unit that a day or moment is in begins, in UTC; units of a fixed length are counted from 1970. */
function beginning({ type }: Property, text: string, unit: string, count: number): string {
  const at = Date.parse(text)
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)) - 1, Number(text.slice(8, 10))]
  const fixed = (msOf[unit] ?? 0) * count
  const starts: Readonly<Record<string, () => number>> = {
    weeks: () => Date.UTC(year, month, day) - ((((Math.floor(at / msOf.days!) + 3) % 7) + 7) % 7) * msOf.days!,
    months: () => Date.UTC(year, month, 1),
    quarters: () => Date.UTC(year, month - (month % 3), 1),
    years: () => Date.UTC(year, 0, 1),
  }
  const start = starts[unit]?.() ?? Math.floor(at / fixed) * fixed
  const iso = isoOf(start)
  return type === 'date' ? iso.slice(0, 10) : iso
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}

/** Group → objects in it, by the group's JSON. */
export function grouped(cases: readonly GroupCase[], objects: readonly Plain[]): ReadonlyMap<string, readonly Plain[]> {
  const found = new Map<string, Plain[]>()
  for (const object of objects) {
    let keys: Record<string, unknown>[] = [{}]
    for (const { property, groups } of cases) {
      const values = groups((object[property.name] as string | undefined) ?? null)
      keys = keys.flatMap((key) => values.map((value) => ({ ...key, [property.name]: value })))
    }
    for (const key of keys.map(groupKey)) found.set(key, [...(found.get(key) ?? []), object])
  }
  return found
}

/** The same group has the same text. */
export function groupKey(group: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(group).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(
    entries.map(([name, value]) => [name, typeof value === 'object' ? rangeText(value) : String(value)]),
  )
}

function rangeText(value: object | null): unknown {
  if (value === null) return null
  const { startValue, endValue } = value as { startValue: unknown; endValue: unknown }
  return [String(startValue), String(endValue)]
}

export function groupable({ properties, primaryKey }: ObjectType): readonly Property[] {
  return properties.filter(({ name, type }) => type !== 'texts' && name !== primaryKey)
}
