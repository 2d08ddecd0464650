import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { matchHeader, objectType } from '#contracts'
import { compileView, parseView } from '#fhir'
import { type JsonObject, sql } from '#kernel'
import { viewMapping } from './view-mapping.ts'

const folder = fileURLToPath(new URL('../../mappings/fhir/', import.meta.url))
const shipped = (file: string): JsonObject => JSON.parse(readFileSync(`${folder}${file}`, 'utf8'))

async function rowsOf(definition: JsonObject, resources: readonly string[]): Promise<Record<string, unknown>[]> {
  await using engine = await openDuckdbEngine({ memoryLimitMb: 256, threads: 1, tempDirectory: null })
  const values = [...resources]
  const numbers = values.map((_, i) => i + 1)
  await engine.registerEphemeral('raw', {
    columns: [
      { name: '_row', type: 'BIGINT', values: numbers },
      { name: 'resource', type: 'VARCHAR', values },
    ],
  })
  return await engine.rows(sql`SELECT * FROM (${viewMapping(definition).sql(sql`raw`)}) ORDER BY _row`)
}

it('every view of ours begins with the name of an object type, and gives properties of it, all that must be there', () => {
  const files = readdirSync(folder)
  assert.ok(files.length >= 4)
  for (const file of files) {
    const type = objectType(file.split('.')[0]!)
    const names = compileView(parseView(shipped(file)), sql`raw`).columns.map(({ name }) => name)
    const failing = matchHeader(type, names).issues.filter(({ severity }) => severity === 'FAIL')
    assert.deepEqual(failing, [], file)
    const properties = type.properties.map(({ name }) => name)
    assert.deepEqual(
      names.filter((name) => !properties.includes(name)),
      [],
      file,
    )
  }
})

it('a patient of UK Core has the number and what is known of it', async () => {
  const status = (code: string) => ({
    url: 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus',
    valueCodeableConcept: { coding: [{ code }] },
  })
  const system = 'https://fhir.nhs.uk/Id/nhs-number'
  const identifiers = [
    [
      { system: 'https://example.org/pas', value: '7' },
      { system, value: '9990000018', extension: [status('03')] },
    ],
    [
      { system, extension: [status('07')] },
      { system, value: '9990000026', extension: [status('01')] },
    ],
    [{ system, value: '9990000034' }],
  ]
  const resources = identifiers.map((identifier) => JSON.stringify({ resourceType: 'Patient', id: 'x', identifier }))
  const rows = await rowsOf(shipped('Patient.json'), resources)
  assert.deepEqual(
    rows.map(({ nhsNumber, nhsNumberStatusIndicatorCode }) => [nhsNumber, nhsNumberStatusIndicatorCode]),
    [
      ['9990000018', '03'],
      ['9990000026', '01'],
      ['9990000034', null],
    ],
  )
})

it('a patient is dead or not as the resource says it, and neither where it says nothing', async () => {
  const said = ['"deceasedBoolean":true', '"deceasedBoolean":false', '"deceasedDateTime":"2020"', '"id":"x"']
  const resources = said.map((member) => `{"resourceType":"Patient",${member}}`)
  const rows = await rowsOf(shipped('Patient.json'), resources)
  assert.deepEqual(
    rows.map(({ deceased }) => deceased),
    ['true', 'false', 'true', null],
  )
})

it('a procedure has its moment, however the resource gives it', async () => {
  const said = ['"performedPeriod":{"start":"2026-01-31"}', '"performedDateTime":"2026-01-30"', '"performedString":"x"']
  const resources = said.map((member) => `{"resourceType":"Procedure","status":"completed",${member}}`)
  const rows = await rowsOf(shipped('Procedure.json'), [
    ...resources,
    '{"resourceType":"Procedure","status":"not-done"}',
  ])
  assert.deepEqual(
    rows.map(({ _row, procedureTimestamp }) => [_row, procedureTimestamp]),
    [
      [1, '2026-01-31'],
      [2, '2026-01-30'],
      [3, null],
    ],
  )
})

it('the rows of a resource have positions of their own, the first that of the resource', async () => {
  const resource = '{"resourceType":"Patient","n":1.10,"name":[{"family":"A"},{"family":"B","given":["C","D"]}]}'
  const select = [
    { column: [{ name: 'n', path: 'n', type: 'decimal' }] },
    {
      forEach: 'name',
      column: [
        { name: 'family', path: 'family' },
        { name: 'given', path: 'given', collection: true },
      ],
    },
  ]
  const definition = { resource: 'Patient', select } as unknown as JsonObject
  assert.deepEqual(await rowsOf(definition, ['{"resourceType":"Other"}', resource]), [
    { _row: 2, n: '1.10', family: 'A', given: '[]' },
    { _row: 1_000_000_002, n: '1.10', family: 'B', given: '["C","D"]' },
  ])
  assert.notEqual(viewMapping(definition).id, viewMapping({ resource: 'Person', select } as unknown as JsonObject).id)
})
