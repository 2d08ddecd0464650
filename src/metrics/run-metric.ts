import type { Session } from '#gate'
import type { EntryIndex, JsonObject } from '#kernel'
import { attachReferences } from './attach-references.ts'
import { type CompiledMetric, compileMetric, type LoadedMetric, type MetricParameters } from './compile-metric.ts'
import { type MetricRow, presentRows } from './present.ts'

/** Figures and everything a reader needs to know what they are. */
export interface MetricResult {
  readonly metric: {
    readonly id: string
    readonly version: number
    readonly title: string
    readonly counts: string
    readonly leavesOut: string
    readonly source: string
  }
  readonly period: { readonly id: string; readonly firstDay: string; readonly lastDay: string }
  readonly population: { readonly id: string; readonly title: string }
  readonly basis: { readonly id: string; readonly title: string; readonly objects: readonly string[] }
  readonly by: readonly string[]
  readonly percentileMethod: string
  /** The policy that the figures passed, in words too; and the one that their publication is meant for. */
  readonly disclosure: { readonly policy: string; readonly statement: string; readonly declared: string }
  /** Columns in order, with titles. */
  readonly measures: Readonly<Record<string, string>>
  readonly rows: readonly MetricRow[]
  /** Ledger entry of the release: who asked, for what, over which versions of which data. */
  readonly provenance: { readonly entry: EntryIndex; readonly subject: string; readonly purpose: string }
}

/**
 * Runs a metric through the gate. Throws FDP_METRICS_UNKNOWN_CHOICE, FDP_METRICS_BAD_PERIOD and what the gate throws.
 */
export async function runMetric(
  session: Session,
  metric: LoadedMetric,
  parameters: MetricParameters,
  justification?: string,
): Promise<MetricResult> {
  const compiled = compileMetric(metric, parameters)
  const { definition } = metric
  const release = await session.release({
    about: aboutMetric(compiled, 'metric'),
    relations: compiled.basis.relations,
    build: compiled.build,
    attach: (engine) => attachReferences(engine, compiled),
    keys: compiled.keys,
    measures: compiled.measures,
    geography: compiled.geography,
    // An edit counts before its source has it where its action says so.
    edits: 'counted',
    ...(justification === undefined ? {} : { justification }),
  })
  const { id, version, title, counts, leavesOut, source } = definition
  return {
    metric: { id, version, title, counts, leavesOut, source },
    period: { ...compiled.period },
    population: { id: compiled.populationName, title: definition.populations[compiled.populationName]!.title },
    basis: {
      id: compiled.basisName,
      title: compiled.basis.title,
      objects: [...new Set(Object.values(compiled.basis.relations).map((relation) => relation.object))],
    },
    by: compiled.by,
    percentileMethod: definition.percentileMethod,
    disclosure: { policy: release.policy, statement: release.table.statement, declared: definition.disclosure },
    measures: Object.fromEntries(
      Object.keys(compiled.measures).map((name) => [name, definition.measures[name]!.title]),
    ),
    rows: presentRows(compiled, release.table.cells),
    provenance: { entry: release.entry, subject: session.subject, purpose: session.purpose },
  }
}

/** What the ledger says was asked: no values but the choices of the declaration. */
export function aboutMetric(compiled: CompiledMetric, kind: string): JsonObject {
  const { id, version } = compiled.metric.definition
  return {
    kind,
    metric: id,
    version,
    basis: compiled.basisName,
    population: compiled.populationName,
    period: compiled.period.id,
    by: [...compiled.by],
  }
}
