/**
 * Engine on DuckDB, in this process and in memory.
 *
 * Promises: bound values only; streaming results converted vector by vector; a fixed number of statements at a time,
 * the rest in order; an aborted signal interrupts; no message of the driver leaves (FDP_ENGINE_* carry a class name).
 * Configuration is locked after opening, extensions are neither installed nor loaded on demand.
 * Never: writes to disk of its own accord, so a query that does not fit in memory fails with FDP_ENGINE_OUT_OF_MEMORY
 * whatever `tempDirectory` says: this build of DuckDB refuses to write encrypted spill files without an extension that
 * also opens the network. Never keeps temporary tables or a transaction of a call that failed.
 */
export { openDuckdbEngine } from './duckdb-engine.ts'
export { engineErrors } from './errors.ts'
