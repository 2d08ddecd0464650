/*
 * Law 3. What you may not read does not exist: neither columns outside a grant nor rows outside its scope.
 *
 * The attack asks random questions under random grants and holds every answer against an independent evaluation, in
 * plain JavaScript, of the same question over the rows and columns of the grant alone. If a row outside the scope or a
 * value of a column outside the grant, or of a person who opted out of that purpose, moved any answer (a filter, its negation, an order, a group, a count, a minimum,
 * the number of distinct values), the two would differ.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { DpiaRef, RowScope } from '#governance'
import { isFdpError, type PurposeId } from '#kernel'
import { type Aggregation, questionOf, summaryOf, type Test, type Where } from '#ontology'
import { fc } from '../random.ts'
import { ask, openWorld, planning, type World } from '../world.ts'
import { dpiaFor, optOut } from '../world-opt-outs.ts'

const runs = process.env.FDP_TEST_FULL ? 1_500 : 80
const patients = 80
/** To this one opt-outs apply; to the other, which the law requires, they do not. */
const research = 'research' as PurposeId
let world: World
let dpia: DpiaRef
const saidNo = (patient: number) => patient % 5 === 2
before(async () => {
  world = await openWorld({ patients })
  await world.purpose(research, { class: 'research', commonLaw: 's251-reg5' })
  dpia = await dpiaFor(world, research, ['RttPeriod'], ['pseudonymised'])
  await optOut(
    world,
    world.rows().Patient.filter((_, i) => saidNo(i)),
  )
})
after(() => world[Symbol.asyncDispose]())

type Cell = string | null
type Plain = Readonly<Record<string, Cell>>
type Truth = boolean | null

const columns = [
  'providerCode',
  'commissionerCode',
  'treatmentFunctionCode',
  'clockStartDate',
  'clockStopDate',
  'statusCode',
  'decisionToAdmitDate',
] as const
const isDate = (column: string) => column.endsWith('Date')

function plainRows(): Plain[] {
  return world.rows().RttPeriod.map((row) => Object.fromEntries(columns.map((name) => [name, row[name] || null])))
}

/** Values that occur, some of them outside any scope, and some that never do. */
function valueIn(column: string): fc.Arbitrary<string> {
  const rows = plainRows()
  const index = fc.nat(rows.length - 1).map((i) => rows[i]![column] ?? '2026-01-01')
  return fc.oneof(
    { weight: 4, arbitrary: index },
    { weight: 1, arbitrary: fc.constantFrom('', '0', 'QZ9', "'", '2031-02-30') },
  )
}

const columnIn = fc.constantFrom(...columns)
const testIn: fc.Arbitrary<Test> = columnIn.chain((property) =>
  fc.oneof(
    fc.record({
      type: fc.constantFrom('eq' as const, 'ne' as const, 'lt' as const, 'lte' as const, 'gt' as const, 'gte' as const),
      property: fc.constant(property as string),
      value: valueIn(property),
    }),
    fc.record({
      type: fc.constant('in' as const),
      property: fc.constant(property as string),
      values: fc.array(valueIn(property), { maxLength: 4 }),
    }),
    fc.record({ type: fc.constant('isNull' as const), property: fc.constant(property as string) }),
  ),
)
const { where: whereIn } = fc.letrec<{ where: Where }>((tie) => ({
  where: fc.oneof(
    { depthSize: 'small' },
    testIn,
    fc.record({ type: fc.constant('not' as const), of: tie('where') }),
    fc.record({ type: fc.constantFrom('and' as const, 'or' as const), of: fc.array(tie('where'), { maxLength: 3 }) }),
  ),
}))

/** SQL's three truths, written out. */
function truth(where: Where | undefined, row: Plain): Truth {
  if (!where) return true
  switch (where.type) {
    case 'not': {
      const inner = truth(where.of, row)
      return inner === null ? null : !inner
    }
    case 'and':
    case 'or': {
      const parts = where.of.map((each) => truth(each, row))
      const decisive = where.type === 'or'
      if (parts.includes(decisive)) return decisive
      return parts.includes(null) ? null : !decisive
    }
    case 'isNull':
      return row[where.property] === null
    case 'in': {
      if (where.values.length === 0) return false
      const parts = where.values.map((value) => compare(row[where.property]!, 'eq', value, where.property))
      return parts.includes(true) ? true : parts.includes(null) ? null : false
    }
    default:
      return compare(row[where.property]!, where.type, where.value, where.property)
  }
}

function compare(cell: Cell, how: string, value: string, column: string): Truth {
  if (cell === null || (isDate(column) && !isCalendarDay(value))) return null
  const order = cell < value ? -1 : cell > value ? 1 : 0
  return { eq: order === 0, ne: order !== 0, lt: order < 0, lte: order <= 0, gt: order > 0, gte: order >= 0 }[how]!
}

function isCalendarDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`)
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

interface GrantCase {
  readonly columns: readonly string[]
  readonly rows: RowScope
  readonly purpose: PurposeId
}

const grantIn: fc.Arbitrary<GrantCase> = fc.record({
  columns: fc.subarray([...columns], { minLength: 1 }),
  purpose: fc.constantFrom(planning as PurposeId, research),
  rows: fc.record({
    controllers: fc.constantFrom<RowScope['controllers']>('all', ['RZ1'] as never, ['RZ2'] as never),
    where: fc.uniqueArray(
      columnIn.chain((property) =>
        fc.record({
          property: fc.constant(property as string),
          in: fc.array(valueIn(property), { minLength: 1, maxLength: 6 }),
        }),
      ),
      { maxLength: 2, selector: ({ property }) => property },
    ),
  }),
})

function visibleRows({ rows, purpose }: GrantCase): Plain[] {
  if (rows.controllers !== 'all' && !rows.controllers.includes('RZ1' as never)) return []
  // Each patient has one period, in the same order.
  const there = plainRows().filter((_, i) => purpose !== research || !saidNo(i))
  return there.filter((row) => rows.where.every(({ property, in: values }) => values.includes(row[property] ?? '\0')))
}

/** A new person with this one grant, and the session they ask in. */
async function under(grant: GrantCase) {
  const id = await world.hire()
  const scope = {
    ...grant.rows,
    where: grant.rows.where.map(({ property, in: values }) => ({ property, in: [...values] })),
  }
  const { purpose } = grant
  const under = purpose === research ? { purpose, dpia } : { purpose }
  await world.grant(id, 'RttPeriod', { columns: [...grant.columns], rows: scope as RowScope, ...under })
  return world.session(id, purpose)
}

const touched = (where: Where | undefined): string[] =>
  !where ? [] : where.type === 'not' ? touched(where.of) : 'of' in where ? where.of.flatMap(touched) : [where.property]
const sorted = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort()

async function sameOrRefused(
  grant: GrantCase,
  names: readonly string[],
  call: () => Promise<unknown>,
  expected: unknown,
) {
  if (names.every((name) => grant.columns.includes(name))) return assert.deepEqual(await call(), expected)
  await assert.rejects(call, (error) => isFdpError(error, 'FDP_GATE_NOT_AVAILABLE'))
}

test(`${runs} random pages under random grants are what an independent evaluation gives`, async () => {
  const asked = { answered: 0, refused: 0, rows: 0 }
  await fc.assert(
    fc.asyncProperty(
      grantIn,
      fc.subarray([...columns], { minLength: 1, maxLength: 3 }),
      fc.option(whereIn, { nil: undefined }),
      fc.option(fc.record({ property: columnIn, descending: fc.boolean() }), { nil: undefined }),
      fc.boolean(),
      async (grant, free, where, order, isWithin) => {
        const select = isWithin ? grant.columns : free
        const orderBy = order && (!isWithin || grant.columns.includes(order.property)) ? [order] : []
        const filter = isWithin && touched(where).some((name) => !grant.columns.includes(name)) ? undefined : where
        const rows = visibleRows(grant).filter((row) => truth(filter, row) === true)
        const expected = sorted(rows.map((row) => Object.fromEntries(select.map((name) => [name, row[name]]))))
        const names = [...select, ...touched(filter), ...orderBy.map(({ property }) => property)]
        const isAllowed = names.every((name) => grant.columns.includes(name))
        asked[isAllowed ? 'answered' : 'refused'] += 1
        if (isAllowed) asked.rows += rows.length
        await using session = await under(grant)
        const query = { object: 'RttPeriod', select, orderBy, limit: 1_000, ...(filter ? { where: filter } : {}) }
        const call = async () => sorted(await ask(session, questionOf(query)))
        await sameOrRefused(grant, names, call, expected)
      },
    ),
    { numRuns: runs },
  )
  // The attack itself must not be empty.
  assert.ok(asked.answered > runs / 5 && asked.refused > runs / 20 && asked.rows > runs, JSON.stringify(asked))
})

const aggregationIn: fc.Arbitrary<Aggregation> = fc.oneof(
  fc.constant<Aggregation>({ name: 'n', type: 'count' }),
  fc.record({
    name: fc.constant('n'),
    type: fc.constantFrom('min' as const, 'max' as const, 'countDistinct' as const),
    property: columnIn,
  }),
)

function evaluate(aggregation: Aggregation, rows: readonly Plain[]): unknown {
  if (aggregation.type === 'count') return rows.length
  const values = rows
    .map((row) => row[aggregation.property]!)
    .filter((value) => value !== null)
    .sort()
  if (aggregation.type === 'countDistinct') return new Set(values).size
  return (aggregation.type === 'min' ? values[0] : values.at(-1)) ?? null
}

test(`${runs} random summaries under random grants are what an independent evaluation gives`, async () => {
  await fc.assert(
    fc.asyncProperty(
      grantIn,
      fc.subarray([...columns], { maxLength: 2 }),
      aggregationIn,
      fc.option(whereIn, { nil: undefined }),
      fc.boolean(),
      async (grant, free, aggregation, where, isWithin) => {
        const groupBy = isWithin ? grant.columns.slice(0, 2) : free
        const filter = isWithin && touched(where).some((name) => !grant.columns.includes(name)) ? undefined : where
        const rows = visibleRows(grant).filter((row) => truth(filter, row) === true)
        const groups = Map.groupBy(rows, (row) => JSON.stringify(groupBy.map((name) => row[name])))
        if (groupBy.length === 0 && rows.length === 0) groups.set('[]', [])
        const expected = sorted(
          [...groups].map(([key, members]) => ({
            ...Object.fromEntries((JSON.parse(key) as Cell[]).map((value, i) => [groupBy[i], value])),
            n: evaluate(aggregation, members),
          })),
        )
        const measured = aggregation.type === 'count' ? [] : [aggregation.property]
        await using session = await under(grant)
        const summary = {
          object: 'RttPeriod',
          groupBy,
          aggregations: [aggregation],
          ...(filter ? { where: filter } : {}),
        }
        const call = async () => sorted(await ask(session, summaryOf(summary)))
        await sameOrRefused(grant, [...groupBy, ...touched(filter), ...measured], call, expected)
      },
    ),
    { numRuns: runs },
  )
})
