import { objectType, property } from '#contracts'
import { ident, sql } from '#kernel'
import type { Engine, EphemeralTable } from '#ports'
import { disclose, disclosurePolicy } from '#privacy'
import { attachReferences } from './attach-references.ts'
import { compileMetric, type LoadedMetric } from './compile-metric.ts'
import type { CellValue, MetricTest } from './declaration/metric-definition.ts'
import { type Figure, presentRows } from './present.ts'

const engineTypes: Readonly<Record<string, string>> = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  long: 'BIGINT',
  date: 'DATE',
}

export interface MetricTestResult {
  readonly found: readonly Readonly<Record<string, Figure>>[]
  readonly expected: MetricTest['expected']
  readonly passed: boolean
}

/**
 * Runs a test that a metric declares, on an engine of its own: given rows in, finished and disclosed figures out (true
 * counts). Columns left out are null, `period` is the test's; only the columns that `expected` names are compared.
 */
export async function runMetricTest(engine: Engine, metric: LoadedMetric, test: MetricTest): Promise<MetricTestResult> {
  const compiled = compileMetric(metric, {
    period: test.period,
    basis: test.basis,
    by: test.by,
    ...(test.population === null ? {} : { population: test.population }),
  })
  await attachReferences(engine, compiled)
  for (const [name, relation] of Object.entries(compiled.basis.relations)) {
    await engine.registerEphemeral(`given_${name}`, givenTable(relation, test.given[name] ?? [], test.period))
  }
  const relations = Object.fromEntries(
    Object.keys(compiled.basis.relations).map((name) => [name, sql`(select * from ${ident(`given_${name}`)})`]),
  )
  const rows = await engine.rows(compiled.build(relations))
  const table = disclose(disclosurePolicy('official-true-counts@1'), {
    cells: rows.map((row) => ({
      key: Object.fromEntries(compiled.keys.map((key) => [key, row[key] as string | null])),
      measures: Object.fromEntries(
        Object.entries(row).flatMap(([name, value]) =>
          compiled.keys.includes(name) ? [] : [[name, value as number | null]],
        ),
      ),
    })),
    measures: compiled.measures,
    geography: compiled.geography,
  })
  const shown = presentRows(compiled, table.cells).map((row) => ({ ...row.key, ...row.figures }))
  const columns = [...new Set(test.expected.flatMap((row) => Object.keys(row)))]
  const found = shown.map((row: Record<string, Figure>) =>
    Object.fromEntries(columns.map((name) => [name, row[name] ?? null])),
  )
  return { found, expected: test.expected, passed: sortedText(found) === sortedText(test.expected) }
}

function givenTable(
  relation: { readonly object: string; readonly columns: readonly string[] },
  rows: readonly Readonly<Record<string, CellValue>>[],
  period: string,
): EphemeralTable {
  const type = objectType(relation.object)
  return {
    columns: relation.columns.map((name) => ({
      name,
      type: engineTypes[property(type, name).type] ?? 'VARCHAR',
      values: rows.map((row) => row[name] ?? (name === 'period' ? period : null)),
    })),
  }
}

function sortedText(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const texts = rows.map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))))
  return texts.sort().join('\n')
}
