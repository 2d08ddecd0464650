/**
 * Delimited files: a Source for a path, and the TabularReader.
 *
 * Promises: bytes are decoded strictly; every record of the file is either a row of the table under its true number, or
 * a reject with that number, its column and a reason; what cannot be told apart (a quote never closed, bytes of no
 * known encoding) refuses the file. Decoded bytes exist in memory and in a named pipe only, never in a plain file.
 * Never: puts a value, a header name or file content into an error or a reject.
 *
 * The way of the bytes: decode to UTF-8 (text-decoding) → number the records, set aside broken ones (record-scanner) →
 * named pipe (pipe-to-engine) → the engine's own CSV reader. Records are taken apart into columns by the engine only;
 * JavaScript looks at each byte once to find where records end and whether they are whole.
 */
export { readCells } from './cells-reader.ts'
export { csvReader } from './csv-reader.ts'
export { csvErrors } from './errors.ts'
export { fileSource } from './file-source.ts'
