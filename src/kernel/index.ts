/**
 * Kernel: what every module stands on. Errors with a code and a next step, clock, randomness, bytes and hashes,
 * canonical JSON (RFC 8785), ids, limits, London clocks, bound SQL, versioned formats.
 *
 * Promises: pure functions only; the same input gives the same output, but for the two objects named system*.
 * Never: opens a file, a socket or an engine; knows a patient.
 */
export * from './bytes.ts'
export * from './clock.ts'
export * from './errors.ts'
export * from './format.ts'
export * from './ids.ts'
export * from './json.ts'
export * from './limits.ts'
export * from './london.ts'
export * from './random.ts'
export * from './sql.ts'
