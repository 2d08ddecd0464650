/**
 * Docks: what another system is expected to deliver, every day, unattended. A dock is declared in a file; its days, their
 * windows and deadlines follow from that; what became of each day is a fold of the ledger, and whether it was
 * as usual is worked out from the reports.
 *
 * Promises: a file goes in by `submit` as whoever the dock acts for, under a grant of theirs, and not before it lies still;
 * days missed are caught up oldest first; a later file for the same day is a correction, told as such; an earlier snapshot
 * never takes the place of a later one; a deadline that passes and a failure are entries, each once; files are read by the
 * mapping or view that was promoted, whatever lies beside the dock.
 * Never: deletes or moves a file, keeps a file's name, decides who may deliver, or stores a state of its own.
 */
export { agendaOf, type Day, type DayState } from './agenda.ts'
export { connectionName, type Dock, DockSchema, parseDock } from './declaration.ts'
export type { DockDeps } from './dock-deps.ts'
export { type DayLog, type DockLog, dockLog } from './dock-log.ts'
export { DropWatch } from './drop-watch.ts'
export { dockErrors } from './errors.ts'
export { type Grade, type Health, healthOf, type Sign } from './health.ts'
export { type Graded, type HealthLog, healthLog, noteHealth, untold } from './health-log.ts'
export type { MappingEvent, MappingVersion } from './mapping-log.ts'
export { type Action, planOf } from './plan-dock.ts'
export {
  type MappingState,
  mappingHistory,
  mappingState,
  type Promoter,
  promoteMapping,
  rollBackMapping,
  type Trial,
  tryMapping,
} from './promotion.ts'
export { type Done, runDock } from './run-dock.ts'
export { deadlineOf, opensOf } from './schedule.ts'
