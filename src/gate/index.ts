/**
 * Gate: the only reader. A session is one subject with one purpose; whatever it asks is decided now, written to the
 * ledger before the first row, leased, streamed in small batches with the decision looked at again before each, and
 * completed by a second entry with what was returned.
 *
 * Promises: laws 1 to 4, 6 and 9 hold for every path that goes through here, and there is no other.
 * Never: remembers a decision, tells unknown from forbidden, lets a row out before its entry is durable, or takes SQL
 * that a person wrote.
 */
export type { GateDeps, GovernanceView, StaffPersons } from './deps.ts'
export type * from './edit.ts'
export type { EditDecision } from './edit-decisions.ts'
export { editEntryTypes } from './edit-entries.ts'
export type { EditLine } from './edit-listing.ts'
export type { Edit } from './edit-overlay.ts'
export { Edits } from './edits.ts'
export { gateErrors } from './errors.ts'
export type { PersonAsked } from './find-person.ts'
export { type Gate, type OpenSession, openGate } from './gate.ts'
export { labelsOf, type OptOuts, optOutsOf } from './opt-outs.ts'
export type { Presence, PresenceAsked } from './presence.ts'
export type * from './session.ts'
