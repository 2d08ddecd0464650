import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { engineContract } from './engine.ts'

engineContract('DuckDB', openDuckdbEngine)
