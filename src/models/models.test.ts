import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { registerDerivedType } from '#contracts'
import type { Engine } from '#ports'
import { shippedProducts } from '#products'
import { checkModel } from './check-model.ts'
import { type Model, parseModel } from './declaration.ts'
import { lineDifference } from './line-difference.ts'
import { runModelTest } from './model-test.ts'
import { inOrder } from './order.ts'

let engine: Engine
const open = () => openDuckdbEngine({ memoryLimitMb: 256, threads: 1, tempDirectory: null })
before(async () => {
  engine = await open()
})
after(() => engine.close())

const keys = { rttPeriodId: '{ key: RttPeriod }', patientId: '{ key: Patient }' }
const clinical = '{ type: text, class: clinical, nullable: true }'

/** A model of one column `x` beside its keys. */
function modelOf(sql: string, x = clinical, more: { columns?: Record<string, string>; object?: string } = {}): Model {
  const columns = Object.entries(more.columns ?? { ...keys, x }).map(([name, is]) => `    ${name}: ${is}`)
  const yaml = `format: openfdp/model
version: 1
model:
  object: ${more.object ?? 'Tried'}
  title: A try
  owner: A test
  primaryKey: ${Object.keys(more.columns ?? keys)[0]}
  columns:
${columns.join('\n')}
  tests: [{ name: none, given: {}, expected: [] }]
`
  return parseModel('tried', yaml, sql)
}

const kept = 'p.person, p.rttPeriodId, p.patientId'
const from = 'from RttPeriod p'
const refusedBy = async (model: Model, code: string, says?: RegExp) =>
  assert.rejects(checkModel(engine, model), { code, ...(says ? { message: says } : {}) }, model.sql)

test('refused: whatever could reach a file, a setting, another statement, or more than is understood', async () => {
  const refused = [
    `select ${kept}, x from read_parquet('x.parquet') p`,
    `select ${kept}, x from 'x.parquet' p`,
    `select ${kept}, x from "lake/RttPeriod/x.parquet" p`,
    `select ${kept}, x from parquet_metadata('x') p`,
    `select ${kept}, x from glob('*') p`,
    `select ${kept}, x from query('select 1') p`,
    `select ${kept}, x from query_table('RttPeriod') p`,
    `select ${kept}, x from json_execute_serialized_sql('{}') p`,
    `select ${kept}, x from duckdb_views() p`,
    `select ${kept}, x from information_schema.tables p`,
    `select ${kept}, x from main.RttPeriod p`,
    `select ${kept}, x from memory.main.RttPeriod p`,
    `select ${kept}, x from (values (1)) p(x)`,
    `select ${kept}, x from unnest([1]) p(x)`,
    `select ${kept}, read_text('/etc/passwd') as x ${from}`,
    `select ${kept}, getenv('HOME') as x ${from}`,
    `select ${kept}, current_setting('x') as x ${from}`,
    `select ${kept}, random()::varchar as x ${from}`,
    `select ${kept}, now()::varchar as x ${from}`,
    `select ${kept}, current_date::varchar as x ${from}`,
    `select ${kept}, enable_logging() as x ${from}`,
    `select ${kept}, main.lower(p.statusCode) as x ${from}`,
    `select ${kept}, (select max(statusCode) from RttPeriod) as x ${from}`,
    `select ${kept}, p.statusCode as x ${from} where exists (select 1 from RttPeriod)`,
    `select ${kept}, p.statusCode as x ${from} where p.statusCode in (select statusCode from RttPeriod)`,
    `select ${kept}, list_transform([1], y -> y)::varchar as x ${from}`,
    `select ${kept}, columns('x') ${from}`,
    `select * ${from}`,
    `select p.* ${from}`,
    `select ${kept}, $1 as x ${from}`,
    `select ${kept}, p.statusCode as x ${from}; select 1`,
    `copy (select 1) to 'x'`,
    `pragma version`,
    `attach 'x'`,
    `select ${kept}, p.statusCode as x ${from} order by 1`,
    `select ${kept}, p.statusCode as x ${from} limit 1`,
    `select ${kept}, p.statusCode as x ${from} union all select ${kept}, p.statusCode ${from}`,
    `with recursive r as (select 1 union all select 1 from r) select ${kept}, p.statusCode as x ${from}`,
    `select ${kept}, p.statusCode as x ${from} tablesample 10%`,
    `select ${kept}, p.statusCode as x from RttPeriod p at (version => 1)`,
    `select distinct on (p.patientId) ${kept}, p.statusCode as x ${from}`,
    `select ${kept}, any_value(p.statusCode) as x ${from} group by all`,
    `select ${kept}, p.statusCode collate nocase as x ${from}`,
    `select ${kept}, p.statusCode as x from NationalDataOptOut p`,
    `with RttPeriod as (select 1) select ${kept}, p.statusCode as x ${from}`,
  ]
  for (const sql of refused) await refusedBy(modelOf(sql), 'FDP_MODEL_SQL')
})

test('refused: identities, free text and restricted columns, wherever they are named; they are not there', async () => {
  const patient = { columns: { personId: '{ key: Patient }', x: clinical } }
  for (const name of [
    'surname',
    'nhsNumber',
    'mrn',
    'postcodeFull',
    'phoneNumber',
    'accommodationStatusCode',
    '_person',
    '_key',
    'rowid',
  ])
    for (const sql of [
      `select p.person, p.personId, p.${name}::varchar as x from Patient p`,
      `select p.person, p.personId, 'y' as x from Patient p where p.${name} is not null`,
    ])
      await refusedBy(modelOf(sql, clinical, patient), 'FDP_MODEL_SQL', /no such column|not understood/)
})

test('refused: a key is worked with, compared with a value or with another kind, or passed on as something else', async () => {
  for (const x of [
    'p.rttPeriodId::varchar',
    'p.rttPeriodId % 2 = 0',
    "case when p.rttPeriodId = 7 then 'y' end",
    "case when p.rttPeriodId = p.patientId then 'y' end",
    "case when p.rttPeriodId < p.rttPeriodId then 'y' end",
    "case when p.rttPeriodId in (1, 2) then 'y' end",
    "case when p.rttPeriodId between 1 and 2 then 'y' end",
    'coalesce(p.rttPeriodId, p.rttPeriodId)',
    'max(p.rttPeriodId) over (partition by p.person)',
    'p.person::varchar',
    'p.patientId',
  ])
    await refusedBy(modelOf(`select ${kept}, ${x} as x ${from}`), 'FDP_MODEL_SQL')
  await refusedBy(
    modelOf(`select p.person, p.patientId as rttPeriodId, p.patientId, 'y' as x ${from}`),
    'FDP_MODEL_SQL',
  )
  await refusedBy(modelOf(`select p.person as patientId, p.rttPeriodId, p.person, 'y' as x ${from}`), 'FDP_MODEL_SQL')
})

test('refused: a row of several people, by join, group, window or aggregate', async () => {
  for (const sql of [
    `select ${kept}, q.statusCode as x ${from} join RttPeriod q on q.providerCode = p.providerCode`,
    `select ${kept}, q.statusCode as x ${from} join RttPeriod q on q.person = p.person or true`,
    `select ${kept}, q.statusCode as x ${from} join RttPeriod q on not (q.person = p.person)`,
    `select ${kept}, q.statusCode as x ${from} join RttPeriod q on q.person is not distinct from p.person`,
    `select ${kept}, q.statusCode as x ${from}, RttPeriod q where q.person = p.person`,
    `select ${kept}, q.statusCode as x ${from} left join RttPeriod r on r.person = p.person join RttPeriod q on q.person = r.person`,
    `select ${kept}, q.statusCode as x ${from} right join RttPeriod q on q.person = p.person`,
    `select ${kept}, q.statusCode as x ${from} full join RttPeriod q on q.person = p.person`,
    `select ${kept}, max(p.statusCode) over () as x ${from}`,
    `select ${kept}, max(p.statusCode) over (partition by p.providerCode) as x ${from}`,
    `select ${kept}, max(p.statusCode) over (partition by r.person) as x ${from} left join RttPeriod r on r.person = p.person`,
    `select r.person, p.rttPeriodId, p.patientId, p.statusCode as x ${from} left join RttPeriod r on r.person = p.person`,
    `select p.rttPeriodId, p.patientId, max(p.statusCode) as x ${from} group by 1, 2`,
    `select p.rttPeriodId, p.patientId, max(p.statusCode) as x ${from} group by p.rttPeriodId, p.patientId`,
    `select max(p.person) as person, p.rttPeriodId, p.patientId, 'y' as x ${from} group by p.rttPeriodId, p.patientId`,
    `with m as (select max(statusCode) as c from RttPeriod) select ${kept}, m.c as x ${from} cross join m`,
    `select p.rttPeriodId, p.patientId, p.statusCode as x ${from}`,
  ])
    await refusedBy(modelOf(sql), 'FDP_MODEL_SQL')
})

test('refused: rows that are alike would come in any order', async () => {
  const of = (order: string) => `with w as (select p.person, p.rttPeriodId, p.patientId, p.statusCode as x,
    row_number() over (partition by p.person order by ${order}) as n ${from}) select w.person, w.rttPeriodId, w.patientId, w.x from w where w.n = 1`
  await refusedBy(modelOf(of('p.clockStartDate')), 'FDP_MODEL_SQL', /no order/)
  await checkModel(engine, modelOf(of('p.clockStartDate, p.rttPeriodId')))
})

test('refused: a class that is milder than that of what a column is made from or chosen by, through any expression', async () => {
  const quasi = '{ type: text, class: quasi, nullable: true }'
  for (const sql of [
    `select ${kept}, p.commissionerCode as x ${from}`,
    `select ${kept}, case when p.commissionerCode = 'QX1' then 'y' end as x ${from}`,
    `select ${kept}, 'y' as x ${from} where p.commissionerCode = 'QX1'`,
    `select ${kept}, length(p.commissionerCode)::varchar as x ${from}`,
    `select ${kept}, p.statusCode as x ${from} join Patient q on q.person = p.person and q.personMaritalStatusCode = 'S'`,
    `select ${kept}, q.sexCode as x ${from} left join (select person, 'y' as sexCode from Patient where personMaritalStatusCode = 'S') q on q.person = p.person`,
    `with w as (select person, count(commissionerCode) as n from RttPeriod group by person) select ${kept}, (w.n > 1)::varchar as x ${from} join w on w.person = p.person`,
    `select ${kept}, p.statusCode as x ${from} qualify rank() over (partition by p.person order by p.commissionerCode) = 1`,
  ]) {
    await refusedBy(modelOf(sql), 'FDP_MODEL_CLASS')
    await checkModel(engine, modelOf(sql, quasi))
  }
  const count = '{ type: long, class: operational }'
  const grouped = `select ${kept}, count(*) as x ${from} group by ${kept}`
  await refusedBy(modelOf(grouped, count), 'FDP_MODEL_CLASS')
  await checkModel(engine, modelOf(grouped, '{ type: long, class: clinical }'))
})

test('refused: a class that was laundered through a model between', async () => {
  const first = modelOf(
    `select ${kept}, p.commissionerCode as x ${from}`,
    '{ type: text, class: quasi, nullable: true }',
    { object: 'TriedFirst' },
  )
  registerDerivedType(first.type)
  const sql = 'select f.person, f.rttPeriodId, f.patientId, upper(f.x) as x from TriedFirst f'
  await refusedBy(modelOf(sql), 'FDP_MODEL_CLASS')
  const second = await checkModel(engine, modelOf(sql, '{ type: text, class: quasi, nullable: true }'))
  assert.deepEqual([...second.lineage.columns.get('x')!.from], ['TriedFirst.x'])
  assert.deepEqual(second.lineage.inputs, ['TriedFirst'])
})

test('a declaration that is not right is refused with its place', () => {
  const declared = (columns: Record<string, string>) => () => modelOf('select 1', clinical, { columns })
  const where = (place: RegExp) => ({ code: 'FDP_MODEL_DECLARATION', message: place })
  assert.throws(declared({ rttPeriodId: '{ key: RttPeriod }' }), where(/columns.*key: Patient/))
  assert.throws(declared({ ...keys, x: '{ type: text, class: direct }' }), where(/class/))
  assert.throws(declared({ ...keys, x: '{ type: text, class: text }' }), where(/class/))
  assert.throws(declared({ ...keys, x: '{ type: text, class: restricted }' }), where(/class/))
  assert.throws(declared({ ...keys, x: '{ type: text }' }), where(/columns\.x/))
  assert.throws(declared({ ...keys, person: clinical }), where(/columns\.person/))
  assert.throws(declared({ ...keys, x: '{ key: Ward }' }), where(/columns\.x/))
  assert.throws(
    declared({ rttPeriodId: '{ key: RttPeriod, nullable: true }', patientId: '{ key: Patient }' }),
    where(/never null/),
  )
})

test('a name that another type has is taken', () => {
  for (const object of ['RttPeriod', 'Rttperiod'])
    assert.throws(() => registerDerivedType(modelOf('select 1', clinical, { object }).type), {
      code: 'FDP_CONTRACTS_NAME_TAKEN',
    })
})

test('models come after those that they read, and a circle is named', () => {
  const of = (object: string, ...inputs: string[]) =>
    ({ model: { object }, lineage: { inputs } }) as unknown as Parameters<typeof inOrder>[0][number]
  const names = (models: readonly { model: { object: string } }[]) => models.map(({ model }) => model.object)
  assert.deepEqual(names(inOrder([of('A', 'B', 'RttPeriod'), of('B', 'C'), of('C'), of('D', 'A', 'C')])), [
    'C',
    'B',
    'A',
    'D',
  ])
  assert.throws(() => inOrder([of('A', 'B'), of('B', 'C'), of('C', 'B')]), {
    code: 'FDP_MODEL_CYCLE',
    message: /B → C → B/,
  })
  assert.throws(() => inOrder([of('A', 'A')]), { code: 'FDP_MODEL_CYCLE', message: /A → A/ })
})

for (const model of shippedProducts().flatMap(({ models }) => models)) {
  for (const declared of model.tests) {
    test(`${model.object}: ${declared.name}`, async () => {
      await using own = await open()
      const { found, expected, findings, passed } = await runModelTest(own, await checkModel(own, model), declared)
      assert.ok(passed, `found ${JSON.stringify({ found, findings })}\nexpected ${JSON.stringify(expected)}`)
    })
  }
}

test('a declared test that expects something else fails, and so does one whose rows break the declaration', async () => {
  const [model] = shippedProducts().flatMap(({ models }) => models)
  const [declared] = model!.tests
  await using own = await open()
  const checked = await checkModel(own, model!)
  assert.equal(
    (await runModelTest(own, checked, { ...declared!, expected: declared!.expected.slice(1) })).passed,
    false,
  )
  const twice = { ...declared!, given: { RttPeriod: [...declared!.given.RttPeriod!, ...declared!.given.RttPeriod!] } }
  const { findings } = await runModelTest(own, checked, twice)
  assert.deepEqual(findings, [{ rule: 'key.repeated', column: 'rttPeriodId', rows: 2 }])
})

test('lineage: what each column comes from, what chooses it, and what chooses the rows', async () => {
  const [model] = shippedProducts().flatMap(({ models }) => models)
  const { lineage } = await checkModel(engine, model!)
  const of = (name: string) => [...lineage.columns.get(name)!.from].sort()
  assert.deepEqual(of('weekBand'), ['RttPeriod.clockStartDate'])
  assert.deepEqual(of('lastAppointmentDate'), ['Appointment.startDateTime'])
  assert.ok(lineage.columns.get('lastAppointmentDate')!.by.has('Appointment.pathwayId'))
  assert.equal(lineage.columns.get('weekBand')!.by.has('Appointment.startDateTime'), false)
  assert.deepEqual([...lineage.rows].sort(), [
    'RttPeriod.clockStartDate',
    'RttPeriod.clockStopDate',
    'RttPeriod.statusCode',
  ])
})

test('lines that came, went and stayed', () => {
  assert.deepEqual(lineDifference('a\nb\nc\n', 'a\nx\nc\nd\n'), ['  a', '- b', '+ x', '  c', '+ d'])
  assert.deepEqual(lineDifference('', 'a\n'), ['+ a'])
})
