import type { Session } from '#gate'
import { limits } from '#kernel'
import { ontologyErrors } from '../errors.ts'
import { aliases, type LoadDeps, refuse, scopeOf } from '../load.ts'
import { expandReferences } from '../object-set/expand.ts'
import { membersOf, typesOf } from '../object-set/members.ts'
import type { Scope, SeenType } from '../object-set/scope.ts'
import { aboutAggregate } from './about.ts'
import { type AggregatePlan, aggregateSql } from './aggregate-sql.ts'
import { type Field, fieldOf } from './field.ts'
import { groupingOf } from './group-sql.ts'
import { checkMetric } from './metric-sql.ts'
import { releaseAggregate } from './release-aggregate.ts'
import { releasedType } from './released-cells.ts'
import type { AggregateAnswer, AggregateRequest } from './wire.ts'

/**
 * Figures of an object set of one type in one statement. Where the caller may see rows they are a summary of the rows;
 * at aggregate level each passes disclosure control (docs/concepts/disclosure.md, "Free questions"). FDP_ONTOLOGY_* for
 * what is wrong with the request; a name that may not be seen is told like one that does not exist.
 */
export async function aggregateObjects(
  session: Session,
  request: AggregateRequest,
  deps: LoadDeps,
): Promise<AggregateAnswer> {
  const objectSet = expandReferences(request.objectSet, deps.reference)
  const asked = { ...request, objectSet }
  checkOrder(asked)
  const released = releasedType(session, objectSet, deps)
  if (released) return await releaseAggregate(session, released, asked, deps)
  const scope = scopeOf(session, deps)
  const [seen, ...others] = typesOf(scope, objectSet)
  if (scope.refused || !seen) return await refuse(session, scope, asked, deps)
  if (others.length > 0) throw ontologyErrors('FDP_ONTOLOGY_TYPES', { types: others.length + 1 })
  const plan = planOf(scope, scope.type(seen.type.apiName) ?? seen, asked)
  if (scope.refused || !plan) return await refuse(session, scope, asked, deps)
  await using result = await session.rows({
    ...aboutAggregate(asked, plan.seen, deps.justification),
    relations: scope.relations(),
    person: null,
    build: (relations, open) => aggregateSql(plan, { relations, open, alias: aliases(), input: '' }),
  })
  const data: AggregateAnswer['data'][number][] = []
  let left = 0
  for await (const { columns, rowCount } of result.batches()) {
    for (let row = 0; row < rowCount; row++) {
      const values = columns.map((column) => column[row] ?? null)
      data.push(itemOf(plan, values as readonly (string | null)[]))
      const [here = 0, whole = 0] = values.slice(-2).map(Number)
      left = (data.length === 1 ? whole : left) - here
    }
  }
  return answerOf(asked, data, left)
}

/** How many objects of a type there are for this caller; null where disclosure control lets no number be said. */
export async function countObjects(session: Session, objectType: string, deps: LoadDeps): Promise<number | null> {
  const { data } = await aggregateObjects(
    session,
    {
      objectSet: { type: 'base', objectType },
      aggregation: [{ type: 'count', name: 'count', direction: null }],
      ...{ groupBy: [], accuracy: 'ALLOW_APPROXIMATE' },
    },
    deps,
  )
  const counted = data[0]?.metrics[0]?.value
  return counted === undefined ? null : Number(counted)
}

function checkOrder({ aggregation, groupBy }: AggregateRequest): void {
  if (aggregation.every(({ direction }) => direction === null)) return
  const [only] = groupBy
  if (groupBy.length === 1 && !(only?.type === 'exact' && only.includeNullValues)) return
  throw ontologyErrors('FDP_ONTOLOGY_ORDERING')
}

/** Null where a name does not exist for the caller. */
function planOf(scope: Scope, seen: SeenType, request: AggregateRequest): AggregatePlan | null {
  const { holds, derived } = membersOf(scope, request.objectSet, seen)
  const names = [...request.groupBy, ...request.aggregation].flatMap((each) => ('field' in each ? [each.field] : []))
  const found = [...new Set(names)].map((name) => fieldOf(scope, seen, derived, name))
  const fields = found.filter((field) => field !== null)
  if (fields.length < found.length) return null
  const named = (name: string): Field => fields.find((field) => field.name === name)!
  const metrics = request.aggregation.map((metric) => ({
    metric,
    field: 'field' in metric ? named(metric.field) : null,
  }))
  for (const { metric, field } of metrics) checkMetric(metric, field?.type ?? null)
  const groupings = request.groupBy.map((by) => {
    const field = named(by.field)
    return { ...groupingOf(by, field.type), field }
  })
  return { seen, holds, fields, groupings, metrics }
}

function itemOf(
  { groupings, metrics }: AggregatePlan,
  values: readonly (string | null)[],
): AggregateAnswer['data'][number] {
  const json = (at: number): unknown => JSON.parse(values[at] ?? 'null')
  return {
    group: Object.fromEntries(groupings.map(({ field, label }, i) => [field.name, label(json(i))])),
    metrics: metrics.flatMap(({ metric: { name } }, i) => {
      const value = json(groupings.length + i) as number | string | null
      return value === null ? [] : [{ name, value }]
    }),
  }
}

/** FDP_ONTOLOGY_GROUPS, FDP_ONTOLOGY_ACCURACY. */
function answerOf(request: AggregateRequest, data: AggregateAnswer['data'], left: number): AggregateAnswer {
  if (data.length > limits.groupsMax) throw ontologyErrors('FDP_ONTOLOGY_GROUPS', { max: limits.groupsMax })
  if (left > 0 && request.accuracy === 'REQUIRE_ACCURATE') throw ontologyErrors('FDP_ONTOLOGY_ACCURACY')
  return { accuracy: left > 0 ? 'APPROXIMATE' : 'ACCURATE', excludedItems: left, data }
}
