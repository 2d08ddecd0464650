import assert from 'node:assert/strict'
import { createReadStream, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type SubmissionReport, submit } from '#flows'
import { type JsonObject, systemClock } from '#kernel'
import { type FlowTenant, lakeRows, makeFlowTenant, openFlowTenant, submissionOf, vaultRows } from '../flow-tenant.ts'
import { sharedPath, skipWithoutShared } from '../shared-data.ts'

const objects = [
  ...(['Patient', 'Encounter', 'Procedure', 'PatientDiagnosis', 'Vaccination', 'TestResult'] as const),
  ...(['MedicationRequest', 'AllergyIntolerance', 'Device', 'CareProfessional', 'Site'] as const),
]
const views = fileURLToPath(new URL('../../mappings/fhir/', import.meta.url))
const bulk = (resource: string) => sharedPath(`data/fhir/bulk-10/${resource}.000.ndjson`)
// biome-ignore lint/suspicious/noExplicitAny: whatever a resource holds
type Resource = Record<string, any>

let folder: string
let tenant: FlowTenant
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fdp-fhir-'))
  await makeFlowTenant(folder, systemClock, objects)
  tenant = await openFlowTenant(folder)
})
after(async () => {
  await tenant.close()
  await rm(folder, { recursive: true })
})

async function viewOf(object: string): Promise<JsonObject> {
  return JSON.parse(await readFile(`${views}${object}.json`, 'utf8'))
}

type Open = () => AsyncIterable<Uint8Array>
async function take(object: string, open: Open, format: string, view = object): Promise<SubmissionReport> {
  const source = { name: 'resources', bytes: null, open }
  return await submit(submissionOf(object, [], { source, format, view: await viewOf(view) }), tenant.deps)
}

/** The file itself, read by nothing of ours. */
async function resources(name: string): Promise<Resource[]> {
  return (await readFile(bulk(name), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** The Bundles, each of one person, as one: a snapshot is of everybody. */
function oneBundle(): { readonly entry: { readonly resource: Resource }[]; readonly open: Open } {
  const folder = sharedPath('data/fhir/bundles')
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  const entry = files.flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')).entry)
  const text = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry })
  return {
    entry,
    open: async function* () {
      yield Buffer.from(text)
    },
  }
}

const counts = ({ rows: { read, published, quarantined } }: SubmissionReport) => ({ read, published, quarantined })

test('what a bulk export holds goes through its views into lake and vault', async (t) => {
  if (skipWithoutShared(t)) return
  const found: Record<string, object> = {}
  for (const [object, resource] of [
    ['Patient', 'Patient'],
    ['Encounter', 'Encounter'],
    ['Procedure', 'Procedure'],
    ['PatientDiagnosis', 'Condition'],
    ['Vaccination', 'Immunization'],
    ['MedicationRequest', 'MedicationRequest'],
    ['AllergyIntolerance', 'AllergyIntolerance'],
    ['Device', 'Device'],
    ['CareProfessional', 'Practitioner'],
    ['Site', 'Location'],
  ] as const) {
    const report = await take(object, () => createReadStream(bulk(resource)), 'fhir-ndjson')
    assert.equal(report.outcome, 'published', JSON.stringify(report))
    const all = (await resources(resource)).length
    found[object] = counts(report)
    assert.deepEqual(found[object], { read: all, published: all, quarantined: 0 }, JSON.stringify(report.findings))
  }
  assert.deepEqual(
    Object.values(found).map((each) => (each as { read: number }).read),
    [13, 1215, 2056, 555, 161, 1745, 11, 16, 43, 44],
  )
})

test('what stands in lake and vault is what the resources say', async (t) => {
  if (skipWithoutShared(t)) return
  const patients = await resources('Patient')
  const vault = await vaultRows(tenant, 'Patient', ['personId', 'firstName', 'surname', 'dateOfBirth'])
  const said = patients.map((each) => {
    const name = each.name.find(({ use }: Resource) => use === 'official')
    return [`Patient/${each.id}`, name.given[0], name.family, each.birthDate]
  })
  assert.deepEqual(vault.sort(), said.sort())

  const encounters = await resources('Encounter')
  const kept = await lakeRows(tenant, 'Procedure')
  const kinds = (await lakeRows(tenant, 'Encounter')).map(({ encounterType }) => encounterType)
  const of = (kind: string | null) => kinds.filter((each) => each === kind).length
  const inClass = (...codes: string[]) => encounters.filter((each) => codes.includes(each.class.code)).length
  assert.deepEqual(
    [of('Inpatient'), of('Outpatient'), of(null)],
    [inClass('IMP'), inClass('AMB', 'HH', 'VR'), inClass('EMER')],
  )

  const codes = (rows: readonly unknown[]) => [...rows].map(String).sort()
  const procedures = await resources('Procedure')
  assert.deepEqual(
    codes(kept.map((row) => row.procedureSnomedCtCode)),
    codes(procedures.map((each) => each.code.coding[0].code)),
  )
  const starts = kept.map((row) => String(row.procedureTimestamp).slice(0, 10)).sort()
  const utcDay = (text: string) => new Date(text).toISOString().slice(0, 10)
  assert.deepEqual(starts, procedures.map((each) => utcDay(each.performedPeriod.start)).sort())
})

test('Bundles give everybody in them, and who is meant by a UUID', async (t) => {
  if (skipWithoutShared(t)) return
  const { entry, open } = oneBundle()
  const of = (type: string) => entry.flatMap(({ resource }) => (resource.resourceType === type ? [resource] : []))
  const observations = of('Observation').flatMap((each) => each.component ?? [each])
  const rows: Record<string, number> = {
    Patient: of('Patient').length,
    Encounter: of('Encounter').length,
    Procedure: of('Procedure').length,
    PatientDiagnosis: of('Condition').length,
    Vaccination: of('Immunization').length,
    TestResult: observations.length,
    MedicationRequest: of('MedicationRequest').length,
    AllergyIntolerance: of('AllergyIntolerance').length,
  }
  for (const [object, published] of Object.entries(rows)) {
    const report = await take(object, open, 'fhir-bundle')
    assert.deepEqual(counts(report), { read: entry.length, published, quarantined: 0 }, JSON.stringify(report))
    assert.ok(!report.findings.some(({ rule }) => rule === 'link.missing'), object)
  }
  assert.deepEqual([rows.Patient, rows.TestResult, rows.Vaccination], [18, 1745, 233])
  const kept = (await lakeRows(tenant, 'TestResult')).map(({ valueDouble }) => valueDouble)
  const said = observations.map(({ valueQuantity }) => valueQuantity?.value)
  const numbers = (values: readonly unknown[]) => values.filter((each) => typeof each === 'number').toSorted()
  assert.deepEqual(numbers(kept), numbers(said))
})

test('an event of vaccination brings its patient along; one that does not is set aside', async (t) => {
  if (skipWithoutShared(t)) return
  const folder = sharedPath('data/fhir/immunization')
  const files = readdirSync(folder)
  assert.ok(files.length >= 9)
  for (const file of files) {
    const event: Resource = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    const brings = event.contained?.some(({ resourceType }: Resource) => resourceType === 'Patient') ?? false
    const open = () => createReadStream(join(folder, file))
    if (brings) {
      const { outcome } = await take('Patient', open, 'fhir-resource', 'Patient.of-immunization')
      assert.equal(outcome, 'published', file)
    }
    const report = await take('Vaccination', open, 'fhir-resource')
    const set = { read: 1, published: Number(brings), quarantined: Number(!brings) }
    assert.deepEqual(counts(report), set, `${file}: ${JSON.stringify(report.findings)}`)
    if (!brings) continue
    const [row] = await lakeRows(tenant, 'Vaccination')
    assert.deepEqual(
      [row!.vaccineCode, row!.batchNumber ?? undefined, new Date(String(row!.vaccinationTimestamp)).toISOString()],
      [event.vaccineCode.coding[0].code, event.lotNumber, new Date(event.occurrenceDateTime).toISOString()],
    )
  }
})
