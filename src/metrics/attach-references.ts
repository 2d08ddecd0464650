import { canonicalJson, type Json, sha256Hex } from '#kernel'
import type { Engine } from '#ports'
import type { CompiledMetric, ReferenceTable } from './compile-metric.ts'

/** Tables that an engine has or is getting. Forgotten with the engine. */
const attached = new WeakMap<Engine, Map<string, Promise<void>>>()

/**
 * Puts the reference tables that a basis uses where its SQL expects them, once an engine: their names follow from their
 * content, so questions that run at the same time never replace each other's. They hold no data about people.
 */
export async function attachReferences(engine: Engine, compiled: CompiledMetric): Promise<void> {
  const has = attached.get(engine) ?? new Map<string, Promise<void>>()
  attached.set(engine, has)
  for (const table of new Set(Object.values(compiled.basis.references))) {
    const reference = compiled.metric.references[table]
    if (!reference) throw new Error(`the product has no reference table ${table}`)
    const name = referenceName(table, reference)
    const making = has.get(name) ?? engine.registerEphemeral(name, { columns: reference.columns })
    has.set(name, making)
    await making.catch((error: unknown) => {
      has.delete(name)
      throw error
    })
  }
}

/** The engine's name of a reference table. */
export function referenceName(table: string, reference: ReferenceTable): string {
  const content = sha256Hex(canonicalJson(reference.columns as unknown as Json)).slice(0, 12)
  return `reference_${table.replaceAll('-', '_')}_${content}`
}
