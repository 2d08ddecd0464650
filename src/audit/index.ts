/**
 * Audit: what was done, computed from the ledger and the stores by whoever has to know. Who is looking now, what each
 * person did, every decision made again, a patient's own report with proofs, samples, alerts, incidents, rights.
 *
 * Promises: an answer is a function of the ledger, complete and never cut short in silence; what cannot be told is said
 * as such, with the reason; an event of a later release is refused; who signs an event is judged before it is written.
 * Never: reads lake or vault but through the gate, stores an alert or a count as truth, or puts a patient's value into a
 * governance part.
 */

export * from './alert-rules.ts'
export * from './alerts.ts'
export * from './deps.ts'
export { auditErrors } from './errors.ts'
export { assurances, authorities, incidentFields, outcomes, rightsKinds, withholdingReasons } from './event-list.ts'
export * from './events.ts'
export type { FoundPatient, PatientName } from './find-patient.ts'
export { findPatient } from './find-patient.ts'
export * from './incidents.ts'
export { auditLeases, type LeaseAudit, type LeasedStores, type StrayLease } from './lease-audit.ts'
export { askedOf } from './lineage/asked.ts'
export { lineageGraph } from './lineage/build-graph.ts'
export { drawLineage } from './lineage/draw-lineage.ts'
export { type LineageEvent, lineageOf } from './lineage/lineage-events.ts'
export type * from './lineage/lineage-graph.ts'
export { lineageRecord, lineageRecordAt } from './lineage/lineage-record.ts'
export { type LineageSight, seenGraph } from './lineage/seen-graph.ts'
export type { Direction, TraceStart } from './lineage/trace.ts'
export { personReport } from './person-report.ts'
export * from './policy-texts.ts'
export * from './reads.ts'
export * from './replay.ts'
export type { PersonReport, ReportUse } from './report-format.ts'
export { type Assurance, checkMayAsk, type Requester } from './requester.ts'
export * from './rights.ts'
export * from './samples.ts'
export * from './sessions.ts'
export * from './sign.ts'
export { type PublicChange, PublicRecord } from './transparency/public-record.ts'
export * from './transparency/transparency.ts'
export { type VerifiedReport, verifyPersonReport } from './verify-person-report.ts'
export * from './work-log.ts'
