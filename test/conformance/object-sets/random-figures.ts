import type { Json } from './plain-filter.ts'
import type { PlainType } from './plain-sets.ts'
import type { Kind, Scalar } from './plain-values.ts'
import type { Draw } from './random-sets.ts'

/* Random aggregations of what a random set holds. */

const isNumber = (kind: Kind) => kind === 'number' || kind === 'long'
const isTime = (kind: Kind) => kind === 'date' || kind === 'timestamp'

export function drawFigures(
  draw: Draw,
  type: PlainType,
  kinds: ReadonlyMap<string, Kind>,
): { aggregation: Json[]; groupBy: Json[] } {
  const aggregation = Array.from({ length: 1 + draw.upTo(2) }, (_, i) => ({
    ...drawFigure(draw, kinds),
    name: `figure${i}`,
  }))
  const fields = draw.some(
    [...kinds].filter(([, kind]) => kind !== 'texts'),
    2,
  )
  const groupBy = fields.map(([field, kind]) => drawGrouping(draw, type, field, kind, fields.length === 1))
  return { aggregation, groupBy }
}

function drawFigure(draw: Draw, kinds: ReadonlyMap<string, Kind>): Json {
  const numbers = [...kinds].filter(([, kind]) => isNumber(kind))
  const single = [...kinds].filter(([, kind]) => kind !== 'texts')
  if (single.length === 0) return draw.use('figure', { type: 'count' })
  const [field, kind] = draw.one(numbers.length > 0 && draw.maybe() ? numbers : single)
  const types = ['count', 'exactDistinct', 'approximateDistinct']
  if (isNumber(kind) || isTime(kind)) types.push('min', 'max')
  if (isNumber(kind)) types.push('sum', 'avg', 'approximatePercentile')
  const how = draw.one(types)
  if (how === 'count') return draw.use('figure', { type: how })
  const part =
    how === 'approximatePercentile' ? draw.one([{}, { approximatePercentile: 0.9 }, { approximatePercentile: 25 }]) : {}
  return draw.use('figure', { type: how, field, ...part })
}

function drawGrouping(draw: Draw, type: PlainType, field: string, kind: Kind, isAlone: boolean): Json {
  const types = ['exact', 'exact']
  if (isNumber(kind)) types.push('fixedWidth', 'ranges')
  if (isTime(kind)) types.push('duration', 'ranges')
  const how = draw.one(types)
  switch (how) {
    case 'exact': {
      const more: Json[] = [{}, { includeNullValues: true }]
      if (isAlone) more.push({ maxGroupCount: 1 + draw.upTo(5) })
      if (kind === 'text') more.push({ defaultValue: 'nothing there' })
      return draw.use('grouping', { type: how, field, ...draw.one(more) })
    }
    case 'fixedWidth':
      return draw.use('grouping', { type: how, field, fixedWidth: draw.one([1, 10, 7]) })
    case 'ranges':
      return draw.use('grouping', { type: how, field, ranges: drawRanges(draw, type, field, kind) })
    default: {
      const unit = draw.one([
        'DAYS',
        'WEEKS',
        'MONTHS',
        'QUARTERS',
        'YEARS',
        ...(kind === 'timestamp' ? ['HOURS', 'MINUTES', 'SECONDS'] : []),
      ])
      const times = ['WEEKS', 'MONTHS', 'QUARTERS', 'YEARS'].includes(unit) ? 1 : draw.one([1, 10])
      return draw.use('grouping', { type: how, field, unit, value: times })
    }
  }
}

/** Some overlap. */
function drawRanges(draw: Draw, type: PlainType, field: string, kind: Kind): Json[] {
  const numbers: readonly Scalar[] = [0, 10, 50, 100]
  const days: readonly Scalar[] = ['1990-01-01', '2025-01-01', '2026-06-30']
  const values = draw.some(type.objects, 3).flatMap((object) => (object[field] ?? []) as Scalar | Scalar[])
  const ends = [
    ...values,
    ...(isNumber(kind) ? numbers : kind === 'date' ? days : days.map((day) => `${day}T00:00:00Z`)),
  ]
  return Array.from({ length: 1 + draw.upTo(2) }, () => ({ startValue: draw.one(ends), endValue: draw.one(ends) }))
}
