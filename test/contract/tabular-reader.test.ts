import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { csvReader } from '#adapters/source-csv'
import { tabularReaderContract } from './tabular-reader.ts'

tabularReaderContract('delimited text through DuckDB', csvReader, openDuckdbEngine)
