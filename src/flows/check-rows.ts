import { type Check, type CompiledChecks, compileChecks } from '#contracts'
import { ident, joinSql, sql } from '#kernel'
import { knownLinks } from './known-links.ts'
import { type Finding, keptOutRule } from './report.ts'
import type { Texts, Work } from './work.ts'

/** Holds every row against the contract and the mapping's own checks; what breaks a rule is in table `findings`. */
export async function checkRows(work: Work, texts: Texts): Promise<CompiledChecks> {
  const { deps, received, type, mapping } = work
  const compiled = compileChecks(type, {
    table: texts.table,
    columns: texts.columns,
    asAt: received.asAt,
    testNumbersAllowed: deps.controllerPolicy.testNumbersAllowed,
    ...(mapping?.formats ? { formats: mapping.formats } : {}),
    linkExists: await knownLinks(work, texts),
  })
  await runChecks(work, compiled.checks, compiled)
  await checkDataSet(work, texts)
  const found = mapping?.found?.(sql`raw`)
  if (found) await work.engine.execute(sql`INSERT INTO findings SELECT _row, rule, severity, property FROM (${found})`)
  const own = mapping?.fileChecks ?? []
  for (const check of own) {
    await work.engine.execute(sql`INSERT INTO findings
      SELECT _row, ${check.rule}, ${check.severity}, ${check.property} FROM raw WHERE ${check.breaks}`)
  }
  return compiled
}

async function runChecks(work: Work, checks: readonly Check[], compiled: CompiledChecks): Promise<void> {
  if (checks.length === 0) return
  await work.engine.registerEphemeral('checks', {
    columns: [
      { name: 'position', type: 'INTEGER', values: checks.map((_, i) => i) },
      { name: 'rule', type: 'VARCHAR', values: checks.map(({ rule }) => rule) },
      { name: 'severity', type: 'VARCHAR', values: checks.map(({ severity }) => severity) },
      { name: 'property', type: 'VARCHAR', values: checks.map(({ property }) => property) },
    ],
  })
  await work.engine.execute(sql`INSERT INTO findings
    SELECT _row, rule, severity, property
    FROM (SELECT _row, unnest(checks) AS position FROM (${compiled.violations})) AS broken JOIN checks USING (position)`)
}

/** A submission stands for one data set: with rows of two it would replace one by half of what it was. */
async function checkDataSet({ engine, type }: Work, { table, columns }: Texts): Promise<void> {
  const { snapshotOf } = type
  const column = snapshotOf === undefined ? undefined : columns.get(snapshotOf)
  if (snapshotOf === undefined || column === undefined) return
  await engine.execute(sql`INSERT INTO findings SELECT _row, 'file.one-data-set', 'FAIL', ${snapshotOf} FROM ${table}
    WHERE ${ident(column)} <> (SELECT min(${ident(column)}) FROM ${table})`)
}

/** Counts by rule and column, the gravest first; before them, people who are kept out. */
export async function countFindings(work: Work): Promise<Finding[]> {
  const rows = await work.engine.rows(sql`SELECT rule, severity, property, count(DISTINCT _row) AS rows FROM findings
    WHERE rule <> 'file.unreadable-row' GROUP BY ALL ORDER BY severity, rows DESC, rule, property`)
  const findings = rows.map((row) => ({
    rule: String(row.rule),
    severity: String(row.severity) as Finding['severity'],
    column: row.property === null ? null : String(row.property),
    rows: Number(row.rows),
  }))
  return findings.sort((a, b) => Number(b.rule === keptOutRule) - Number(a.rule === keptOutRule))
}

/** Rows (of those that could be read) that stay out, and rows published with a warning. */
export async function countRows(work: Work): Promise<{ quarantined: number; warned: number }> {
  const bad = sql`SELECT _row FROM findings WHERE severity = 'ROW' AND rule <> 'file.unreadable-row'`
  const [counts] = await work.engine.rows(
    sql`SELECT ${joinSql(
      [
        sql`(SELECT count(DISTINCT _row) FROM (${bad})) AS quarantined`,
        sql`(SELECT count(DISTINCT _row) FROM findings WHERE severity = 'WARN' AND _row NOT IN (${bad})) AS warned`,
      ],
      ', ',
    )}`,
  )
  return { quarantined: Number(counts?.quarantined), warned: Number(counts?.warned) }
}
