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
  | 'controller-stricter'
  | 'not-gp-record-data'
  | 'gp-record-data'
  | 'objection'
  | 'no-right-to-object'

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
 * national position on de-identified data. Whole table: docs/concepts/opt-outs.md.
 */
export function optOutRule(input: OptOutInput): OptOutRuling {
  if (input.purposeClass === 'individual-care') return { outcome: 'not-apply', reason: 'individual-care' }
  if (input.identifiability === 'anonymised') return { outcome: 'not-apply', reason: 'anonymised' }
  if (input.basis !== 'none') return beyondCare[input.basis]
  return input.identifiability === 'identifiable'
    ? { outcome: 'refuse', reason: 'identifiable-without-basis' }
    : { outcome: 'apply', reason: 'pseudonymised-without-other-basis' }
}

/** What else the rulings of one use depend on, besides the national table. */
export interface OptOutUse extends OptOutInput {
  /** Whether the rows carry the label of GP record data. */
  readonly gpRecordData: boolean
  /** As the purpose states it, `6(1)(e)` say. */
  readonly article6: string
  /** The controller removes people from more uses than the table asks for. */
  readonly stricter: boolean
}

/** Lists of people who said no, each with its own ruling. */
export type OptOutScheme = 'national' | 'type1' | 'objection'
export const optOutSchemes: readonly OptOutScheme[] = ['national', 'type1', 'objection']

export type OptOutRulings = Readonly<Record<OptOutScheme, OptOutRuling>>

/**
 * The ruling of every list for one use. Where the use has no footing, all of them refuse.
 * Type 1: opting out at the practice, about data of its records beyond care; it holds for data required by law too
 * (RCGP on section 259 of the Health and Social Care Act 2012), where the national opt-out does not.
 * Objection: UK GDPR Article 21, against uses that rest on Article 6(1)(e) or (f).
 */
export function optOutRulings(use: OptOutUse): OptOutRulings {
  const plain = optOutRule(use)
  if (plain.outcome === 'refuse') return { national: plain, type1: plain, objection: plain }
  const national = use.stricter && yieldsToStricter.has(plain.reason) ? stricter : plain
  return { national, type1: type1Rule(use, plain, national), objection: objectionRule(use, plain, national) }
}

const stricter: OptOutRuling = { outcome: 'apply', reason: 'controller-stricter' }
/** A stricter controller cannot undo a person's own consent, a duty in law, or their own care. */
const yieldsToStricter: ReadonlySet<OptOutReason> = new Set(['anonymised', 'communicable-disease', 'public-interest'])

function type1Rule(use: OptOutUse, plain: OptOutRuling, national: OptOutRuling): OptOutRuling {
  if (plain.reason === 'individual-care') return plain
  if (!use.gpRecordData) return { outcome: 'not-apply', reason: 'not-gp-record-data' }
  const applies = plain.outcome === 'apply' || plain.reason === 'required-by-law'
  return applies ? { outcome: 'apply', reason: 'gp-record-data' } : national
}

function objectionRule(use: OptOutUse, plain: OptOutRuling, national: OptOutRuling): OptOutRuling {
  if (['individual-care', 'consent', 'anonymised'].includes(plain.reason)) return national
  return /^6\(1\)\([ef]\)/.test(use.article6)
    ? { outcome: 'apply', reason: 'objection' }
    : { outcome: 'not-apply', reason: 'no-right-to-object' }
}

/** The object type that each list comes in as: rows of NHS numbers. Their lake files hold the persons they matched. */
export const optOutLists = {
  national: 'NationalDataOptOut',
  type1: 'Type1OptOut',
  objection: 'Objection',
} as const satisfies Readonly<Record<OptOutScheme, string>>

export function isOptOutList(object: string): boolean {
  return Object.values<string>(optOutLists).includes(object)
}
