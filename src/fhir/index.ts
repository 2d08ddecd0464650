/**
 * FHIR: views over FHIR resources, declared as ViewDefinitions of SQL on FHIR v2 and compiled to one statement of the
 * engine; and the suite by which the specification is tested.
 *
 * Promises: a definition is checked whole before anything runs, and what it does not know is refused with its place; a
 * number keeps the digits and a date the precision of the resource; no JavaScript runs for a resource.
 * Never: reads a lake, a vault or a source itself (it is given a relation), splices anything of a definition into a
 * statement, or puts a value of a resource into an error.
 */

export type { OutputColumn } from './compile/column.ts'
export { type CompiledView, compileView } from './compile/view.ts'
export { type CaseResult, type ConformanceReport, runConformance } from './conformance/run-conformance.ts'
export { parseView } from './definition/parse-view.ts'
export { isPrimitiveType, type PrimitiveType } from './definition/primitive-types.ts'
export type { View } from './definition/view.ts'
export { fail as fhirErrors } from './errors.ts'
export { fhirErrorOf, viewRows } from './run-view.ts'
export { viewOrigins } from './view-origins.ts'
