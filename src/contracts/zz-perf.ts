import { openDuckdbEngine } from '../adapters/engine-duckdb/index.ts'
import { objectType, compileChecks } from './index.ts'
import { ident, sql, parseDate } from '../kernel/index.ts'
const engine = await openDuckdbEngine({ memoryLimitMb: 4000, threads: 1, tempDirectory: null })
const n = 500_000
await engine.execute(sql`CREATE TABLE raw AS SELECT i + 1 AS _row, 'p' || i AS "rttPeriodId", 'a' || (i % 1500000) AS "patientId", NULL::VARCHAR AS "pathwayId", 'RJ' || (i%10) AS "providerCode", 'QE1' AS "commissionerCode", '110' AS "treatmentFunctionCode", (DATE '2025-01-01' + (i % 300)::INTEGER)::VARCHAR AS "clockStartDate", NULL::VARCHAR AS "clockStopDate", '20' AS "statusCode", NULL::VARCHAR AS "decisionToAdmitDate" FROM range(${n}) t(i)`)
const type = objectType('RttPeriod')
const c = compileChecks(type, { table: ident('raw'), columns: new Map(type.properties.map(p => [p.name, p.name])), asAt: parseDate('2026-01-31'), testNumbersAllowed: true })
let t = performance.now()
console.log(await engine.rows(sql`SELECT count(*) n FROM (${c.violations}) WHERE checks IS NOT NULL`), 'violations ms', Math.round(performance.now() - t))
t = performance.now(); await engine.execute(sql`CREATE TABLE typed AS SELECT ${c.typed} FROM raw`); console.log('typed ms', Math.round(performance.now() - t))
await engine.execute(sql`CREATE TABLE rawp AS SELECT i + 1 AS _row, 'p' || i AS "personId", lpad((4000000000 + i*11)::VARCHAR, 10,'0') AS "nhsNumber", 'LS1 4AP' AS postcode, '1970-01-01' AS "dateOfBirth", 'A' AS "ethnicCategoryCode" FROM range(${n}) t(i)`)
const pt = objectType('Patient')
const p = compileChecks(pt, { table: ident('rawp'), columns: new Map(['personId','nhsNumber','postcode','dateOfBirth','ethnicCategoryCode'].map(x=>[x,x])), asAt: parseDate('2026-01-31'), testNumbersAllowed: true })
t = performance.now()
console.log(await engine.rows(sql`SELECT count(*) n FROM (${p.violations}) WHERE checks IS NOT NULL`), 'patient violations ms', Math.round(performance.now() - t))
for (const [name, x] of [['period', c], ['patient', p]] as const) {
  const u = process.cpuUsage(); t = performance.now()
  await engine.execute(sql`CREATE OR REPLACE TABLE f AS SELECT _row, unnest(checks) AS position FROM (${x.violations})`)
  const v = process.cpuUsage(u)
  console.log(name, 'as used: ms', Math.round(performance.now() - t), 'cpu ms', Math.round((v.user + v.system) / 1000))
}
{ const u = process.cpuUsage(); await engine.execute(sql`CREATE OR REPLACE TABLE typed AS SELECT ${c.typed} FROM raw`); const v = process.cpuUsage(u); console.log('typed cpu ms', Math.round((v.user + v.system) / 1000)) }
