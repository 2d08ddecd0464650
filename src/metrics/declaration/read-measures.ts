import type { Declaration } from './declaration.ts'
import type { Distribution, Measure } from './metric-definition.ts'
import { readClass, readMap } from './read-values.ts'

/** Measures by name; ratios may name counts only. */
export function readMeasures(map: Declaration, distribution: Distribution): Record<string, Measure> {
  const counts = map.entries().flatMap(([name, item]) => (item.required('kind').text() === 'count' ? [name] : []))
  const measures = readMap(map, (item) => {
    const measure = readMeasure(item, counts, distribution)
    item.end()
    return measure
  })
  if (!Object.values(measures).some(isWholeCount)) {
    throw map.refuse('no count is over all classes', 'add one without `from` and `to`: percentiles are about it')
  }
  return measures
}

/** A count over all classes: what percentiles are about, and the only thing that stays along the classes. */
export function isWholeCount(measure: Measure): boolean {
  return measure.kind === 'count' && measure.from === null && measure.to === null
}

function readMeasure(item: Declaration, counts: readonly string[], distribution: Distribution): Measure {
  const title = item.required('title').text()
  const bound = (key: string) => {
    const at = item.optional(key)
    if (!at) return null
    const value = readClass(at)
    if (value > distribution.openFrom)
      throw at.refuse('this class does not exist', `the last is ${distribution.openFrom}`)
    return value
  }
  switch (item.required('kind').choice(['count', 'ratio', 'percentile'])) {
    case 'count':
      return { kind: 'count', title, from: bound('from'), to: bound('to') }
    case 'ratio': {
      const part = (key: string) => item.required(key).choice(counts)
      return { kind: 'ratio', title, numerator: part('numerator'), denominator: part('denominator') }
    }
    case 'percentile': {
      const at = item.required('percent')
      const percent = at.integer()
      if (percent < 1 || percent > 99) throw at.refuse('a percentile is from 1 to 99', 'correct it')
      return { kind: 'percentile', title, percent }
    }
  }
}
