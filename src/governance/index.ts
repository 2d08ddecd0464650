/**
 * Governance: who may do what, why, until when. Events in the ledger → state (a fold) → decisions by Cedar.
 *
 * Promises: state is a pure function of the entries up to now; a decision is a pure function of state, request (with
 * its moment) and policies, rests on one grant, and is never remembered; whoCanSee evaluates every grant by the same
 * policies; an event whose signer was not entitled opens nothing; later or unknown events are refused, not skipped.
 * Never: reads data, keeps a clock, holds a patient's value, decides about a row; tells the asker why (reasons are for
 * the ledger and for `access explain`).
 */
export type { AccessFilter, AccessRow } from './access-row.ts'
export * from './approve-grant.ts'
export * from './approve-request.ts'
export * from './catalogue.ts'
export * from './catalogue-entries.ts'
export { canScopeRows, columnsAt, generalColumnsAt, isObjectType } from './columns.ts'
export * from './contradictions.ts'
export {
  canDo,
  type Decision,
  type DecisionBasis,
  decide,
  type Permission,
  type ReadRequest,
  type Reason,
  type Refusal,
} from './decide.ts'
export * from './decide-erasure.ts'
export * from './decline-request.ts'
export * from './dpia-difference.ts'
export * from './dpia-effect.ts'
export * from './dpia-form.ts'
export { isInLine } from './entitlement.ts'
export { evidenceItems } from './events/assurance.ts'
export { careNoticeDays } from './events/dpias.ts'
export { erasureGrounds, laterRules } from './events/erasures.ts'
export { openingMsMax } from './events/openings.ts'
export { reclassNoticeDays } from './events/purposes.ts'
export * from './events.ts'
export * from './explain.ts'
export { fold, foldUntil } from './fold.ts'
export { isMember, membersOf } from './grants-index.ts'
export { isTimeOver, neededLongest } from './kept-time.ts'
export * from './movers.ts'
export * from './my-access.ts'
export * from './notices.ts'
export * from './openings-due.ts'
export * from './opt-out-input.ts'
export * from './oversight.ts'
export { openPolicyEngine, type PolicyEngine, type PolicyText } from './policy-engine.ts'
export * from './policy-files.ts'
export * from './register-lists.ts'
export * from './registers.ts'
export * from './request-form.ts'
export { canSign, type Input, sign } from './sign.ts'
export { elevatedPeople, elevatedPeopleMax, isAgreed, lapseDays } from './standing.ts'
export * from './state.ts'
export * from './vocabulary.ts'
export * from './waiting-requests.ts'
export * from './who-can-see.ts'
