/**
 * Engine on DuckDB, in this process and in memory.
 *
 * Promises: bound values only; streaming results converted vector by vector; a fixed number of statements at a time,
 * the rest in order; an aborted signal interrupts; no message of the driver leaves (FDP_ENGINE_* carry a class name).
 * Configuration is locked after opening, extensions are neither installed nor loaded on demand, spill files are
 * encrypted, and without a temp directory there are none.
 * Never: keeps a database file; carries session state (temporary tables, transactions) from one call to the next.
 */
export { openDuckdbEngine } from './duckdb-engine.ts'
export { engineErrors } from './errors.ts'
