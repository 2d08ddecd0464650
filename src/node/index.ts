/**
 * Node: the tenants of one home folder in one process, each put together from the modules below: keys, ledger, stores,
 * governance folded from the ledger, flows and gate. And what keeps them: witnessing, backup, restore, doctor.
 *
 * Promises: tenants share code and nothing else; on opening, what a crash interrupted is finished and what no entry
 * names is swept; a tenant whose ledger ends before what a witness saw refuses reads until that is put on record.
 * Never: reads data for a person except through the gate, or writes to a tenant that another process holds.
 */
export { accessThen } from './access-then.ts'
export { activityErrors } from './activities/errors.ts'
export { type RegisteredActivities, registerActivities } from './activities/register-activities.ts'
export type { Adapters } from './adapters.ts'
export type { Tended } from './again.ts'
export { auditOf, endAccess } from './audit-of.ts'
export { type BackupReport, backupTenant } from './backup.ts'
export { backupNow, lastBackup, tendBackups } from './backups.ts'
export { type BreakGlass, breakGlass, type GlassBroken } from './break-glass.ts'
export { type CheckedTls, checkTls, type TlsFiles } from './check-tls.ts'
export { latestColumnProfile, type PublishedProfile, profileService, renewColumnProfile } from './column-profiles.ts'
export { type Compared, type CompareInput, compare } from './compare/compare.ts'
export type { Difference } from './compare/compare-objects.ts'
export { compareErrors } from './compare/errors.ts'
export { ReportFile } from './compare/report-file.ts'
export { type Config, ConfigSchema, parseConfig, readConfig } from './config.ts'
export { Connections, type DeclaredConnection } from './connections.ts'
export { dockDeps, dockOf, readDocks, tendDocks } from './docks.ts'
export { type Check, doctor } from './doctor.ts'
export { approveErasure, type OrderErasure, orderErasure, placeHold, tendErasures } from './erasing.ts'
export { nodeErrors } from './errors.ts'
export { exportErrors } from './export/errors.ts'
export { type ExportInput, type ExportReport, exportTenant } from './export/export-tenant.ts'
export { type Fault, faultOf } from './fault.ts'
export type { RecordAsked } from './find-record.ts'
export {
  checkFounding,
  type FirstOfficer,
  type Founding,
  foundTenant,
  makeTenantFolder,
} from './founding/found-tenant.ts'
export { checkSettings, type Settings, writeSettings } from './founding/settings.ts'
export { tenantHealth } from './health.ts'
export { type Alerts, lookAtHealth, readAlerts, tendHealth } from './health-watch.ts'
export { type CheckedRows, checkImport } from './import/check-import.ts'
export { type Imported, type ImportedRows, type ImportInput, importTenant } from './import/import-tenant.ts'
export { lineageOfTenant } from './lineage-of.ts'
export { type Log, openLog } from './log.ts'
export { landedAt, messageDockOf, readMessageDocks, tendMessages } from './messages.ts'
export {
  approveModel,
  type ModelsHere,
  modelOf,
  modelsOf,
  proposeModel,
  readModels,
  showModel,
  tendModels,
  testModel,
} from './models.ts'
export { moveErrors } from './move/errors.ts'
export { moveIn } from './move/move-in.ts'
export type { MovedType, MoveInput } from './move/move-type.ts'
export { readTokenFile } from './move/token-file.ts'
export { type FdpNode, openNode } from './node.ts'
export { type OneRow, openRow, type RowOpened } from './one-row.ts'
export { openingMinutesMax } from './opening-checks.ts'
export { type OpeningOutcome, type OpeningShown, reviewOpening, showOpening } from './opening-review.ts'
export { type DeclaredRoute, readRoutes, routeOf, sendSoon, sendWaiting, tendOutbound } from './outbound.ts'
export { ledgerOrigin, readProfile, type TenantKind, type TenantProfile, tenantFolders } from './profile.ts'
export { findSubmission, readQuarantine } from './quarantine-read.ts'
export { checkOfficer, officersOf, signRecovery } from './recovery.ts'
export { checkBackup, type Restored, restoreTenant } from './restore.ts'
export { readRetention, tendRetention } from './retention.ts'
export {
  appendInTurn,
  type Body,
  type Make,
  type SignableType,
  type Signer,
  type SigningTenant,
  signAndAppend,
  signableTypes,
} from './signing.ts'
export { staffErrors } from './staff/errors.ts'
export { loadStaff } from './staff/load-staff.ts'
export * from './staff/scim.ts'
export { storesAgree } from './stores-agree.ts'
export { createTenant, type Tenant } from './tenant.ts'
export { type PublicBook, publicBook } from './transparency.ts'
export { largestSeen } from './witnessing.ts'
