import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { lineageOf } from '#audit'
import { submit } from '#flows'
import { addDays, type JsonObject, type OdsCode, type PurposeId, parseSubjectId, rawSql, sql } from '#kernel'
import { csvSource } from '#synthetic'
import { sharedPath, skipWithoutShared } from '../shared-data.ts'
import { analyst, manager, openWorld, planning, type World } from '../world.ts'
import { canariesOf } from '../world-rows.ts'

/* Lineage as OpenLineage: every event and every facet against the published schemas, read in place. */

let world: World
before(async () => {
  world = await openWorld({ patients: 8 })
  const [{ personId: _, ...withoutKey } = {}] = world.rows().Patient
  await world.submit('Patient', [withoutKey], 'alder-vale', 1)
  await submitMapped()
  await using session = await world.session(analyst, planning)
  await session.release({
    ...{
      about: { kind: 'metric', metric: 'waiting', version: 1 },
      keys: [],
      measures: { waiting: { kind: 'person-count' } },
    },
    relations: { periods: { object: 'RttPeriod', columns: ['statusCode'] } },
    geography: 'subnational',
    build: ({ periods }) => sql`SELECT count(*) AS waiting FROM ${periods} WHERE ${rawSql('"statusCode"')} = ${'20'}`,
  })
})

/** A file whose columns a mapping makes the properties of, with a value in its texts that no event may have. */
async function submitMapped(): Promise<void> {
  const declared = {
    ...{
      format: 'openfdp/mapping',
      version: 1,
      id: 'old-system',
      title: 'Patients of the old system',
      object: 'Patient',
    },
    leaveOut: [{ column: 'Number', is: ['Total', literal], because: 'totals' }],
    properties: {
      personId: { key: ['mrn', 'sex'] },
      mrn: { from: 'Number' },
      dateOfBirth: { from: 'Born', date: '%d/%m/%Y' },
      sex: { from: 'Sex', translate: { M: 'male', F: 'female' }, others: 'unknown' },
      addressCity: literal,
    },
  }
  const rows = [{ Number: '700123', Born: '31/01/1950', Sex: 'F' }]
  const report = await submit(
    {
      ...{ object: 'Patient', controller: 'RZ1' as OdsCode, asAt: addDays(world.today, 2), declared },
      ...{ subject: parseSubjectId(manager), purpose: 'data-intake' as PurposeId },
      source: csvSource('old.csv', rows, { delimiter: ',', encoding: 'utf8' }),
    },
    world.tenant().flows,
  )
  assert.equal(report.outcome, 'published', JSON.stringify(report.findings))
}
const literal = 'Only-In-The-Mapping'

after(() => world[Symbol.asyncDispose]())

/** As far as these tests look into one. */
interface Told {
  readonly eventType: string
  readonly schemaURL: string
  readonly run: { readonly runId: string; readonly facets: { readonly errorMessage: { readonly message: string } } }
  readonly job: { readonly name: string }
  readonly inputs: readonly Dataset[]
  readonly outputs: readonly Dataset[]
}

interface Dataset {
  readonly name: string
  readonly facets: {
    readonly version: { readonly datasetVersion: string }
    readonly columnLineage: {
      readonly fields: Readonly<Record<string, { readonly inputFields: readonly Field[] }>>
      readonly dataset: readonly Field[]
    }
  }
}

interface Field {
  readonly name: string
  readonly field: string
  readonly transformations: readonly { readonly masking: boolean; readonly description: string }[]
}

async function events(from = 0): Promise<Told[]> {
  const found: Told[] = []
  for await (const event of lineageOf(world.tenant().ledger.entries(), 'alder-vale', from))
    found.push(event as unknown as Told)
  return found
}

function validators() {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  const folder = sharedPath('vectors/openlineage')
  const read = (path: string) => JSON.parse(readFileSync(`${folder}/${path}`, 'utf8')) as { $id: string }
  for (const name of readdirSync(`${folder}/facets`).filter((each) => each.endsWith('.json')))
    ajv.addSchema(read(`facets/${name}`))
  ajv.addSchema(read('OpenLineage.json'))
  return (id: string, value: unknown) => {
    const validate = ajv.getSchema(id)
    assert.ok(validate, id)
    assert.ok(validate(value), `${id}: ${JSON.stringify(validate.errors)}`)
  }
}

/** Every object with a `_schemaURL`, wherever it lies. */
function facetsIn(value: unknown): JsonObject[] {
  if (typeof value !== 'object' || value === null) return []
  const own = '_schemaURL' in value ? [value as JsonObject] : []
  return [...own, ...Object.values(value).flatMap(facetsIn)]
}

test('every event is one of OpenLineage 2-0-2, and so is every facet', async (t) => {
  if (skipWithoutShared(t)) return
  const check = validators()
  const found = await events()
  assert.ok(found.length >= 8, `${found.length} events`)
  let facets = 0
  for (const event of found) {
    check(event.schemaURL, event)
    for (const facet of facetsIn(event)) {
      const name = /([A-Za-z]+)\.json#/.exec(String(facet._schemaURL))?.[1] ?? ''
      // A facet's schema describes the object that holds it, by the name that it has there.
      check(String(facet._schemaURL), facet)
      assert.ok(name.endsWith('Facet'))
      facets++
    }
  }
  assert.ok(facets > 20, `${facets} facets`)
})

test('a submission begins and ends one run; each field goes to its columns, masked where it does not stay as it is', async () => {
  const found = await events()
  const byRun = Map.groupBy(found, ({ run }) => run.runId)
  for (const [id, run] of byRun) {
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.equal(
      run.filter(({ eventType }) => eventType === 'START').length,
      run[0]!.job.name.startsWith('submit.') ? 1 : 0,
    )
    assert.equal(run.filter(({ eventType }) => ['COMPLETE', 'FAIL'].includes(eventType)).length, 1)
  }
  const patient = found.find(({ job, eventType }) => job.name === 'submit.Patient' && eventType === 'COMPLETE')!
  const [lake, vault] = patient.outputs as [Dataset, Dataset]
  assert.deepEqual([lake.name, vault.name], ['lake.Patient', 'vault.Patient'])
  assert.equal(lake.facets.version.datasetVersion.length, 64)
  const { fields } = lake.facets.columnLineage
  assert.equal(fields.surname, undefined)
  const how = (name: string) => fields[name]?.inputFields[0]?.transformations[0]
  assert.equal(how('dateOfBirth')?.masking, true)
  assert.equal(how('personId')?.description, 'a key of this tenant')
  assert.ok(vault.facets.columnLineage.fields.surname)
  const failed = found.find(({ eventType }) => eventType === 'FAIL')
  assert.match(failed!.run.facets.errorMessage.message, /^refused: .*file\.missing-column/)
})

test('a mapped file is told by its own columns, with what was done to each, and never by a text of the mapping', async () => {
  const [submitted, ...more] = (await events()).filter(
    ({ job, outputs }) =>
      job.name === 'submit.Patient' && outputs.some((each) => lineOf(each, 'dateOfBirth') === 'Born'),
  )
  assert.equal(more.length, 0)
  const [lake, vault] = submitted!.outputs as [Dataset, Dataset]
  const born = lake.facets.columnLineage.fields.dateOfBirth!.inputFields[0]!
  assert.deepEqual(
    born.transformations.map(({ description, masking }) => [description, masking]),
    [
      ['read as a date', false],
      ['made coarser: birth-year', true],
    ],
  )
  const key = vault.facets.columnLineage.fields.personId!.inputFields
  assert.deepEqual(
    key.map(({ field }) => field),
    ['Number', 'Sex'],
  )
  assert.deepEqual(vault.facets.columnLineage.fields.addressCity?.inputFields, [])
  assert.deepEqual(
    lake.facets.columnLineage.dataset.map(({ field }) => field),
    ['Number'],
  )
  const found: string[] = []
  for await (const entry of world.tenant().ledger.entries()) found.push(JSON.stringify(entry.governance))
  assert.ok(!found.join().includes(literal) && !JSON.stringify(await events()).includes(literal))
})

const lineOf = ({ facets }: Dataset, column: string) => facets.columnLineage?.fields[column]?.inputFields[0]?.field

test('a release is told with the columns and versions that its figures were worked out from', async () => {
  const [release, ...more] = (await events()).filter(({ job }) => job.name === 'metric.waiting@1')
  assert.equal(more.length, 0)
  const { catalogue } = world.tenant().governance
  assert.equal(release?.inputs[0]?.facets.version.datasetVersion, catalogue().lakeManifest('RttPeriod'))
  const { fields, dataset } = release!.outputs[0]!.facets.columnLineage
  assert.deepEqual(fields, {})
  assert.deepEqual(
    dataset.map(({ name, field }) => [name, field]),
    [['lake.RttPeriod', 'statusCode']],
  )
})

test('no event has a value of a row', async () => {
  const text = JSON.stringify(await events())
  assert.deepEqual(
    canariesOf(world.rows()).filter((canary) => text.includes(canary)),
    [],
  )
})
