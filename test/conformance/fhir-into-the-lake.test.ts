import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type SubmissionReport, submit } from '#flows'
import { type JsonObject, systemClock } from '#kernel'
import { type FlowTenant, lakeRows, makeFlowTenant, openFlowTenant, submissionOf, vaultRows } from '../flow-tenant.ts'
import { sharedPath, skipWithoutShared } from '../shared-data.ts'

const objects = ['Patient', 'Encounter', 'Procedure', 'PatientDiagnosis'] as const
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

async function take(object: string, path: string, format: string): Promise<SubmissionReport> {
  const source = { name: 'resources', bytes: null, open: () => createReadStream(path) }
  return await submit(submissionOf(object, [], { source, format, view: await viewOf(object) }), tenant.deps)
}

/** The file itself, read by nothing of ours. */
async function resources(name: string): Promise<Resource[]> {
  return (await readFile(bulk(name), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

const counts = ({ rows: { read, published, quarantined } }: SubmissionReport) => ({ read, published, quarantined })

test('patients, encounters, procedures and conditions of a bulk export go through their views into lake and vault', async (t) => {
  if (skipWithoutShared(t)) return
  const found: Record<string, object> = {}
  for (const [object, resource] of [
    ['Patient', 'Patient'],
    ['Encounter', 'Encounter'],
    ['Procedure', 'Procedure'],
    ['PatientDiagnosis', 'Condition'],
  ] as const) {
    const report = await take(object, bulk(resource), 'fhir-ndjson')
    assert.equal(report.outcome, 'published', JSON.stringify(report))
    const all = (await resources(resource)).length
    found[object] = counts(report)
    assert.deepEqual(found[object], { read: all, published: all, quarantined: 0 }, JSON.stringify(report.findings))
  }
  assert.deepEqual(
    Object.values(found).map((each) => (each as { read: number }).read),
    [13, 1215, 2056, 555],
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

test('a Bundle gives its patient, and says how many resources it held', async (t) => {
  if (skipWithoutShared(t)) return
  const path = sharedPath('data/fhir/bundles/Brent_Beer_7dc94cc0-8c2e-4835-9994-cecbe894bcbf.json')
  const bundle = JSON.parse(await readFile(path, 'utf8')) as Resource
  const report = await take('Patient', path, 'fhir-bundle')
  assert.deepEqual(counts(report), { read: bundle.entry.length, published: 1, quarantined: 0 })
})
