import type { Engine } from '#ports'
import { type CompiledMetric, referenceName } from './compile-metric.ts'

/** Puts the reference tables that a basis uses where its SQL expects them. They hold no data about people. */
export async function attachReferences(engine: Engine, compiled: CompiledMetric): Promise<void> {
  for (const table of new Set(Object.values(compiled.basis.references))) {
    const reference = compiled.metric.references[table]
    if (!reference) throw new Error(`the product has no reference table ${table}`)
    await engine.registerEphemeral(referenceName(table), { columns: reference.columns })
  }
}
