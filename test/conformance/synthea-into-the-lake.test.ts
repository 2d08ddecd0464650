import assert from 'node:assert/strict'
import { createReadStream, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { type SubmissionReport, submit } from '#flows'
import { ident, joinSql, literal, sql, systemClock } from '#kernel'
import { type FlowTenant, lakeRows, makeFlowTenant, openFlowTenant, submissionOf, vaultRows } from '../flow-tenant.ts'
import { mappingFile } from '../loads-world.ts'
import { sharedPath, skipWithoutShared } from '../shared-data.ts'

/* An archive of a thousand people as it is, through mappings, held against what a plain reading of it says. */

const isFull = process.env.FDP_TEST_FULL === '1'
const archive = sharedPath('data/fhir/uk-csv/csv_hypertension_1000.zip')
const files: readonly (readonly [mapping: string, object: string])[] = [
  ['patients', 'Patient'],
  ['conditions', 'PatientDiagnosis'],
  ['devices', 'Device'],
  ['providers', 'CareProfessional'],
  ...(isFull
    ? ([
        ['encounters', 'Encounter'],
        ['immunizations', 'Vaccination'],
        ['observations', 'TestResult'],
      ] as const)
    : []),
]

/** Rows of a file of the archive, by the name of the column; no field of it is quoted. */
function rowsOf(name: string): Record<string, string>[] {
  const bytes = readFileSync(archive)
  const text = inflated(bytes, `csv_hypertension_1000/${name}.csv`).toString('utf8')
  const [header, ...lines] = text.trimEnd().split('\n')
  assert.ok(!text.includes('"'))
  const names = header!.split(',')
  return lines.map((line) => Object.fromEntries(line.split(',').map((value, i) => [names[i] ?? `more ${i}`, value])))
}

/** One file out of an archive, by its central directory. */
function inflated(archived: Buffer, name: string): Buffer {
  for (let at = archived.indexOf('PK\x01\x02'); at >= 0; at = archived.indexOf('PK\x01\x02', at + 46)) {
    const nameLength = archived.readUInt16LE(at + 28)
    if (archived.toString('utf8', at + 46, at + 46 + nameLength) !== name) continue
    const local = archived.readUInt32LE(at + 42)
    const start = local + 30 + archived.readUInt16LE(local + 26) + archived.readUInt16LE(local + 28)
    return inflateRawSync(archived.subarray(start, start + archived.readUInt32LE(at + 20)))
  }
  throw new Error(`no ${name} in the archive`)
}

let folder: string
let tenant: FlowTenant
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fdp-synthea-'))
  await makeFlowTenant(folder, systemClock, [...files.map(([, object]) => object), 'Encounter', 'Site'])
  tenant = await openFlowTenant(folder)
})
after(async () => {
  await tenant.close()
  await rm(folder, { recursive: true })
})

async function take(name: string, object: string, mapping = name): Promise<SubmissionReport> {
  const { document } = await mappingFile(`synthea/${mapping}`)
  const source = { name: 'archive', bytes: null, open: () => createReadStream(archive) }
  const part = `csv_hypertension_1000/${name}.csv`
  return await submit(submissionOf(object, [], { source, format: 'zip', part, declared: document }), tenant.deps)
}

/** The sum of a column as the lake now has it; rows would be too many. */
async function lakeSum(object: string, column: string): Promise<number> {
  const { files } = await tenant.deps.lake.version(tenant.deps.governance.catalogue().lakeManifest(object)!)
  const paths = joinSql(
    files.map(({ path }) => literal(join(folder, 'lake', path))),
    ', ',
  )
  await using engine = await openDuckdbEngine({ memoryLimitMb: 512, threads: 1, tempDirectory: null })
  const [row] = await engine.rows(sql`SELECT sum(round(${ident(column)} * 1000)) AS sum FROM read_parquet([${paths}])`)
  return Number(row!.sum)
}

test('every file of an archive of a thousand people goes through its mapping, and nobody is lost', async (t) => {
  if (skipWithoutShared(t)) return
  for (const [name, object] of files) {
    const said = rowsOf(name)
    const { outcome, rows, findings } = await take(name, object)
    const counted = { read: rows.read, published: rows.published, quarantined: rows.quarantined, outcome }
    const all = { read: said.length, published: said.length, quarantined: 0, outcome: 'published' }
    assert.deepEqual(counted, all, `${name}: ${JSON.stringify(findings)}`)
  }
  if (isFull) {
    const said = rowsOf('observations').reduce((sum, { VALUE }) => sum + Math.round(Number(VALUE) * 1000), 0)
    assert.equal(await lakeSum('TestResult', 'valueDouble'), said)
  }
  const codes = (of: readonly unknown[]) => of.map(String).toSorted()
  const conditions = await lakeRows(tenant, 'PatientDiagnosis')
  assert.deepEqual(
    codes(conditions.map(({ diagnosisSnomedCtCode }) => diagnosisSnomedCtCode)),
    codes(rowsOf('conditions').map(({ CODE }) => CODE)),
  )
  assert.deepEqual(
    codes((await vaultRows(tenant, 'Patient', ['dateOfBirth'])).flat()),
    codes(rowsOf('patients').map(({ BIRTHDATE }) => BIRTHDATE)),
  )
})

test('a file whose records lack a column that its header has is refused, every record of it', async (t) => {
  if (skipWithoutShared(t)) return
  const { outcome, rows, findings } = await take('medications', 'PatientDiagnosis', 'conditions')
  assert.deepEqual([outcome, rows.read, rows.published], ['refused', rowsOf('medications').length, 0])
  assert.ok(findings.some((each) => each.rule === 'file.unreadable-row' && each.rows === 375))
})
