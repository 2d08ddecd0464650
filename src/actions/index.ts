/**
 * Actions: declared ways to change records. A declaration says which object types an action edits and from what, what must
 * hold before, whose system has to catch up and until when; here it is checked against what a caller sends, planned, and
 * carried out by the gate.
 *
 * Promises: an action writes what it declares and nothing else; what the actor may not see is answered as what does not
 * exist; a batch is applied whole or not at all; every value is of the type that its property has.
 * Never: reads or writes a row by itself (the gate does both), decides who may act, or runs code of a product's.
 */
export * from './apply-action.ts'
export * from './declaration.ts'
export { actionErrors } from './errors.ts'
export { isAvailable } from './needs.ts'
export * from './wire-action.ts'
export * from './wire-result.ts'
