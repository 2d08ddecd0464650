import type { Json } from '#kernel'
import { disclosurePolicies } from '#privacy'
import { Declaration } from './declaration.ts'
import type { CellValue, Distribution, MetricDefinition, MetricTest, Population } from './metric-definition.ts'
import { type MetricFiles, readBasis } from './read-basis.ts'
import { readMeasures } from './read-measures.ts'
import { readClass, readMap, readName, readPeriodText } from './read-values.ts'

/**
 * Reads a metric's YAML and the SQL it names. Refuses what it does not know with file, line and the nearest name
 * (FDP_METRICS_DECLARATION).
 */
export function parseMetric(file: string, text: string, files: MetricFiles): MetricDefinition {
  const body = openFormat(file, text, 'metric')
  const dimensions = readMap(body.required('dimensions'), (item) => {
    const dimension = { title: item.required('title').text(), subnational: item.required('subnational').boolean() }
    item.end()
    return dimension
  })
  const distribution = readDistribution(body.required('distribution'))
  const definition: MetricDefinition = {
    id: readName(body.required('id')),
    version: body.required('version').integer(),
    title: body.required('title').text(),
    counts: body.required('counts').text(),
    leavesOut: body.required('leavesOut').text(),
    source: body.required('source').text(),
    dimensions,
    distribution,
    populations: readMap(body.required('populations'), (item) => readPopulation(item, Object.keys(dimensions))),
    bases: readMap(body.required('bases'), (item) => readBasis(item, files)),
    measures: readMeasures(body.required('measures'), distribution),
    percentileMethod: body.required('percentileMethod').text(),
    disclosure: body.required('disclosure').choice(disclosurePolicies().map((policy) => policy.id)),
    tests: (body.optional('tests')?.items() ?? []).map(readTest),
  }
  body.required('period').choice(['month'])
  body.end()
  return definition
}

/** `format: openfdp/<what>`, `version: 1`, and the body under `<what>:`. */
export function openFormat(file: string, text: string, what: string): Declaration {
  const top = Declaration.parse(file, text)
  top.required('format').choice([`openfdp/${what}`])
  const version = top.required('version')
  if (version.integer() !== 1)
    throw version.refuse('this program reads version 1', 'start the release that wrote it, or a later one')
  const body = top.required(what)
  top.end()
  return body
}

function readDistribution(item: Declaration): Distribution {
  const distribution = {
    dimension: readName(item.required('dimension')),
    title: item.required('title').text(),
    count: item.required('count').text(),
    openFrom: readClass(item.required('openFrom')),
    earlier: (item.optional('earlier')?.items() ?? []).map((each) => {
      const until = readPeriodText(each.required('until'))
      const openFrom = readClass(each.required('openFrom'))
      each.end()
      return { until, openFrom }
    }),
  }
  item.end()
  return distribution
}

function readPopulation(item: Declaration, dimensions: readonly string[]): Population {
  const title = item.required('title').text()
  const without = item.optional('without')
  const excluded = without?.entries().map(([name, values]) => {
    if (!dimensions.includes(name)) throw values.unknown('dimension', name, dimensions)
    return [name, values.items().map((value) => value.text())] as const
  })
  item.end()
  return { title, without: Object.fromEntries(excluded ?? []) }
}

function readTest(item: Declaration): MetricTest {
  const rows = (list: Declaration) =>
    list
      .items()
      .map((row) =>
        Object.fromEntries(row.entries().map(([name, at]) => [name, at.scalar() satisfies Json as CellValue])),
      )
  const test = {
    name: item.required('name').text(),
    basis: item.required('basis').text(),
    period: readPeriodText(item.required('period')),
    by: item
      .required('by')
      .items()
      .map((each) => each.text()),
    population: item.optional('population')?.text() ?? null,
    given: Object.fromEntries(
      item
        .required('given')
        .entries()
        .map(([name, list]) => [name, rows(list)]),
    ),
    expected: rows(item.required('expected')),
  }
  item.end()
  return test
}
