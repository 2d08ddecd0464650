import { nearest } from '#contracts'
import { privacyErrors } from './errors.ts'

/** How small numbers are kept from giving people away; data, so that what a release passed can be shown beside it. */
export interface SmallNumberRule {
  /** Counts above 0 and up to this are suppressed; 0 stays 0. */
  readonly suppressUpTo: number
  /** Other counts go to the nearest multiple; a half goes up (12.5 → 15). */
  readonly roundTo: number
  /** Percentages have one decimal place if the rounded denominator reaches this, otherwise none. */
  readonly oneDecimalFrom: number
  /** Decimal places of means and percentiles. */
  readonly decimals: number
}

export interface DisclosurePolicy {
  /** Name and version; a changed rule is a new version, the old one stays. */
  readonly id: string
  /** Shown with every table that passed it. */
  readonly statement: { readonly national: string; readonly subnational: string }
  /** null: numbers leave as they are. */
  readonly national: SmallNumberRule | null
  readonly subnational: SmallNumberRule | null
}

const trueCounts =
  'True counts, small ones included, as the official statistics of this series have always published them.'

const policies: readonly DisclosurePolicy[] = [
  {
    id: 'official-true-counts@1',
    statement: { national: trueCounts, subnational: trueCounts },
    national: null,
    subnational: null,
  },
  {
    // The rule of hospital statistics in England since September 2018 (DOMAIN section 4).
    id: 'subnational-0-7-5@1',
    statement: {
      national: 'National figures, not rounded.',
      subnational:
        'Counts of 1 to 7 are shown as *, other counts are rounded to the nearest 5, and percentages are worked out from rounded counts. Each figure is rounded by itself, totals too, so figures may not add up to the totals shown.',
    },
    national: null,
    subnational: { suppressUpTo: 7, roundTo: 5, oneDecimalFrom: 4_000, decimals: 1 },
  },
]

/** Throws FDP_PRIVACY_UNKNOWN_POLICY with the nearest name. The version is part of the name. */
export function disclosurePolicy(id: string): DisclosurePolicy {
  const policy = policies.find((candidate) => candidate.id === id)
  if (policy) return policy
  const known = policies.map((candidate) => candidate.id)
  const near = nearest(id, known)
  throw privacyErrors('FDP_PRIVACY_UNKNOWN_POLICY', {
    policy: printable(id),
    suggestion: near ? `did you mean \`${near}\`? ` : '',
    known: known.join(', '),
  })
}

/**
 * What figures pass that nobody declared beforehand. True small counts are for statistics whose breakdowns were weighed
 * and published; whoever may choose the breakdown could choose one with a single patient in it.
 */
export function policyForFreeQuestions(id: string): DisclosurePolicy {
  const policy = disclosurePolicy(id)
  return policy.subnational ? policy : disclosurePolicy('subnational-0-7-5@1')
}

/** Every policy there is, for documentation and for choosing one. */
export function disclosurePolicies(): readonly DisclosurePolicy[] {
  return policies
}

/** What was typed may be anything, a patient's number too. */
function printable(id: string): string {
  return /^[a-z][a-z0-9-]{0,59}(@\d{1,3})?$/.test(id) && !/\d{4}/.test(id) ? id : '(not a name)'
}
