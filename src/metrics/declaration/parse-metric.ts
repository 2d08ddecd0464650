import { objectTypes } from '#contracts'
import type { Json } from '#kernel'
import { disclosurePolicies } from '#privacy'
import { parsePeriod } from '../period.ts'
import { checkTemplate, type DerivedColumn } from '../template.ts'
import { Declaration } from './declaration.ts'
import type {
  Basis,
  CellValue,
  Distribution,
  Measure,
  MetricDefinition,
  MetricTest,
  Population,
} from './metric-definition.ts'

/** Bands a distribution may have, at most. */
const classesMax = 1_000

export interface MetricFiles {
  /** Text of a file beside the declaration, or null. */
  readonly sibling: (file: string) => string | null
  readonly derived: Readonly<Record<string, DerivedColumn>>
  /** Names of the product's reference tables. */
  readonly references: readonly string[]
}

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

function readMap<T>(map: Declaration, read: (item: Declaration) => T): Record<string, T> {
  const entries = map.entries().map(([name, item]) => [name, read(item)] as const)
  if (entries.length === 0) throw map.refuse('at least one is needed', 'add one')
  return Object.fromEntries(entries)
}

function readName(item: Declaration): string {
  const name = item.text()
  if (!/^[a-z][a-z0-9-]{0,59}$/.test(name))
    throw item.refuse('a name has lower-case letters, digits and hyphens', 'rename it')
  return name
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

function readClass(item: Declaration): number {
  const value = item.integer()
  if (value < 0 || value >= classesMax) throw item.refuse(`a class is from 0 to ${classesMax - 1}`, 'correct it')
  return value
}

function readPeriodText(item: Declaration): string {
  const text = item.text()
  try {
    return parsePeriod(text).id
  } catch {
    throw item.refuse('a period is a month such as 2026-01', 'write year, hyphen, month')
  }
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

function readBasis(item: Declaration, files: MetricFiles): Basis {
  const title = item.required('title').text()
  const sqlAt = item.required('sql')
  const sqlFile = sqlAt.text()
  const sql = files.sibling(sqlFile)
  if (sql === null)
    throw sqlAt.refuse(`there is no file \`${sqlFile}\` beside this one`, 'write it, or correct the name')
  const relations = readMap(item.required('relations'), readRelation)
  const references = (item.optional('references')?.entries() ?? []).map(([name, at]) => {
    const table = at.text()
    if (!files.references.includes(table)) throw at.unknown('reference table', table, files.references)
    return [name, table] as const
  })
  item.end()
  const known = [...Object.keys(relations), ...references.map(([name]) => name)]
  checkTemplate(sqlAt.file.replace(/[^/]*$/, sqlFile), sql, {
    relations: known,
    parameters: ['period', 'last_day'],
    derived: files.derived,
  })
  return { title, sqlFile, sql, relations, references: Object.fromEntries(references) }
}

/** Object type and columns must be in the contracts. */
function readRelation(relation: Declaration): Basis['relations'][string] {
  const at = relation.required('object')
  const object = at.text()
  const type = objectTypes().find((candidate) => candidate.name === object)
  if (!type)
    throw at.unknown(
      'object type',
      object,
      objectTypes().map(({ name }) => name),
    )
  const properties = type.properties.map(({ name }) => name)
  const columns = relation
    .required('columns')
    .items()
    .map((column) => column.choice(properties))
  relation.end()
  return { object, columns }
}

function readMeasures(map: Declaration, distribution: Distribution): Record<string, Measure> {
  const counts = map.entries().flatMap(([name, item]) => (item.required('kind').text() === 'count' ? [name] : []))
  return readMap(map, (item) => {
    const measure = readMeasure(item, counts, distribution)
    item.end()
    return measure
  })
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
