/** Whether a use serves the care of the very person, or anything else (planning, research, statistics). */
export type PurposeClass = 'individual-care' | 'beyond-care'

/** What the recipient gets. Pseudonymised: rows with tokens. Anonymised: to the ICO's code, or disclosed aggregates. */
export type Identifiability = 'identifiable' | 'pseudonymised' | 'anonymised'

/** What the use rests on; `s251-reg2`, `-reg3`, `-reg5` are the Health Service (Control of Patient Information) Regulations 2002. */
export type ConfidentialityBasis =
  | 'consent'
  | 'law-required'
  | 's251-reg2'
  | 's251-reg3'
  | 's251-reg5'
  | 'public-interest'
  | 'none'

export type OptOutReason =
  | 'individual-care'
  | 'anonymised'
  | 'consent'
  | 'required-by-law'
  | 'communicable-disease'
  | 'public-interest'
  | 's251-support'
  | 'pseudonymised-without-other-basis'
  | 'identifiable-without-basis'

export interface OptOutInput {
  readonly purposeClass: PurposeClass
  readonly identifiability: Identifiability
  readonly basis: ConfidentialityBasis
}

/** `apply`: rows of people who opted out are removed whole. `refuse`: the use has no footing, with or without them. */
export interface OptOutRuling {
  readonly outcome: 'apply' | 'not-apply' | 'refuse'
  readonly reason: OptOutReason
}

const beyondCare = {
  consent: { outcome: 'not-apply', reason: 'consent' },
  'law-required': { outcome: 'not-apply', reason: 'required-by-law' },
  's251-reg2': { outcome: 'apply', reason: 's251-support' },
  's251-reg3': { outcome: 'not-apply', reason: 'communicable-disease' },
  's251-reg5': { outcome: 'apply', reason: 's251-support' },
  'public-interest': { outcome: 'not-apply', reason: 'public-interest' },
} as const satisfies Record<Exclude<ConfidentialityBasis, 'none'>, OptOutRuling>

/**
 * The national data opt-out (NHS England, national data opt-out operational policy, chapters 5 and 6) as a function of
 * what a flow is. Pseudonymised rows count as confidential patient information here, which is stricter than the
 * national position on de-identified data. Whole table: docs/concepts/disclosure.md.
 */
export function optOutRule(input: OptOutInput): OptOutRuling {
  if (input.purposeClass === 'individual-care') return { outcome: 'not-apply', reason: 'individual-care' }
  if (input.identifiability === 'anonymised') return { outcome: 'not-apply', reason: 'anonymised' }
  if (input.basis !== 'none') return beyondCare[input.basis]
  return input.identifiability === 'identifiable'
    ? { outcome: 'refuse', reason: 'identifiable-without-basis' }
    : { outcome: 'apply', reason: 'pseudonymised-without-other-basis' }
}
