import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isFdpError } from '#kernel'
import { type FullWorld, openFullWorld, type TypedRow } from '../../../test/full-world.ts'
import { manager } from '../../../test/world.ts'
import { aggregateObjects, countObjects } from './aggregate-objects.ts'
import { parseAggregateRequest } from './parse-aggregate.ts'
import type { AggregateAnswer } from './wire.ts'

/* What somebody learns who may see figures and no rows, and asks for whatever they like. */

let world: FullWorld
before(async () => {
  world = await openFullWorld()
})
after(() => world[Symbol.asyncDispose]())

const deps = () => {
  const { clock, random } = world.node.adapters
  return { keys: {} as never, clock, random, reference: () => null }
}

async function aggregate(json: object): Promise<AggregateAnswer> {
  await using session = await world.as('figures')
  return await aggregateObjects(session, parseAggregateRequest(json), deps())
}

const type = 'Encounter'
const base = { type: 'base', objectType: type }
const count = [{ type: 'count' }]
const eq = (field: string, value: unknown) => ({ type: 'eq', field, value })
const where = (...tests: object[]) => ({ type: 'filter', objectSet: base, where: { type: 'and', value: tests } })
const by = (field: string) => [{ type: 'exact', field }]
/** The rule of `subnational-0-7-5@1`. */
const nearest5 = (n: number) => Math.floor(n / 5 + 0.5) * 5
const peopleOf = (rows: readonly TypedRow[]) => new Set(rows.map((row) => row.patientId)).size
const peopleMin = 8

test('refused: figures of few values, groups and sets whose limits can be chosen', async () => {
  const refused = async (json: object) =>
    assert.rejects(aggregate(json), (error) => isFdpError(error, 'FDP_ONTOLOGY_RELEASE') || assert.fail(String(error)))
  for (const metric of ['min', 'max', 'exactDistinct', 'approximateDistinct', 'approximatePercentile']) {
    await refused({ objectSet: base, aggregation: [{ type: metric, field: 'patientCancellationCount' }] })
  }
  const field = 'patientCancellationCount'
  const [text, date] = ['division', 'lastRefreshedAtSourceTimestamp']
  const groupings = [
    { type: 'fixedWidth', field, fixedWidth: 1 },
    { type: 'ranges', field, ranges: [{ startValue: 3, endValue: 4 }] },
    { type: 'duration', field: date, value: 2, unit: 'DAYS' },
    { type: 'duration', field: date, value: 1, unit: 'WEEKS' },
    { type: 'exact', field: text, defaultValue: 'Surgery' },
  ]
  for (const each of groupings) await refused({ objectSet: base, aggregation: count, groupBy: [each] })
  const one = eq(text, 'Surgery')
  const tests = [
    { type: 'not', value: one },
    { type: 'or', value: [one, eq(text, 'Medicine')] },
    { type: 'in', field: text, value: ['Surgery', 'Medicine'] },
    { type: 'isNull', field: text, value: false },
    { type: 'gt', field, value: 3 },
    { type: 'startsWith', field: text, value: 'S' },
    { type: 'regex', field: text, value: 'S.*' },
  ]
  for (const each of tests) await refused({ objectSet: where(each), aggregation: count })
  const sets = [
    { type: 'union', objectSets: [where(one), where(eq(text, 'Medicine'))] },
    { type: 'subtract', objectSets: [base, where(one)] },
    { type: 'searchAround', objectSet: base, link: 'patient' },
    {
      type: 'intersect',
      objectSets: [base, { type: 'static', objects: ['ri.openfdp-objects.main.object.Encounter.0'] }],
    },
    {
      type: 'withProperties',
      objectSet: base,
      derivedProperties: {
        one: { type: 'selection', objectSet: { type: 'methodInput' }, operation: { type: 'count' } },
      },
    },
  ]
  for (const objectSet of sets) await refused({ objectSet, aggregation: count })
  const accurate = { objectSet: base, aggregation: count, accuracy: 'REQUIRE_ACCURATE' }
  await assert.rejects(aggregate(accurate), { code: 'FDP_ONTOLOGY_ACCURACY' })
  const many = ['division', 'ward', 'site', 'priority', 'tciStatus', 'transferStatus', 'waitlistCode'].map(
    (each) => by(each)[0],
  )
  await refused({ objectSet: base, aggregation: count, groupBy: many })
})

test('one patient and nobody look alike: a group of a few is left out like one that is not there', async () => {
  const rows = world.published(type)
  // Somebody known from outside by three things, and a fourth to find out about them.
  const known = ['division', 'specialtyId', 'ward'] as const
  const target = rows.find((row) => {
    const same = rows.filter((other) => known.every((name) => other[name] === row[name]))
    return known.every((name) => row[name] !== null) && same.length === 1
  })!
  const tests = known.map((name) => eq(name, target[name]))
  const asked = (more: object[], groupBy: object[] = []) =>
    aggregate({ objectSet: where(...tests, ...more), aggregation: count, groupBy })
  const nobody = await asked([eq('tciStatus', 'no such status')])
  assert.deepEqual(nobody.data, [{ group: {}, metrics: [] }])
  for (const value of [true, false]) assert.deepEqual(await asked([eq('hasTci', value)]), nobody)
  assert.deepEqual((await asked([], by('hasTci'))).data, [])
})

test('ranges of one day: no group by dates, however fine, is about few people', async () => {
  const field = 'lastRefreshedAtSourceTimestamp'
  const rows = world.published(type)
  for (const unit of ['DAYS', 'MONTHS', 'QUARTERS', 'YEARS']) {
    const { data } = await aggregate({
      objectSet: base,
      aggregation: count,
      groupBy: [{ type: 'duration', field, value: 1, unit }],
    })
    for (const { group, metrics } of data) {
      const start = String(group[field])
      const length = { DAYS: 10, MONTHS: 7, QUARTERS: 0, YEARS: 4 }[unit]!
      if (length === 0) continue
      const within = rows.filter(
        (row) => row[field] !== null && String(row[field]).slice(0, length) === start.slice(0, length),
      )
      assert.ok(peopleOf(within) >= peopleMin)
      assert.equal(metrics[0]!.value, nearest5(within.length))
    }
  }
})

interface Shown {
  readonly rows: ReadonlySet<number>
  readonly value: number
}

/** All cells that can be asked for over some properties, in every way that there is of asking. */
async function everyCell(properties: readonly string[]): Promise<{ shown: Shown[]; withheld: number }> {
  const rows = world.published(type)
  const shown: Shown[] = []
  let withheld = 0
  const note = (conditions: Readonly<Record<string, unknown>>, value: unknown) => {
    const within = rows.flatMap((row, i) =>
      Object.entries(conditions).every(([name, each]) => row[name] === each) ? [i] : [],
    )
    if (value === undefined) withheld += within.length > 0 ? 1 : 0
    else shown.push({ rows: new Set(within), value: Number(value) })
  }
  for (const first of [null, ...properties]) {
    for (const second of [null, ...properties]) {
      if (first !== null && second === first) continue
      const values =
        first === null ? [null] : [...new Set(rows.map((row) => row[first]))].filter((each) => each !== null)
      for (const value of values) {
        const given = first === null ? {} : { [first]: value }
        const groupBy = second === null ? [] : [{ type: 'exact', field: second, includeNullValues: true }]
        const objectSet = first === null ? base : where(eq(first, value))
        const { data } = await aggregate({ objectSet, aggregation: count, groupBy })
        if (second === null) note(given, data[0]!.metrics[0]?.value)
        else {
          for (const each of new Set(rows.map((row) => row[second]))) {
            const item = data.find(({ group }) => group[second] === each)
            note({ ...given, [second]: each }, item?.metrics[0]?.value)
          }
        }
      }
    }
  }
  return { shown, withheld }
}

test('no two figures differ in a few people: not a total and its part, however both were asked for', async () => {
  const rows = world.published(type)
  const { shown, withheld } = await everyCell([
    'encounterType',
    'isBooked',
    'isSuitableForPooledList',
    'admissionStatus',
  ])
  assert.ok(shown.length > 20 && withheld > 10, `${shown.length} shown, ${withheld} withheld`)
  const at = (indexes: Iterable<number>) => [...indexes].map((i) => rows[i]!)
  for (const cell of shown) {
    assert.equal(cell.value, nearest5(cell.rows.size))
    assert.ok(peopleOf(at(cell.rows)) >= peopleMin)
    for (const wider of shown) {
      if (![...cell.rows].every((i) => wider.rows.has(i))) continue
      const between = peopleOf(at([...wider.rows].filter((i) => !cell.rows.has(i))))
      assert.ok(between === 0 || between >= peopleMin, `${wider.value} and ${cell.value} lie ${between} people apart`)
    }
  }
})

test('what a total leaves for the groups that are withheld is never one group, and never a few people', async () => {
  const rows = world.published(type)
  let lines = 0
  for (const field of [
    'admissionStatus',
    'division',
    'isSuitableForPooledList',
    'hasTci',
    'tciStatus',
    'transferStatus',
  ]) {
    for (const given of [[], ['isBooked', true], ['encounterType', 'Inpatient']] as const) {
      const objectSet = given.length === 0 ? base : where(eq(given[0], given[1]))
      const within = given.length === 0 ? rows : rows.filter((row) => row[given[0]] === given[1])
      const groupBy = [{ type: 'exact', field, includeNullValues: true }]
      const { data } = await aggregate({ objectSet, aggregation: count, groupBy })
      const shown = new Set(data.map(({ group }) => group[field]))
      const withheld = within.filter((row) => !shown.has(row[field] as never))
      if (withheld.length === 0 || shown.size === 0) continue
      lines++
      assert.ok(peopleOf(withheld) >= peopleMin, `${field}: ${peopleOf(withheld)} people are left`)
      assert.ok(new Set(withheld.map((row) => row[field])).size > 1, `${field}: one group is left`)
    }
  }
  assert.ok(lines > 4, `${lines} tables with something withheld and something shown`)
})

test('in a table of two properties no line leaves one group, or a few people', async () => {
  const rows = world.published(type)
  let lines = 0
  for (const [a, b] of [
    ['isBooked', 'admissionStatus'],
    ['hasTci', 'hasFutureTci'],
    ['encounterType', 'tciStatus'],
  ] as const) {
    const groupBy = [a, b].map((field) => ({ type: 'exact', field, includeNullValues: true }))
    const { data } = await aggregate({ objectSet: base, aggregation: count, groupBy })
    const keyOf = (row: Readonly<Record<string, unknown>>) => JSON.stringify([row[a], row[b]])
    const shown = new Set(data.map(({ group }) => keyOf(group)))
    for (const fixed of [a, b]) {
      for (const [, line] of Map.groupBy(rows, (row) => row[fixed])) {
        const withheld = line.filter((row) => !shown.has(keyOf(row)))
        if (withheld.length === 0 || withheld.length === line.length) continue
        lines++
        assert.ok(new Set(withheld.map(keyOf)).size > 1, `${a}, ${b}: one group is left`)
        assert.ok(peopleOf(withheld) >= peopleMin, `${a}, ${b}: ${peopleOf(withheld)} people are left`)
      }
    }
  }
  assert.ok(lines > 2, `${lines} lines with something withheld and something shown`)
})

test('a value that is not there, one value in a list, and the same twice are conditions like others', async () => {
  const rows = world.published(type)
  const field = 'lastRefreshedAtSourceTimestamp'
  const of = async (objectSet: object) =>
    (await aggregate({ objectSet, aggregation: count })).data[0]!.metrics[0]?.value
  const without = rows.filter((row) => row[field] === null)
  const shown = await of(where({ type: 'isNull', field, value: true }))
  assert.ok(shown === undefined ? peopleOf(without) < peopleMin : shown === nearest5(without.length))
  const one = eq('isBooked', true)
  const booked = await of(where(one))
  assert.equal(booked, nearest5(rows.filter((row) => row.isBooked).length))
  const ways = [
    where(one, one),
    where({ type: 'in', field: 'isBooked', value: [true] }),
    { type: 'intersect', objectSets: [where(one), base] },
  ]
  for (const set of ways) assert.equal(await of(set), booked)
  for (const value of ['yes', 1]) {
    await assert.rejects(of(where(eq('isBooked', value))), { code: 'FDP_ONTOLOGY_VALUE' })
  }
})

test('objects about nobody are treated as if each were a person', async () => {
  await using session = await world.as('figures')
  const groupBy = by('siteOdsCode')
  const request = { objectSet: { type: 'base', objectType: 'Site' }, aggregation: count, groupBy }
  const { data } = await aggregateObjects(session, parseAggregateRequest(request), deps())
  const sizes = Map.groupBy(world.published('Site'), (row) => row.siteOdsCode)
  assert.ok(data.length > 0)
  for (const { group, metrics } of data) {
    const { length } = sizes.get(group.siteOdsCode as string)!
    assert.ok(length >= peopleMin)
    assert.equal(metrics[0]!.value, nearest5(length))
  }
})

test('many objects of one patient are one patient', async () => {
  const rows = world.published(type)
  const objects = Map.groupBy(rows, (row) => row.patientId)
  assert.ok(
    [...objects.values()].some((of) => of.length > 1),
    'the test needs patients with several objects',
  )
  for (const field of ['admissionSubStatus', 'tciStatus', 'ward', 'site', 'specialtyId']) {
    const { data } = await aggregate({ objectSet: base, aggregation: count, groupBy: by(field) })
    for (const { group } of data) assert.ok(peopleOf(rows.filter((row) => row[field] === group[field])) >= peopleMin)
  }
})

test('a mean is of enough people with a value, and a sum is worked out from what is shown', async () => {
  const rows = world.published(type)
  let shown = 0
  let withheld = 0
  for (const field of ['patientCancellationCount', 'estimatedTotalTheatreTime', 'atsTotalTheatreTime']) {
    for (const group of ['isBooked', 'removed', 'hasTci', 'ward']) {
      const aggregation = [...count, { type: 'avg', field }, { type: 'sum', field }]
      for (const { group: of, metrics } of (await aggregate({ objectSet: base, aggregation, groupBy: by(group) }))
        .data) {
        const within = rows.filter((row) => row[group] === of[group])
        const valued = within.filter((row) => row[field] !== null)
        const figures = Object.fromEntries(metrics.map(({ name, value }) => [name, value]))
        assert.equal(figures.count, nearest5(within.length))
        if (!(`${field}.avg` in figures)) {
          withheld++
          continue
        }
        shown++
        const values = valued.map((row) => Number(row[field]))
        const mean = Math.floor((values.reduce((sum, each) => sum + each, 0) / values.length) * 10 + 0.5) / 10
        assert.equal(figures[`${field}.avg`], mean)
        assert.equal(figures[`${field}.sum`], Math.round(mean * nearest5(values.length) * 10) / 10)
        const [some, none] = [valued.filter((row) => row[field] !== 0), valued.filter((row) => row[field] === 0)]
        const outside = rows.filter((row) => row[group] !== of[group] && row[field] !== null)
        for (const part of [some, none, outside]) assert.ok(part.length === 0 || peopleOf(part) >= peopleMin)
      }
    }
  }
  assert.ok(shown > 3 && withheld > 3, `${shown} shown, ${withheld} withheld`)
})

test('a grant whose policy shows true small counts does not show them to whoever chooses the breakdown', async () => {
  await using session = await world.session(manager, 'mandatory-return')
  const rows = world.published('RttPeriod')
  const request = {
    objectSet: { type: 'base', objectType: 'RttPeriod' },
    aggregation: count,
    groupBy: by('statusCode'),
  }
  const { data, disclosure, accuracy } = await aggregateObjects(session, parseAggregateRequest(request), deps())
  assert.equal(disclosure?.policy, 'subnational-0-7-5@1')
  assert.equal(accuracy, 'APPROXIMATE')
  const sizes = Map.groupBy(rows, (row) => row.statusCode)
  assert.ok(data.length > 0 && data.length < sizes.size)
  for (const { group, metrics } of data) {
    const within = sizes.get(group.statusCode as string)!
    assert.ok(peopleOf(within) >= peopleMin)
    assert.equal(metrics[0]!.value, nearest5(within.length))
  }
})

test('order and maximum go by what is shown; each release is an entry with the policy that it passed', async () => {
  const { ledger } = world.tenant()
  const from = ledger.size
  const groupBy = [{ type: 'exact', field: 'admissionSubStatus', maxGroupCount: 2 }]
  const asked = { objectSet: base, aggregation: [{ ...count[0], direction: 'ASC' }], groupBy }
  const values = (await aggregate(asked)).data.map(({ metrics }) => Number(metrics[0]!.value))
  assert.equal(values.length, 2)
  assert.ok(values[0]! <= values[1]!)
  const largest = await aggregate({ ...asked, aggregation: count })
  assert.ok(largest.data.every(({ metrics }) => Number(metrics[0]!.value) >= values[1]!))
  await using session = await world.as('figures')
  assert.equal(await countObjects(session, type, deps()), nearest5(world.published(type).length))
  const types: string[] = []
  for await (const { type: entry, governance } of ledger.entries(from)) {
    types.push(entry)
    if (entry === 'release.made') assert.equal(Reflect.get(governance as object, 'policy'), 'subnational-0-7-5@1')
  }
  assert.equal(types.filter((each) => each === 'release.made').length, 3)
})
