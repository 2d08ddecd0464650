/**
 * Parquet files as a TabularReader: flat columns, whose values become text and go the way of delimited files.
 *
 * Promises: whole numbers and decimals keep every digit; days and moments are ISO 8601, with a `Z` where the file says
 * UTC; what the file says of sizes is believed only as far as it has bytes for it, and a long run of one value costs
 * nothing until it is read. The file is held in memory as it came, and one unpacked page of each column, both limited.
 * Never: reads nested columns, guesses what plain bytes mean, follows a name to another file, or puts a value or a name
 * into an error.
 */
export { parquetErrors } from './errors.ts'
export { parquetReader } from './parquet-reader.ts'
