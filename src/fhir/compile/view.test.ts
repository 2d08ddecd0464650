import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { ident, isFdpError, limits, toStatement } from '#kernel'
import type { Engine } from '#ports'
import { parseView } from '../definition/parse-view.ts'
import { viewRows } from '../run-view.ts'
import { compileView } from './view.ts'

const canary = '9434765919'
const observation = String.raw`{"resourceType": "Observation", "id": "o1", "valueQuantity": {"value": 1.10},
  "exponent": -2.50e3, "negative": -7, "wide": 123456789012345678.123, "code": "1.10", "flag": true, "word": "true",
  "speech": "said \"5, 6\": 7 \\", "at": "2020-01-01T10:00:00Z", "there": "2020-01-01T11:00:00+01:00",
  "list": [1, null, 2], "nothing": null, "nhs": "${canary}", "object": {"a": "${canary}"},
  "subject": {"reference": "Patient/p1/_history/2", "type": "Patient"}, "far": {"reference": "https://x.example/Patient/p1"}}`

let engine: Engine
before(async () => {
  engine = await openDuckdbEngine({ memoryLimitMb: 512, threads: 2, tempDirectory: null })
  await register([observation, '{"resourceType": "Patient", "id": "o1"}'])
})
after(() => engine.close())

function register(resources: readonly string[]): Promise<void> {
  return engine.registerEphemeral('resources', { columns: [{ name: 'resource', type: 'VARCHAR', values: resources }] })
}

async function rowsOf(select: unknown, more: object = {}): Promise<Record<string, unknown>[]> {
  const view = parseView({ resource: 'Observation', select: [select], ...more })
  return viewRows(engine, compileView(view, ident('resources')))
}

async function resultOf(path: string, type: string, more: object = {}): Promise<unknown> {
  const [row] = await rowsOf({ column: [{ name: 'value', path, type, ...more }] })
  return row?.value
}

/** Path, declared type, value. */
const values: readonly (readonly [string, string, unknown])[] = [
  ['value.ofType(Quantity).value', 'decimal', '1.10'],
  ['exponent', 'decimal', '-2.50e3'],
  ['wide', 'decimal', '123456789012345678.123'],
  ['negative', 'integer', -7],
  ['3 / 2', 'decimal', '1.5'],
  ['4 / 2', 'integer', 2],
  ['1.00', 'decimal', '1.00'],
  ['negative', 'string', '-7'],
  ['speech', 'string', 'said "5, 6": 7 \\'],
  ['value.ofType(Quantity).value = 1.1', 'boolean', true],
  ['exponent = -2500', 'boolean', true],
  ['code = 1.1', 'boolean', false],
  ["code = '1.10'", 'boolean', true],
  ['flag = true', 'boolean', true],
  ["flag = 'true'", 'boolean', false],
  ['flag = word', 'boolean', false],
  ['list = list', 'boolean', true],
  ['list = 1', 'boolean', false],
  ['list != 1', 'boolean', true],
  ['nothing = 1', 'boolean', null],
  ['nothing.exists()', 'boolean', false],
  ['list[1]', 'integer', 2],
  ['list[-1]', 'integer', null],
  ['value.ofType(Quantity).value + 1.15', 'decimal', '2.25'],
  ['10.0 * 10', 'decimal', '100'],
  ['1 / 0', 'decimal', null],
  ["code + '!'", 'string', '1.10!'],
  ['-negative', 'integer', 7],
  ['at = @2020-01-01T11:00:00+01:00', 'boolean', true],
  ['there < @2020-01-01T10:00:01Z', 'boolean', true],
  ['at > @2019', 'boolean', true],
  ['at > @2020', 'boolean', null],
  ['at = @2020-01-01T10:00:00', 'boolean', null],
  ['@T10:00 = @T10:00:00', 'boolean', null],
  ['@T10:00:00 = @T10:00:00.000', 'boolean', true],
  ['nothing and true', 'boolean', null],
  ['nothing and false', 'boolean', false],
  ['nothing or true', 'boolean', true],
  ['true xor false', 'boolean', true],
  ['value.ofType(Quantity).value.lowBoundary()', 'decimal', '1.095'],
  ['negative.highBoundary()', 'decimal', '-6.5'],
  ['1.00.highBoundary()', 'decimal', '1.005'],
  ['@2020-02.highBoundary()', 'date', '2020-02-29'],
  ['@2020.lowBoundary()', 'date', '2020-01-01'],
  ['@2020-02-03T10:00.highBoundary()', 'dateTime', '2020-02-03T10:00:59.999-12:00'],
  ['at.lowBoundary()', 'dateTime', '2020-01-01T10:00:00.000Z'],
  ['word.lowBoundary().exists()', 'boolean', false],
  ['getResourceKey()', 'string', 'Observation/o1'],
  ['subject.getReferenceKey()', 'string', 'Patient/p1'],
  ['subject.getReferenceKey(Patient)', 'string', 'Patient/p1'],
  ['subject.getReferenceKey(Group).exists()', 'boolean', false],
  ['far.getReferenceKey(Patient)', 'string', 'https://x.example/Patient/p1'],
  ['Observation.id', 'id', 'o1'],
  ['Patient.id', 'id', null],
  ['%resource.id', 'id', 'o1'],
  ["'\\u0027; DROP TABLE resources; --'", 'string', "'; DROP TABLE resources; --"],
]

describe('the value of a path', () => {
  for (const [path, type, expected] of values)
    it(`${path} as ${type}`, async () => assert.equal(await resultOf(path, type), expected))

  it('a collection keeps order and type', async () => {
    assert.deepEqual(await resultOf('list', 'integer', { collection: true }), [1, 2])
    assert.deepEqual(await resultOf('id', 'id', { collection: true }), ['o1'])
    assert.deepEqual(await resultOf('nothing', 'decimal', { collection: true }), [])
  })
})

describe('refused: a resource that does not fit', () => {
  const misfits: readonly (readonly [string, string])[] = [
    ['list', 'integer'],
    ['object', 'string'],
    ['nhs', 'integer'],
    ['nhs', 'boolean'],
    ['nhs > 1', 'boolean'],
    ['nhs + 1', 'decimal'],
    ['value.ofType(Quantity).value', 'integer'],
    ['3 / 2', 'positiveInt'],
  ]
  for (const [path, type] of misfits)
    it(`${path} as ${type}, without a word of what it holds`, async () => {
      await assert.rejects(resultOf(path, type), (error) => {
        assert.ok(isFdpError(error, 'FDP_FHIR_RESOURCES'))
        return !`${JSON.stringify(error)}${error.stack}`.includes(canary)
      })
    })

  it('a text that is no JSON', async () => {
    await register([`{"resourceType": "Observation", "id": ${canary}`])
    await assert.rejects(resultOf('id', 'id'), { code: 'FDP_FHIR_RESOURCES' })
    await register([observation])
  })
})

describe('refused: a view that cannot be compiled', () => {
  const refused: readonly (readonly [string, string])[] = [
    ['%unknown', 'FDP_FHIR_PATH'],
    ['iif(true, 1, 2)', 'FDP_FHIR_PATH'],
    ['constructor()', 'FDP_FHIR_PATH'],
    ['first(1)', 'FDP_FHIR_PATH'],
    ['where()', 'FDP_FHIR_PATH'],
    ["ofType('Quantity')", 'FDP_FHIR_PATH'],
  ]
  for (const [path, code] of refused) it(path, () => assert.rejects(resultOf(path, 'string'), { code }))

  it('columns of one name, whatever its case', async () => {
    const column = ['id', 'ID'].map((name) => ({ name, path: 'id' }))
    await assert.rejects(rowsOf({ column }), { code: 'FDP_FHIR_VIEW' })
    await assert.rejects(rowsOf({ select: column.map((each) => ({ column: [each] })) }), { code: 'FDP_FHIR_VIEW' })
  })
})

describe('a hostile view', () => {
  it('brings its texts as bound values only', () => {
    const text = "x'); DROP TABLE resources; --"
    const column = [
      { name: 'a', path: `'${text.replaceAll("'", "\\'")}'` },
      { name: 'b', path: '%c' },
      { name: 'd', path: `extension(%c).url.join(%c)` },
    ]
    const constant = [{ name: 'c', valueString: text }]
    const view = parseView({ resource: 'Observation', select: [{ column }], constant })
    const statement = toStatement(compileView(view, ident('resources')).statement)
    assert.ok(!statement.text.includes('DROP') && statement.values.includes(text))
  })

  it('runs at the limits of path and selects, or is refused', async () => {
    const steps = Array.from({ length: limits.viewPathStepsMax }, () => 'a').join('.')
    const sum = Array.from({ length: limits.viewPathStepsMax }, () => '1').join(' + ')
    const deep = `${'('.repeat(limits.viewPathDepthMax - 1)}id${')'.repeat(limits.viewPathDepthMax - 1)}`
    assert.equal(await resultOf(steps, 'string'), null)
    assert.equal(await resultOf(sum, 'decimal'), String(limits.viewPathStepsMax))
    assert.equal(await resultOf(deep, 'string'), 'o1')
    const nested = (depth: number): object =>
      depth === 0 ? { column: [{ name: 'id', path: 'id' }] } : { forEachOrNull: 'a', select: [nested(depth - 1)] }
    assert.deepEqual(await rowsOf(nested(11)), [{ id: null }])
    await assert.rejects(rowsOf(nested(limits.viewSelectDepthMax - 1)), { code: 'FDP_FHIR_TOO_LARGE' })
    await assert.rejects(resultOf(`${'where('.repeat(20)}a${')'.repeat(20)}`, 'string'), { code: 'FDP_FHIR_TOO_LARGE' })
  })

  it('grows with its paths, not faster', async () => {
    const size = (path: string) => {
      const view = parseView({ resource: 'Observation', select: [{ column: [{ name: 'a', path }] }] })
      return toStatement(compileView(view, ident('resources')).statement).text.length
    }
    for (const step of ['a.ofType(B).', 'a[0].', "a.where(b = 'c').", "extension('a')."]) {
      const once = size(`${step}z`)
      assert.ok(size(`${step.repeat(20)}z`) < 20 * once, step)
      assert.equal(await resultOf(`${step.repeat(20)}z`, 'string'), null)
    }
  })

  it('repeats no deeper than the limit', async () => {
    const nested = (depth: number): object => (depth === 0 ? {} : { item: [nested(depth - 1)] })
    const select = { repeat: ['item'], column: [{ name: 'i', path: '%rowIndex', type: 'integer' }] }
    const rowsAt = async (depth: number) => {
      await register([JSON.stringify({ resourceType: 'Observation', ...nested(depth) })])
      return (await rowsOf(select)).length
    }
    assert.equal(await rowsAt(limits.viewRepeatDepthMax), limits.viewRepeatDepthMax)
    await assert.rejects(rowsAt(limits.viewRepeatDepthMax + 1), { code: 'FDP_FHIR_RESOURCES' })
    assert.deepEqual(await rowsOf({ ...select, repeat: ['$this'] }).catch((error) => error.code), 'FDP_FHIR_RESOURCES')
    await register([observation])
  })
})
