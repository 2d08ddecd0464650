import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { type ConformanceReport, runConformance } from '#fhir'
import { sharedPath, skipWithoutShared } from '../shared-data.ts'

const suite = sharedPath('vectors/sql-on-fhir')

const openEngine = () => openDuckdbEngine({ memoryLimitMb: 512, threads: 2, tempDirectory: null })

function casesOf(report: ConformanceReport) {
  return Object.entries(report).flatMap(([file, { tests }]) => tests.map((each) => ({ file, ...each })))
}

test('every case of the SQL on FHIR suite passes, the experimental ones too', async (t) => {
  if (skipWithoutShared(t)) return
  await using engine = await openEngine()
  const cases = casesOf(await runConformance(engine, suite))
  assert.deepEqual(
    cases.filter(({ result }) => !result.passed),
    [],
  )
  assert.equal(cases.length, 109)
})

test('a case whose expectation is changed fails, and says why', async (t) => {
  if (skipWithoutShared(t)) return
  await using engine = await openEngine()
  const folder = await mkdtemp(join(tmpdir(), 'fdp-fhir-'))
  try {
    for (const file of ['row_index.json', 'constant_types.json', 'fn_boundary.json', 'validate.json']) {
      const document = JSON.parse(await readFile(join(suite, file), 'utf8'))
      for (const each of document.tests) {
        if (each.expectError) each.expectError = false
        else each.expect.push({ ...each.expect[0] })
      }
      await writeFile(join(folder, file), JSON.stringify(document))
    }
    const cases = casesOf(await runConformance(engine, folder))
    assert.ok(cases.length > 20 && cases.every(({ result }) => !result.passed && result.reason))
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('refused: a folder without cases, and files that hold none', async () => {
  await using engine = await openEngine()
  const folder = await mkdtemp(join(tmpdir(), 'fdp-fhir-'))
  try {
    await assert.rejects(runConformance(engine, folder), { code: 'FDP_FHIR_NO_CASES' })
    await assert.rejects(runConformance(engine, join(folder, 'none')), { code: 'FDP_FHIR_NO_CASES' })
    for (const text of ['{', '[]', '{"tests":[]}', '{"resources":[],"tests":[null]}', '1']) {
      await writeFile(join(folder, 'a.json'), text)
      await assert.rejects(runConformance(engine, folder), { code: 'FDP_FHIR_CASE_FILE' })
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})
