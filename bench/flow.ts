/**
 * How fast a file becomes a published version: landed encrypted, hashed, checked, persons looked up, split, ledgered;
 * beside DuckDB's plain COPY of the same CSV to Parquet. Patient for the first time, RttPeriod linked to them, Patient
 * again the next day. Seconds by step.
 *
 *   node_modules/.bin/node bench/flow.ts [rows]
 */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { fileSource } from '#adapters/source-csv'
import { submit } from '#flows'
import { type DateOnly, literal, type Sql, sql } from '#kernel'
import { makeFlowTenant, openFlowTenant, submissionOf } from '../test/flow-tenant.ts'

export interface FlowBenchRow {
  readonly what: string
  readonly rows: number
  readonly megabytes: number
  readonly seconds: number
  readonly copySeconds: number
  readonly ratio: number
  /** Seconds by step of the submission's life. */
  readonly steps: Readonly<Record<string, number>>
}

const rowsDefault = 1_000_000
const engine = { memoryLimitMb: 12_288, threads: 2 }

/** `rows` RttPeriods of 5/6 as many patients. */
export async function benchFlow(rows: number = rowsDefault): Promise<readonly FlowBenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'fdp-bench-'))
  try {
    const patients = Math.floor((rows * 5) / 6)
    const files = {
      patients: join(folder, 'patients.csv'),
      next: join(folder, 'next.csv'),
      periods: join(folder, 'periods.csv'),
    }
    await writeCsv(patientRows(patients, 0), files.patients)
    await writeCsv(patientRows(patients, Math.floor(patients / 100)), files.next)
    await writeCsv(periodRows(rows, patients), files.periods)
    await makeFlowTenant(join(folder, 'tenant'))
    await using tenant = await openFlowTenant(join(folder, 'tenant'), undefined, { engine })
    const measure = async (what: string, object: string, path: string, count: number, asAt: string) => {
      const copySeconds = await timed(() => plainCopy(path, join(folder, 'plain.parquet')))
      const steps = stepTimer()
      const source = await fileSource(path)
      const submission = submissionOf(object, [], { source, asAt: asAt as DateOnly })
      const seconds = await timed(async () => {
        const report = await submit(submission, { ...tenant.deps, progress: steps.enter })
        if (report.rows.published !== count) throw new Error(`only ${report.rows.published} rows were published`)
      })
      const megabytes = (await stat(path)).size / 1e6
      return { what, rows: count, megabytes, seconds, copySeconds, ratio: seconds / copySeconds, steps: steps.end() }
    }
    return [
      await measure('Patient, all new', 'Patient', files.patients, patients, '2026-01-30'),
      await measure('RttPeriod, linked', 'RttPeriod', files.periods, rows, '2026-01-30'),
      await measure('Patient, next day, 1 in 100 new', 'Patient', files.next, patients, '2026-01-31'),
    ]
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Ten digits that pass Modulus 11 in the test range, from the counter's digits; a counter without a check digit is skipped. */
function patientRows(count: number, shift: number): Sql {
  const body = sql`printf('999%06d', i)`
  const weighted = Array.from({ length: 9 }, (_, k) => sql`substr(body, ${k + 1}, 1)::INTEGER * ${10 - k}`)
  const sum = weighted.reduce((all, one) => sql`${all} + ${one}`)
  return sql`SELECT 'P' || i AS "personId",
      CASE WHEN i < 1000000 AND digit < 11 AND digit <> 10 THEN body || digit % 11 ELSE '' END AS "nhsNumber",
      '01' AS "nhsNumberStatusIndicatorCode", 'Forename' || i % 5000 AS "firstName", 'Surname' || i % 9000 AS surname,
      strftime(DATE '1930-01-01' + (i * 7 % 33000)::INTEGER, '%Y-%m-%d') AS "dateOfBirth",
      'LS' || 1 + i % 29 || ' ' || i % 9 || 'AB' AS postcode, CASE WHEN i % 2 = 0 THEN 'Male' ELSE 'Female' END AS sex
    FROM (SELECT i, body, CASE WHEN 11 - (${sum}) % 11 = 11 THEN 0 ELSE 11 - (${sum}) % 11 END AS digit
      FROM (SELECT i, ${body} AS body FROM range(${shift}, ${count + shift}) t(i)))`
}

function periodRows(count: number, patients: number): Sql {
  return sql`SELECT 'R' || i AS "rttPeriodId", 'P' || i % ${patients} AS "patientId", 'W' || i AS "pathwayId",
      'R' || 100 + i % 500 AS "providerCode", 'Q' || 10 + i % 80 AS "commissionerCode", (100 + i % 40)::VARCHAR AS "treatmentFunctionCode",
      strftime(DATE '2024-01-01' + (i % 700)::INTEGER, '%Y-%m-%d') AS "clockStartDate", '' AS "clockStopDate", '20' AS "statusCode",
      '' AS "decisionToAdmitDate"
    FROM range(${count}) t(i)`
}

async function writeCsv(rows: Sql, path: string): Promise<void> {
  await using duckdb = await openDuckdbEngine({ ...engine, tempDirectory: null })
  await duckdb.execute(sql`CREATE TABLE t AS ${rows}`)
  await duckdb.execute(sql`COPY t TO ${literal(path)} (FORMAT csv, HEADER)`)
}

async function plainCopy(from: string, to: string): Promise<void> {
  await using duckdb = await openDuckdbEngine({ ...engine, tempDirectory: null })
  await duckdb.execute(
    sql`COPY (FROM read_csv(${literal(from)}, all_varchar = true)) TO ${literal(to)} (FORMAT parquet, COMPRESSION zstd)`,
  )
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1_000
}

function stepTimer(): { enter(step: string): void; end(): Record<string, number> } {
  const steps: Record<string, number> = {}
  let current: string | null = null
  let since = performance.now()
  const enter = (step: string | null) => {
    if (current !== null) steps[current] = (steps[current] ?? 0) + (performance.now() - since) / 1_000
    current = step
    since = performance.now()
  }
  return {
    enter,
    end() {
      enter(null)
      return steps
    },
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const rows = await benchFlow(process.argv[2] ? Number(process.argv[2]) : rowsDefault)
  for (const { steps, ...row } of rows) {
    const numbers = Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'number' ? Number(value.toFixed(2)) : value,
    ])
    console.log(JSON.stringify(Object.fromEntries(numbers)))
    console.log(
      `  ${Object.entries(steps)
        .map(([step, seconds]) => `${step} ${seconds.toFixed(2)} s`)
        .join(', ')}`,
    )
  }
}
