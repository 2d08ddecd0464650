import type { Release, ReleaseRequest, Session } from '#gate'
import { isFdpError, limits, rawSql } from '#kernel'
import type { MeasureKind } from '#privacy'
import { ontologyErrors } from '../errors.ts'
import { aliases, type LoadDeps } from '../load.ts'
import { noneDerived } from '../object-set/derived.ts'
import { Scope, type SeenType } from '../object-set/scope.ts'
import { aboutAggregate } from './about.ts'
import { givenDimension, groupDimension } from './dimension.ts'
import { type Field, fieldOf } from './field.ts'
import { checkMetric } from './metric-sql.ts'
import { keyName, type ReleasePlan, widerCells } from './release-plan.ts'
import { releaseSql } from './release-sql.ts'
import { cannot, conditionsOf } from './released-cells.ts'
import type { AggregateAnswer, AggregateRequest, GroupValue, Metric } from './wire.ts'

/** Wider cells to look at, all fields together. */
const widerCellsMax = 32

const releasable: readonly Metric['type'][] = ['count', 'sum', 'avg']

/**
 * An aggregation at aggregate level, as a release (docs/decisions/0028). Only cells of a fixed table can be asked for, and
 * a cell is shown if it and everything between it and each wider cell are about enough people, or nobody. A cell that is
 * not shown and one with nothing in it are both left out. FDP_ONTOLOGY_RELEASE, FDP_ONTOLOGY_ACCURACY.
 */
export async function releaseAggregate(
  session: Session,
  seen: SeenType,
  request: AggregateRequest,
  { justification }: Pick<LoadDeps, 'justification'>,
): Promise<AggregateAnswer> {
  if (request.accuracy === 'REQUIRE_ACCURATE') throw ontologyErrors('FDP_ONTOLOGY_ACCURACY')
  // What is wrong with the form is said before any name is looked at.
  const conditions = conditionsOf(request.objectSet, seen.type.apiName)
  const unfit = request.aggregation.find(({ type }) => !releasable.includes(type))
  if (unfit) throw cannot(`the figure ${unfit.type}`)
  const scope = new Scope({ visible: (object) => session.visible(object, ['aggregate']), reference: () => null })
  const found = scope.type(seen.type.apiName) ?? seen
  const field = (name: string) => fieldOf(scope, found, noneDerived, name)
  const given = conditions.map((condition) => ({ condition, field: field(condition.field) }))
  const grouped = request.groupBy.map((by) => ({ by, field: field(by.field) }))
  const measured = request.aggregation.flatMap((metric) =>
    'field' in metric ? [{ metric, field: field(metric.field) }] : [],
  )
  if (scope.refused) return await refuseRelease(session, scope)
  for (const { metric, field: of } of measured) checkMetric(metric, of?.type ?? null)
  const plan: ReleasePlan = {
    seen: found,
    dimensions: [
      ...grouped.map((each) => groupDimension(each.field!, each.by)),
      ...given.map((each) => givenDimension(each.field!, each.condition)),
    ],
    fields: distinct(measured.map((each) => each.field!)),
  }
  if (widerCells(plan.dimensions).length * (plan.fields.length + 1) > widerCellsMax) {
    throw cannot('so many properties at once')
  }
  const release = await session.release(releaseRequest(plan, request, justification))
  if (release.table.cells.length > limits.groupsMax)
    throw ontologyErrors('FDP_ONTOLOGY_GROUPS', { max: limits.groupsMax })
  return answerOf(plan, request, release)
}

function releaseRequest(
  plan: ReleasePlan,
  request: AggregateRequest,
  justification: string | undefined,
): ReleaseRequest {
  const { type } = plan.seen
  const columns = [
    ...new Set([...plan.dimensions.map(({ field }) => field.name), ...plan.fields.map(({ name }) => name)]),
  ]
  const measures: Record<string, MeasureKind> = {
    people: { kind: 'person-count' },
    objects: { kind: 'sum', population: 'people' },
  }
  plan.fields.forEach((_, j) => {
    measures[`people${j}`] = { kind: 'person-count' }
    measures[`mean${j}`] = { kind: 'mean', population: `people${j}` }
    // The number behind a mean is not a sum of its values: dividing the two gives nothing back.
    measures[`counted${j}`] = { kind: 'person-count' }
    measures[`objects${j}`] = { kind: 'sum', population: `counted${j}` }
  })
  return {
    ...aboutAggregate(request, plan.seen, justification),
    relations: { [type.name]: { object: type.name, columns, level: 'aggregate', persons: type.personLevel } },
    build: (relations, open) => releaseSql(plan, { relations, open, alias: aliases(), input: '' }),
    keys: plan.dimensions.flatMap(({ given }, d) => (given === undefined ? [keyName(d)] : [])),
    measures,
    ...{ geography: 'subnational', free: true },
  }
}

type Cell = Release['table']['cells'][number]

function answerOf(plan: ReleasePlan, request: AggregateRequest, { policy, table }: Release): AggregateAnswer {
  const shown = table.cells.filter((cell) => (numberOf(cell, 'people') ?? 0) > 0)
  const items = shown.map((cell) => ({
    group: groupOf(plan, request, cell),
    metrics: metricsOf(plan, request, cell),
    size: numberOf(cell, 'objects') ?? 0,
  }))
  const data = kept(plan, request, ordered(request, items)).map(({ group, metrics }) => ({ group, metrics }))
  return {
    accuracy: 'APPROXIMATE',
    data: request.groupBy.length === 0 && data.length === 0 ? [{ group: {}, metrics: [] }] : data,
    disclosure: { policy, statement: `${table.statement} ${leftOut}` },
  }
}

const leftOut =
  'Groups that could tell of a few people are left out, as are groups with nobody; sums are worked out from the means and counts shown.'

function groupOf(
  { dimensions }: ReleasePlan,
  { groupBy }: AggregateRequest,
  { key }: Cell,
): Record<string, GroupValue> {
  const values = groupBy.map(({ field }, i) => [field, JSON.parse(key[keyName(i)] ?? 'null') as GroupValue] as const)
  if (dimensions.length < groupBy.length) throw new Error('a grouping without its dimension')
  return Object.fromEntries(values)
}

function metricsOf({ fields }: ReleasePlan, { aggregation }: AggregateRequest, cell: Cell) {
  return aggregation.flatMap((metric) => {
    const value = metricOf(fields, metric, cell)
    return value === null ? [] : [{ name: metric.name, value }]
  })
}

function metricOf(fields: readonly Field[], metric: Metric, cell: Cell): number | null {
  if (metric.type === 'count') return numberOf(cell, 'objects')
  const at = fields.findIndex(({ name }) => name === metric.field)
  const mean = numberOf(cell, `mean${at}`)
  if (metric.type === 'avg' || mean === null) return mean
  // From what is shown: true sums of values that are nearly alike would give the true count back.
  const objects = numberOf(cell, `objects${at}`)
  return objects === null ? null : Math.round(mean * objects * 10) / 10
}

function numberOf({ measures }: Cell, name: string): number | null {
  const value = measures[name]
  return value?.shown === 'value' ? value.value : null
}

interface Item {
  readonly group: Record<string, GroupValue>
  readonly metrics: readonly { readonly name: string; readonly value: number }[]
  readonly size: number
}

/** By the figures as they are shown: their order tells no more than they do. */
function ordered({ aggregation }: AggregateRequest, items: readonly Item[]): readonly Item[] {
  const by = aggregation.filter(({ direction }) => direction !== null)
  const figureOf = ({ metrics }: Item, name: string) => metrics.find((each) => each.name === name)?.value
  return [...items].sort((a, b) => {
    for (const { name, direction } of by) {
      const [x, y] = [figureOf(a, name), figureOf(b, name)]
      if (x === y) continue
      if (x === undefined || y === undefined) return x === undefined ? 1 : -1
      return direction === 'ASC' ? x - y : y - x
    }
    return 0
  })
}

/** The groups within `maxGroupCount`: in the order asked for where there is one, else the largest as they are shown. */
function kept({ dimensions }: ReleasePlan, { groupBy, aggregation }: AggregateRequest, items: readonly Item[]) {
  const isOrdered = aggregation.some(({ direction }) => direction !== null)
  return groupBy.reduce<readonly Item[]>((left, { field }, d) => {
    const most = dimensions[d]?.most ?? null
    if (most === null) return left
    const sizes = new Map<string, number>()
    for (const { group, size } of items) {
      const value = JSON.stringify(group[field])
      sizes.set(value, (sizes.get(value) ?? 0) + size)
    }
    const values = isOrdered ? [...sizes.keys()] : [...sizes].sort((a, b) => b[1] - a[1]).map(([value]) => value)
    const within = new Set(values.slice(0, most))
    return left.filter(({ group }) => within.has(JSON.stringify(group[field])))
  }, items)
}

async function refuseRelease(session: Session, scope: Scope): Promise<never> {
  try {
    const request = { about: { kind: 'aggregate' }, build: () => rawSql('SELECT 1 AS one WHERE FALSE') }
    const measures = { one: { kind: 'count' } } as const
    await session.release({ ...request, relations: scope.hidden(), keys: [], measures, geography: 'subnational' })
  } catch (error) {
    if (!isFdpError(error, 'FDP_GATE_NOT_AVAILABLE')) throw error
  }
  throw scope.refused ?? new Error('a release was refused without a reason')
}

function distinct(fields: readonly Field[]): readonly Field[] {
  return fields.filter(({ name }, i) => fields.findIndex((other) => other.name === name) === i)
}
