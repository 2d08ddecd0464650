/**
 * Privacy: what each value becomes before a person or the public may see it. Tokens in place of keys, treatments by
 * sensitivity class and level, how unique rows are, the opt-out rule, disclosure control of released numbers.
 *
 * Promises: every function is pure given its keys; an unlabelled property counts as a direct identifier; an undeclared
 * measure, an unknown policy or a forged token is refused; nothing suppressed carries its number along.
 * Never: takes an NHS number as the input of a token; decides who may read (governance does); reads lake or vault.
 */
export * from './coarse.ts'
export * from './coarse-text.ts'
export * from './disclosure.ts'
export * from './disclosure-policies.ts'
export * from './errors.ts'
export * from './key-types.ts'
export type { MeasureKind, MeasureKinds } from './measures.ts'
export * from './opt-out.ts'
export * from './opt-out-counts.ts'
export * from './origin.ts'
export * from './record-keys.ts'
export * from './said-no.ts'
export * from './tokeniser.ts'
export * from './treatments.ts'
export * from './uniqueness.ts'
