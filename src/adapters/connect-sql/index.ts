/**
 * SQL databases that data come from: PostgreSQL, SQL Server, Oracle.
 *
 * Promises: the guarantees of the port Connection. A statement runs for reading only, in one snapshot where the database has
 * them; rows come as they are taken, and memory is bounded whatever the size of a table; values come as the database writes
 * them, to the last digit, or the answer is refused. An answer is UTF-8, RFC 4180, with a header: null is an empty field, the
 * empty text is `""` (readers of ours take both for nothing). Only days and watermarks go into a statement, as bound values.
 * Never: writes, logs or says a value, a name or a text of the database, or a password; connects without a time limit.
 */
export { sqlErrors } from './errors.ts'
export { oracleKind } from './oracle.ts'
export { postgresKind } from './postgres.ts'
export { sqlServerKind } from './sql-server.ts'
