import { type FdpError, isFdpError } from '#kernel'
import type { Engine } from '#ports'
import type { CompiledView } from './compile/view.ts'
import { fail } from './errors.ts'

/** Classes by which the engine says that a value stopped a statement: `error()`, and casts that fail. */
const classesOfData = ['Invalid Input', 'Conversion', 'Out of Range']

/** All rows of a small view, as objects. Errors: FDP_FHIR_RESOURCES, and those of the Engine port. */
export async function viewRows(engine: Engine, { statement }: CompiledView): Promise<Record<string, unknown>[]> {
  try {
    return await engine.rows(statement)
  } catch (error) {
    throw fhirErrorOf(error) ?? error
  }
}

/** FDP_FHIR_RESOURCES where a value stopped the statement of a view; null for every other error. */
export function fhirErrorOf(error: unknown): FdpError | null {
  const isData = isFdpError(error, 'FDP_ENGINE_FAILED') && classesOfData.includes(String(error.params.class))
  return isData ? fail('FDP_FHIR_RESOURCES') : null
}
