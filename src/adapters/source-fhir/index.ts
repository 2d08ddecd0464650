/**
 * FHIR resources: NDJSON, one resource a line, Bundles, one resource an entry, and one resource alone. A TabularReader for each, which makes
 * a table of one column, `resource`, and hands it to the reader of delimited text that it is given.
 *
 * Promises: the text of a resource stands in the table as it stood in the file, digits and all; every line or entry is a
 * row or a reject under its true number; what stands in the table is strict JSON with a `resourceType`, not nested deeper
 * than its limit, so that the engine can read all of it; a file that is cut off is refused, since a snapshot that lacks
 * its end would take people away. Memory is bounded by the longest resource that is taken.
 * Never: puts anything of a resource into an error or a reject, follows a reference, or resolves an address.
 */
export { type BundleInPieces, bundleInPieces } from './bundle-resources.ts'
export { resourceErrors } from './errors.ts'
export { fhirBundleReader, fhirNdjsonReader, fhirResourceReader } from './resource-readers.ts'
