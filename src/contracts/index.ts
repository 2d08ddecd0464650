/**
 * Contracts: what data mean. Object types with their properties, keys, links, value sets and sensitivity; the checks a
 * submission must pass and the columns it becomes, compiled to SQL. The canonical data model v146 (imported facts) and
 * our own types in the same form.
 *
 * Promises: the same contract gives the same SQL; every property has a sensitivity class, and one without counts as
 * `direct`; every property is in exactly one of key, identity and care.
 * Never: runs a statement, reads a file other than the contracts that ship with the program, or decides who may see what.
 */
export * from './catalogue.ts'
export * from './cell.ts'
export * from './checks.ts'
export * from './column-origins.ts'
export * from './delivery-manifest.ts'
export * from './errors.ts'
export * from './file-checks.ts'
export * from './lake-columns.ts'
export * from './nhs-number.ts'
export * from './object-type.ts'
export * from './parts.ts'
export * from './postcode.ts'
export { sortsOf } from './sorts.ts'
export { fold, nearest } from './suggest.ts'
