import { ident, sql } from '#kernel'
import type { Engine } from '#ports'
import { officialLayout } from './official-layout.ts'
import { officialLongSql } from './official-mapping.ts'
import { type OfficialRule, officialRules, rowTableSql } from './official-rules.ts'

/** Hits listed one by one; the rest is counted. All codes here are organisations' and functions', no persons'. */
const listedMax = 200

export interface OfficialFinding {
  readonly rule: string
  readonly severity: 'FAIL' | 'WARN'
  readonly title: string
  /** Rows, cells, providers or bands that break the rule, and how many were looked at. */
  readonly hits: number
  readonly examined: number
  /** Pathways by which they do, where the rule has such a number. */
  readonly pathways: number | null
  readonly listed: readonly Readonly<Record<string, unknown>>[]
}

/**
 * The publisher's validation rules (recording and reporting guidance, Annex B; DOMAIN 1.6) that one month's file can be
 * judged by; those that need the month before are not here. `raw` names the wide table of texts. Makes and drops two
 * tables of its own in the engine.
 */
export async function officialRttReport(
  engine: Engine,
  raw: string,
  header: readonly string[],
): Promise<readonly OfficialFinding[]> {
  const layout = officialLayout(header)
  const [rows, long] = [ident(`${raw}_rows`), ident(`${raw}_long`)]
  await engine.execute(rowTableSql(rows, layout, ident(raw)))
  await engine.execute(sql`create or replace table ${long} as ${officialLongSql(layout, ident(raw))}`)
  try {
    const findings: OfficialFinding[] = []
    for (const rule of officialRules(rows, long)) findings.push(await examine(engine, rule))
    return findings
  } finally {
    await engine.execute(sql`drop table ${rows}`)
    await engine.execute(sql`drop table ${long}`)
  }
}

async function examine(engine: Engine, { id, severity, title, examined }: OfficialRule): Promise<OfficialFinding> {
  const [counted] = await engine.rows(
    sql`select count(*) as examined, count(*) filter (breaks) as hits, sum(pathways) filter (breaks) as pathways from (${examined})`,
  )
  const hits = Number(counted?.hits ?? 0)
  const listed = sql`select * exclude (breaks) from (${examined}) where breaks order by all limit ${listedMax}`
  return {
    rule: id,
    severity,
    title,
    hits,
    examined: Number(counted?.examined ?? 0),
    pathways: counted?.pathways == null ? null : Number(counted.pathways),
    listed: hits === 0 ? [] : await engine.rows(listed),
  }
}
