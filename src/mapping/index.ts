/**
 * Mappings: how the columns of a delimited file or a sheet become the properties of an object type, declared in a file
 * (spec/mappings.md) and compiled to one SQL statement over the table of texts that a reader makes.
 *
 * Promises: the same document gives the same SQL; every text of a document is a quoted literal or a quoted identifier
 * there; a value that a mapping cannot read or translate stays as it is and is found, by rule and property; a row is
 * left out only where the document says which and why, and those are counted.
 * Never: runs code that a document brings along, looks at rows in JavaScript, or puts a value of a row into an error.
 */
export { compileMapping, type DeclaredMapping } from './compile-mapping.ts'
export type { MappingDocument, MappingTest } from './document.ts'
export { fail as mappingErrors } from './errors.ts'
export { mappingOrigins } from './mapping-origins.ts'
export { parseMapping } from './parse-mapping.ts'
export { type MappingFile, readMappingFile } from './read-mapping-file.ts'
export { type MappedRows, runMapping, runMappingTest } from './run-mapping.ts'
export { suggestMapping } from './suggest-mapping.ts'
