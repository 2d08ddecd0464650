import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ident, isFdpError, type Sql } from '#kernel'
import type { Engine } from '#ports'
import { type CompiledView, compileView } from '../compile/view.ts'
import { parseView } from '../definition/parse-view.ts'
import { fail } from '../errors.ts'
import { viewRows } from '../run-view.ts'
import { type Case, parseCaseFile } from './case-file.ts'
import { sameRows } from './compare-rows.ts'

export interface CaseResult {
  readonly name: string
  readonly result: { readonly passed: boolean; readonly reason?: string }
}

/** Results by name of file: the form that the suite publishes reports in (test_report/test-report.schema.json there). */
export type ConformanceReport = Readonly<Record<string, { readonly tests: readonly CaseResult[] }>>

/**
 * Runs each case of each `.json` file of a folder of the SQL on FHIR suite. A case that fails says why; an error that is not
 * of the person's making is thrown. Errors: FDP_FHIR_NO_CASES, FDP_FHIR_CASE_FILE.
 */
export async function runConformance(engine: Engine, folder: string): Promise<ConformanceReport> {
  const report: Record<string, { tests: CaseResult[] }> = {}
  for (const file of await caseFiles(folder)) {
    const { resources, tests } = parseCaseFile(file, await readFile(join(folder, file), 'utf8'))
    const table = 'fhir_conformance'
    await engine.registerEphemeral(table, { columns: [{ name: 'resource', type: 'VARCHAR', values: resources }] })
    const results: CaseResult[] = []
    for (const test of tests) results.push(await runCase(engine, test, ident(table)))
    report[file] = { tests: results }
  }
  return report
}

/** In the order of their names; the suite's schema lies beside them. */
async function caseFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  const files = names.filter((name) => name.endsWith('.json') && !name.endsWith('.schema.json')).sort()
  if (files.length === 0) throw fail('FDP_FHIR_NO_CASES', { folder })
  return files
}

async function runCase(engine: Engine, test: Case, relation: Sql): Promise<CaseResult> {
  const reason = await failureOf(engine, test, relation)
  return { name: test.title, result: reason === null ? { passed: true } : { passed: false, reason } }
}

/** Why a case fails; null if it passes. */
async function failureOf(engine: Engine, test: Case, relation: Sql): Promise<string | null> {
  let view: CompiledView
  let rows: Record<string, unknown>[]
  try {
    view = compileView(parseView(test.view), relation)
    rows = await viewRows(engine, view)
  } catch (error) {
    if (!isFdpError(error)) throw error
    const isOurs = error.code.startsWith('FDP_FHIR_')
    return test.expectError && isOurs ? null : `${error.code}: ${error.message}`
  }
  if (test.expectError) return 'an error is expected, and there was none'
  const names = view.columns.map(({ name }) => name)
  if (test.expectColumns && JSON.stringify(names) !== JSON.stringify(test.expectColumns))
    return 'the columns are not those expected, or in another order'
  if (test.expectCount !== undefined && rows.length !== test.expectCount)
    return `${rows.length} rows, and ${test.expectCount} are expected`
  if (test.expect && !sameRows(rows, test.expect, view.columns))
    return `the ${rows.length} rows are not the ${test.expect.length} expected`
  return null
}
