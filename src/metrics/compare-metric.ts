import type { Session } from '#gate'
import { ident, type Sql, sql } from '#kernel'
import type { Engine, Source, TabularReader } from '#ports'
import type { DisclosedTable } from '#privacy'
import { attachReferences } from './attach-references.ts'
import { comparisonSql } from './comparison-sql.ts'
import { compileMetric, type LoadedMetric } from './compile-metric.ts'
import { fail } from './errors.ts'
import { type OfficialLayout, officialLayout } from './rtt/official-layout.ts'
import { allFunctions, officialLongSql } from './rtt/official-mapping.ts'
import { readOfficialHead } from './rtt/preamble.ts'
import { aboutMetric } from './run-metric.ts'

/** Differing cells that are shown; all are counted. */
const shownMax = 20
/** Comparisons of this process so far, so that two at a time keep their tables apart. */
let comparisons = 0

export interface Comparison {
  readonly period: string
  readonly publishedFile: string
  /** Cells of either side: provider × commissioner × treatment function (C_999 recomputed) × every band. */
  readonly cellsCompared: number
  readonly cellsDiffering: number
  /** Null where the grant's policy keeps a number back; the comparison itself is exact all the same. */
  readonly pathwaysPublished: number | null
  readonly pathwaysComputed: number | null
  readonly differing: readonly DifferingCell[]
  readonly passed: boolean
  readonly entry: number
}

export interface DifferingCell {
  readonly provider: string
  readonly commissioner: string
  readonly treatmentFunction: string
  readonly weekBand: number
  readonly published: number | null
  readonly computed: number | null
}

/**
 * Recomputes a metric from single records and holds it against the published file, cell by cell, in one statement: only
 * the number of differing cells and the first of them leave the engine. Needs true counts: under a policy that rounds,
 * the shown cells would be rounded too. Throws FDP_METRICS_NOT_AN_RTT_FILE, FDP_METRICS_PERIOD_MISSING, and what reader
 * and gate throw.
 */
export async function compareMetric(input: {
  session: Session
  metric: LoadedMetric
  published: Source
  reader: TabularReader
  basis?: string
  justification?: string
}): Promise<Comparison> {
  const { session, metric, published, reader, justification } = input
  const { header, period } = await readOfficialHead(published)
  const compiled = compileMetric(metric, { period, basis: input.basis ?? 'pathways' })
  const layout = officialLayout(header, published.name)
  const table = `compare_published_${comparisons++}`
  let engine: Engine | null = null
  try {
    const release = await session.release({
      edits: 'counted',
      about: aboutMetric(compiled, 'metric-comparison'),
      relations: compiled.basis.relations,
      attach: async (attachedTo) => {
        engine = attachedTo
        await attachReferences(attachedTo, compiled)
        await attachPublished(attachedTo, { published, reader, layout, table })
      },
      build: (relations) =>
        comparisonSql({
          partial: compiled.partial(relations),
          published: ident(table),
          bands: layout.bands.length,
          openFrom: layout.openFromWeeks,
          rollUp: allFunctions,
          shownMax,
        }),
      keys: ['line', 'provider', 'commissioner', 'treatmentFunction', 'weekBand'],
      measures: {
        published: { kind: 'person-count' },
        computed: { kind: 'person-count' },
        cellsCompared: { kind: 'count' },
        cellsDiffering: { kind: 'count' },
      },
      geography: 'subnational',
      ...(justification === undefined ? {} : { justification }),
    })
    return { period, publishedFile: published.name, ...comparisonOf(release.table, period), entry: release.entry }
  } finally {
    if (engine) await dropTables(engine, [table, rawName(table)])
  }
}

const rawName = (table: string) => `${table}_raw`

/** The published cells of Part 2, C_999 too, as a table of the engine that the comparison runs in. */
async function attachPublished(
  engine: Engine,
  given: { published: Source; reader: TabularReader; layout: OfficialLayout; table: string },
): Promise<void> {
  const { published, reader, layout, table } = given
  const raw = rawName(table)
  const dialect = { encoding: null, delimiter: ',' } as const
  await reader.read({ bytes: () => published.open(), dialect, engine, table: raw })
  const cells = publishedSql(officialLongSql(layout, ident(raw)))
  await engine.execute(sql`create or replace table ${ident(table)} as ${cells}`)
}

async function dropTables(engine: Engine, tables: readonly string[]): Promise<void> {
  for (const table of tables) await engine.execute(sql`drop table if exists ${ident(table)}`)
}

/** Takes the released lines apart. Throws FDP_METRICS_PERIOD_MISSING where the file has nothing to compare with. */
function comparisonOf(table: DisclosedTable, period: string) {
  const lines = table.cells.map((cell) => {
    const number = (name: string) => {
      const value = cell.measures[name]
      return value?.shown === 'value' ? value.value : null
    }
    return { key: cell.key, number }
  })
  const summary = lines.find(({ key }) => key.line === 'all')
  const [cellsCompared, cellsDiffering] = [
    summary?.number('cellsCompared') ?? null,
    summary?.number('cellsDiffering') ?? null,
  ]
  if (!summary || cellsCompared === null || cellsDiffering === null) throw new Error('a comparison without its summary')
  const pathwaysPublished = summary.number('published')
  if (pathwaysPublished === 0) throw fail('FDP_METRICS_PERIOD_MISSING', { part: 'Part_2', period })
  return {
    cellsCompared,
    cellsDiffering,
    pathwaysPublished,
    pathwaysComputed: summary.number('computed'),
    passed: cellsDiffering === 0,
    differing: lines
      .filter(({ key }) => key.line !== 'all')
      .map(
        ({ key, number }): DifferingCell => ({
          provider: key.provider ?? '',
          commissioner: key.commissioner ?? '',
          treatmentFunction: key.treatmentFunction ?? '',
          weekBand: Number(key.weekBand),
          published: number('published'),
          computed: number('computed'),
        }),
      ),
  }
}

function publishedSql(long: Sql): Sql {
  return sql`select "period", "providerCode" as provider, "commissionerCode" as commissioner, "treatmentFunctionCode" as "treatmentFunction",
"bandLowerWeeks" as "weekBand", "pathways" as n from (${long}) where "partCode" = 'Part_2' and "bandLowerWeeks" is not null`
}
