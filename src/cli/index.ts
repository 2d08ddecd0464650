/**
 * CLI: `fdp <noun> <verb>`. Acts as someone, for something, at a tenant; data on stdout, the rest on stderr; a table on
 * a terminal, JSON lines otherwise; every error ends with what to type next.
 *
 * Promises: a command runs the same in this process and over the socket of a running node; without a context a read is
 * refused; nothing is printed that did not come through the gate, the ledger's governance part or a report of a flow.
 * Never: decides anything itself, or prints a patient's value in an error.
 */
export type { ActingContext, ContextStore } from './acting-context.ts'
export { printDay } from './day-report.ts'
export { canBeEconomy, isEconomy, makeEconomy, runDay } from './economy-day.ts'
export { cliErrors } from './errors.ts'
export { type PreparedHospital, prepareHospitals, promoteHospital, takeHospitalIn } from './hospital-demo.ts'
export type { Io } from './io.ts'
export { reportError, runCommand } from './program.ts'
export type { Host } from './scene.ts'
export { callNode, serveCommands } from './socket.ts'
