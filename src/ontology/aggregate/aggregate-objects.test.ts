import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type ObjectType, objectTypes, type PropertyType } from '#contracts'
import { isFdpError, limits } from '#kernel'
import { type FullWorld, openFullWorld, type TypedRow } from '../../../test/full-world.ts'
import { aggregateObjects, countObjects } from './aggregate-objects.ts'
import { parseAggregateRequest } from './parse-aggregate.ts'
import type { AggregateAnswer, GroupBy, GroupValue, Metric } from './wire.ts'

let world: FullWorld
before(async () => {
  world = await openFullWorld()
})
after(() => world[Symbol.asyncDispose]())

const deps = () => {
  const { clock, random } = world.node.adapters
  return { keys: {} as never, clock, random, reference: () => null }
}

async function aggregate(who: Parameters<FullWorld['as']>[0], json: object): Promise<AggregateAnswer> {
  await using session = await world.as(who)
  return await aggregateObjects(session, parseAggregateRequest(json), deps())
}

const base = (objectType: string) => ({ type: 'base', objectType })
const count = { type: 'count' }
const fails = (code: string, who: Parameters<FullWorld['as']>[0], json: object) =>
  assert.rejects(aggregate(who, json), (error) => isFdpError(error, code) || assert.fail(String(error)))

test('refused: figures, groupings and orders that the types of properties do not take', async () => {
  const of = (aggregation: object[], groupBy: object[] = []) => ({
    objectSet: base('Encounter'),
    aggregation,
    groupBy,
  })
  const type = objectTypes().find(({ name }) => name === 'Encounter')!
  const named = (kind: PropertyType) => type.properties.find((each) => each.type === kind && each.role === null)!.name
  const [text, list, date, moment] = [named('text'), named('texts'), named('date'), named('timestamp')]
  for (const metric of ['sum', 'avg', 'min', 'max', 'approximatePercentile']) {
    await fails('FDP_ONTOLOGY_METRIC', 'full', of([{ type: metric, field: text }]))
  }
  await fails('FDP_ONTOLOGY_METRIC', 'full', of([{ type: 'sum', field: date }]))
  await fails('FDP_ONTOLOGY_METRIC', 'full', of([{ type: 'exactDistinct', field: list }]))
  await fails('FDP_ONTOLOGY_GROUPING', 'full', of([count], [{ type: 'exact', field: list }]))
  await fails('FDP_ONTOLOGY_GROUPING', 'full', of([count], [{ type: 'fixedWidth', field: text, fixedWidth: 5 }]))
  const ranges = [{ startValue: '2026-01-01', endValue: '2026-02-01' }]
  await fails('FDP_ONTOLOGY_RANGES', 'full', of([count], [{ type: 'ranges', field: text, ranges }]))
  const wrong = [{ startValue: 1, endValue: 2 }]
  await fails('FDP_ONTOLOGY_RANGE_VALUE', 'full', of([count], [{ type: 'ranges', field: date, ranges: wrong }]))
  await fails(
    'FDP_ONTOLOGY_DURATION_TYPE',
    'full',
    of([count], [{ type: 'duration', field: text, value: 1, unit: 'DAYS' }]),
  )
  await fails(
    'FDP_ONTOLOGY_DURATION',
    'full',
    of([count], [{ type: 'duration', field: date, value: 1, unit: 'HOURS' }]),
  )
  // Below identifiable level a moment is shown as its day.
  await fails(
    'FDP_ONTOLOGY_DURATION',
    'tokens',
    of([count], [{ type: 'duration', field: moment, value: 1, unit: 'HOURS' }]),
  )
  const ordered = { ...count, direction: 'ASC' }
  await fails('FDP_ONTOLOGY_ORDERING', 'full', of([ordered]))
  await fails('FDP_ONTOLOGY_ORDERING', 'full', of([ordered], [{ type: 'exact', field: text, includeNullValues: true }]))
  const two = [
    { type: 'exact', field: text },
    { type: 'exact', field: date },
  ]
  await fails('FDP_ONTOLOGY_ORDERING', 'full', of([ordered], two))
  const few = { ...of([count], [{ type: 'exact', field: date, maxGroupCount: 1 }]), accuracy: 'REQUIRE_ACCURATE' }
  await fails('FDP_ONTOLOGY_ACCURACY', 'full', few)
})

test('refused: a property that is hidden, as one that does not exist, in every place of a request', async () => {
  const requests = (field: string) => [
    { objectSet: base('Patient'), aggregation: [{ type: 'exactDistinct', field }] },
    { objectSet: base('Patient'), aggregation: [count], groupBy: [{ type: 'exact', field }] },
    {
      objectSet: { type: 'filter', objectSet: base('Patient'), where: { type: 'isNull', field, value: true } },
      aggregation: [count],
    },
  ]
  for (const who of ['tokens', 'figures', 'nobody'] as const) {
    const said = async (field: string) => {
      const errors: string[] = []
      for (const request of requests(field)) {
        await aggregate(who, request).then(
          () => assert.fail('it was let through'),
          (error: Error) => errors.push(`${Reflect.get(error, 'code')} ${error.message}`.replaceAll(field, '…')),
        )
      }
      return errors
    }
    assert.deepEqual(await said('nhsNumber'), await said('noSuchProperty'))
    assert.deepEqual(await said('surname'), await said('noSuchProperty'))
  }
  await using session = await world.as('nobody')
  await assert.rejects(countObjects(session, 'Patient', deps()), { code: 'FDP_ONTOLOGY_OBJECT_TYPE' })
  await assert.rejects(countObjects(session, 'NoSuchType', deps()), { code: 'FDP_ONTOLOGY_OBJECT_TYPE' })
})

const runs = process.env.FDP_TEST_FULL ? 300 : 20

/* The same worked out over the published rows, one by one. */

interface Random {
  below(n: number): number
  of<T>(items: readonly T[]): T
}

function randomOf(seed: number): Random {
  let state = seed
  const below = (n: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * n)
  }
  return { below, of: (items) => items[below(items.length)]! }
}

const numbers: readonly PropertyType[] = ['integer', 'long', 'double']
const days: readonly PropertyType[] = ['date', 'timestamp']

function randomMetric(random: Random, { properties }: ObjectType, i: number): Metric {
  const of = (types: readonly PropertyType[]) =>
    properties.filter(({ type }) => types.includes(type)).map(({ name }) => name)
  const choice = random.below(6)
  const direction = null
  const numeric = of(numbers)
  if (choice > 2 && numeric.length > 0) {
    const field = random.of(numeric)
    if (choice === 5)
      return { type: 'approximatePercentile', field, approximatePercentile: 0.9, name: `m${i}`, direction }
    return { type: random.of(['sum', 'avg', 'min', 'max'] as const), field, name: `m${i}`, direction }
  }
  const dated = of(days)
  if (choice === 1 && dated.length > 0)
    return { type: random.of(['min', 'max']), field: random.of(dated), name: `m${i}`, direction }
  const single = of([...numbers, ...days, 'text', 'boolean'])
  if (choice === 2)
    return {
      type: random.of(['exactDistinct', 'approximateDistinct']),
      field: random.of(single),
      name: `m${i}`,
      direction,
    }
  return { type: 'count', name: `m${i}`, direction }
}

function randomGrouping(random: Random, { properties }: ObjectType, field: string): GroupBy {
  const { type } = properties.find(({ name }) => name === field)!
  if (numbers.includes(type) && random.below(2) === 0) {
    if (random.below(2) === 0) return { type: 'fixedWidth', field, fixedWidth: random.of([1, 7, 2.5]) }
    const ranges = [
      { startValue: 0, endValue: 20 },
      { startValue: 10, endValue: 1_000 },
      { startValue: -5, endValue: 1 },
    ]
    return { type: 'ranges', field, ranges }
  }
  if (days.includes(type) && random.below(3) > 0) {
    const units = [
      'DAYS',
      'WEEKS',
      'MONTHS',
      'QUARTERS',
      'YEARS',
      ...(type === 'timestamp' ? ['HOURS', 'MINUTES'] : []),
    ] as const
    const unit = random.of(units) as 'DAYS'
    const isCalendar = ['WEEKS', 'MONTHS', 'QUARTERS', 'YEARS'].includes(unit)
    return { type: 'duration', field, unit, value: isCalendar ? 1 : random.of([1, 3, 45]) }
  }
  const isText = type === 'text'
  const includeNullValues = random.below(3) === 0
  const defaultValue = !includeNullValues && isText && random.below(2) === 0 ? 'none of them' : null
  return { type: 'exact', field, maxGroupCount: random.of([limits.groupsMax, 3]), includeNullValues, defaultValue }
}

type Value = TypedRow[string]

function groupsOf(by: GroupBy, type: PropertyType, value: Value): readonly GroupValue[] {
  if (by.type === 'exact') {
    if (value === null) return by.includeNullValues ? [null] : by.defaultValue === null ? [] : [by.defaultValue]
    return [type === 'long' ? String(value) : (value as GroupValue)]
  }
  if (value === null) return []
  if (by.type === 'fixedWidth') return [Math.floor(Number(value) / by.fixedWidth) * by.fixedWidth]
  if (by.type === 'ranges')
    return by.ranges.filter((each) => Number(each.startValue) <= Number(value) && Number(value) < Number(each.endValue))
  return [intervalOf(by, type, String(value))]
}

function intervalOf({ unit, value }: GroupBy & { type: 'duration' }, type: PropertyType, text: string): string {
  const at = new Date(type === 'date' ? `${text}T00:00:00Z` : text)
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()]
  const ms = { MINUTES: 60_000, HOURS: 3_600_000, DAYS: 86_400_000 }
  const start =
    unit === 'YEARS'
      ? Date.UTC(year, 0, 1)
      : unit === 'QUARTERS'
        ? Date.UTC(year, month - (month % 3), 1)
        : unit === 'MONTHS'
          ? Date.UTC(year, month, 1)
          : unit === 'WEEKS'
            ? Date.UTC(year, month, day - ((at.getUTCDay() + 6) % 7))
            : Math.floor(at.getTime() / (value * ms[unit as 'DAYS'])) * value * ms[unit as 'DAYS']
  const iso = new Date(start).toISOString()
  return type === 'date' ? iso.slice(0, 10) : iso.replace('.000Z', 'Z')
}

function figure(metric: Metric, rows: readonly TypedRow[], type: PropertyType | null): number | string | null {
  if (metric.type === 'count') return rows.length
  const values = rows.map((row) => row[metric.field]!).filter((value) => value !== null)
  if (metric.type === 'exactDistinct' || metric.type === 'approximateDistinct') return new Set(values).size
  if (values.length === 0) return null
  if (type && days.includes(type)) {
    const sorted = values.map(String).toSorted()
    return (metric.type === 'min' ? sorted[0] : sorted.at(-1))!
  }
  const sorted = values.map(Number).toSorted((a, b) => a - b)
  const sum = sorted.reduce((all, each) => all + each, 0)
  if (metric.type === 'sum') return sum
  if (metric.type === 'avg') return sum / sorted.length
  if (metric.type === 'min') return sorted[0]!
  if (metric.type === 'max') return sorted.at(-1)!
  const place = (metric.type === 'approximatePercentile' ? metric.approximatePercentile : 0) * (sorted.length - 1)
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!]
  return below + (above - below) * (place - Math.floor(place))
}

interface Expected {
  readonly group: Record<string, GroupValue>
  readonly rows: TypedRow[]
}

/** Groups within each grouping's maximum, and how many objects the others have. */
function expectedGroups(rows: readonly TypedRow[], groupBy: readonly GroupBy[], type: ObjectType) {
  let all: Expected[] = [{ group: {}, rows: [...rows] }]
  for (const by of groupBy) {
    const kind = type.properties.find(({ name }) => name === by.field)!.type
    all = all.flatMap(({ group, rows: within }) => {
      const found = new Map<string, Expected>()
      for (const row of within) {
        for (const value of groupsOf(by, kind, row[by.field]!)) {
          const key = JSON.stringify(value)
          const place = found.get(key) ?? { group: { ...group, [by.field]: value }, rows: [] }
          place.rows.push(row)
          found.set(key, place)
        }
      }
      return [...found.values()]
    })
  }
  const sized = (by: GroupBy, value: string) =>
    all
      .filter(({ group }) => JSON.stringify(group[by.field]) === value)
      .reduce((sum, each) => sum + each.rows.length, 0)
  return { all, sized }
}

const keyed = (answer: readonly { group: object }[]) =>
  new Map(answer.map((each) => [JSON.stringify(Object.entries(each.group).toSorted()), each]))

test('figures and groups equal those worked out row by row, whatever is asked', async () => {
  const random = randomOf(20_260_114)
  const types = objectTypes().filter(
    ({ origin, properties }) => origin === 'cdm-146' && properties.some((each) => numbers.includes(each.type)),
  )
  const used = new Set<string>()
  for (let run = 0; run < runs; run++) {
    const type = random.of(types)
    const rows = world.published(type.name)
    const groupable = type.properties.filter((each) => each.type !== 'texts')
    const fields = [...new Set([random.of(groupable).name, random.of(groupable).name])].slice(0, random.below(3))
    const groupBy = fields.map((field) => randomGrouping(random, type, field))
    const aggregation = [0, 1, 2, 3].map((i) => randomMetric(random, type, i))
    for (const each of [...groupBy, ...aggregation]) used.add(each.type)
    await using session = await world.as('full')
    const request = {
      objectSet: { type: 'base', objectType: type.apiName },
      aggregation,
      groupBy,
      accuracy: 'ALLOW_APPROXIMATE',
    } as const
    const answer = await aggregateObjects(session, request, deps())
    const { all, sized } = expectedGroups(rows, groupBy, type)
    const found = keyed(answer.data)
    const asked = JSON.stringify({ type: type.name, groupBy, aggregation })
    let excluded = 0
    for (const { group, rows: within } of all) {
      const item = found.get(JSON.stringify(Object.entries(group).toSorted())) as
        | AggregateAnswer['data'][number]
        | undefined
      if (!item) {
        excluded += within.length
        // Left out for a maximum, and no smaller value of that grouping was kept.
        const beyond = groupBy.some((by) => {
          if (by.type !== 'exact') return false
          const kept = new Set(answer.data.map((each) => JSON.stringify(each.group[by.field])))
          const own = JSON.stringify(group[by.field])
          return (
            !kept.has(own) &&
            kept.size <= by.maxGroupCount &&
            [...kept].every((value) => sized(by, value) >= sized(by, own))
          )
        })
        assert.ok(beyond, `${asked} has no ${JSON.stringify(group)}`)
        continue
      }
      for (const metric of aggregation) {
        const kind = metric.type === 'count' ? null : type.properties.find(({ name }) => name === metric.field)!.type
        const expected = figure(metric, within, kind)
        const value: number | string | null = item.metrics.find(({ name }) => name === metric.name)?.value ?? null
        if (typeof expected === 'number' && typeof value === 'number') {
          assert.ok(
            Math.abs(expected - value) <= 1e-9 * Math.max(1, Math.abs(expected)),
            `${asked}: ${metric.type} ${value} is not ${expected}`,
          )
        } else assert.equal(value, expected, `${asked}: ${metric.type}`)
      }
    }
    assert.equal(answer.excludedItems ?? 0, excluded, asked)
    assert.equal(answer.accuracy, excluded > 0 ? 'APPROXIMATE' : 'ACCURATE')
    assert.ok(answer.data.length <= Math.max(all.length, 1))
  }
  const every = [
    'count',
    'min',
    'max',
    'sum',
    'avg',
    'exactDistinct',
    'approximateDistinct',
    'approximatePercentile',
    'exact',
    'fixedWidth',
    'ranges',
    'duration',
  ]
  assert.deepEqual([...used].toSorted(), every.toSorted())
})

test('groups come in the order of a figure, and the maximum keeps the first of them', async () => {
  const rows = world.published('Encounter')
  const sizes = Map.groupBy(rows, (row) => row.admissionStatus)
  const request = {
    objectSet: base('Encounter'),
    aggregation: [{ ...count, direction: 'ASC' }],
    groupBy: [{ type: 'exact', field: 'admissionStatus', maxGroupCount: 2 }],
  }
  const { data, accuracy, excludedItems } = await aggregate('full', request)
  const ascending = [...sizes]
    .filter(([value]) => value !== null)
    .map(([, of]) => of.length)
    .toSorted((a, b) => a - b)
  assert.deepEqual(
    data.map(({ metrics }) => metrics[0]!.value),
    ascending.slice(0, 2),
  )
  assert.equal(accuracy, 'APPROXIMATE')
  assert.equal(
    excludedItems,
    ascending.slice(2).reduce((sum, each) => sum + each, 0),
  )
})

test('nothing to aggregate: a count of 0, no other figure; no group at all', async () => {
  const where = { type: 'eq', field: 'encounterType', value: 'there is no such type of encounter' }
  const objectSet = { type: 'filter', objectSet: base('Encounter'), where }
  const aggregation = [count, { type: 'max', field: 'encounterType' }].slice(0, 1)
  const number = objectTypes()
    .find(({ name }) => name === 'Encounter')!
    .properties.find(({ type }) => type === 'date')!.name
  const { data } = await aggregate('full', { objectSet, aggregation: [...aggregation, { type: 'max', field: number }] })
  assert.deepEqual(data, [{ group: {}, metrics: [{ name: 'count', value: 0 }] }])
  const grouped = await aggregate('full', {
    objectSet,
    aggregation,
    groupBy: [{ type: 'exact', field: 'encounterType' }],
  })
  assert.deepEqual(grouped, { accuracy: 'ACCURATE', excludedItems: 0, data: [] })
})

test('an aggregation and a count are reads like others: one entry, without a word of the sender that lasts', async () => {
  const { ledger } = world.tenant()
  const from = ledger.size
  await using session = await world.as('full')
  assert.equal(await countObjects(session, 'Site', deps()), world.published('Site').length)
  const where = { type: 'eq', field: 'surname', value: 'Canaryhurst' }
  await aggregateObjects(
    session,
    parseAggregateRequest({
      objectSet: { type: 'filter', objectSet: base('Patient'), where },
      aggregation: [{ type: 'count', name: 'Canaryhurst' }],
      groupBy: [{ type: 'exact', field: 'sex', defaultValue: 'Canaryhurst' }],
    }),
    deps(),
  )
  const entries = []
  for await (const entry of ledger.entries(from)) entries.push(entry)
  assert.equal(entries.filter(({ type }) => type === 'read.opened').length, 2)
  assert.ok(!JSON.stringify(entries.map(({ governance }) => governance)).includes('Canaryhurst'))
})
