/**
 * Flows: how data come in. Land (encrypted) → acknowledge in the ledger → check against the contract → say who each row
 * is about → split identity from care → publish a version, or refuse the whole with a report.
 *
 * Promises: what was acknowledged is published or refused exactly once, whatever happens to the process (law 10); a
 * version becomes visible by one ledger entry or not at all; the same submission again changes nothing; a bad row goes
 * to quarantine with its rule, position and column; the rule that makes two rows one person is recorded with each
 * identity row and can be undone; a person who is erased is gone from every place that this module keeps, and the work
 * goes on after a crash until it is whole.
 * Never: writes a value of a row to disk unencrypted, puts one into an error, a report or the governance part of an
 * entry, or hands a row to a person (the gate does).
 */

export { checkAllowed } from './allowed.ts'
export {
  compareDerived,
  type Derivation,
  type Derived,
  type DerivedFinding,
  derive,
  type Fill,
} from './derive.ts'
export { type InputColumn, inputColumns } from './derive-inputs.ts'
export { type DryRun, type DryRuns, dryRun } from './dry-run.ts'
export { type ErasureRun, eraseApproved, holdsOn } from './erase/erase-person.ts'
export { type ErasureLog, erasureLog } from './erase/erasure-log.ts'
export { recordPurged } from './erase/purge.ts'
export {
  type Expiring,
  planRetention,
  type RetentionDays,
  type RetentionRules,
  runRetention,
} from './erase/retention.ts'
export { fail as flowErrors } from './errors.ts'
export { type FlowLog, flowLog } from './flow-log.ts'
export { gpFacts } from './gp-agreement.ts'
export { landDocument, landedDocument, unlandedFrom } from './landed-mapping.ts'
export { goodLife, life, type Step } from './life.ts'
export { type PersonLink, type PersonLinkReport, redoPersonLink, undoPersonLink } from './person-link.ts'
export { identityColumns, type PersonConflict, type PersonOutcome } from './person-rule.ts'
export { type Quarantine, type QuarantinedRow, quarantine, quarantineValues } from './quarantine.ts'
export { type Finding, readableReport, type SubmissionReport, type Uniqueness } from './report.ts'
export { resume, sweep } from './resume.ts'
export type { ControllerPolicy, ErasedPerson, FlowDeps, Mapping, Received, Submission } from './submission.ts'
export { submit } from './submit.ts'
