import { privacyErrors } from './errors.ts'

/**
 * What a column of numbers counts. A column without one of these is never released.
 * `person-count`: people or pathways; halves are allowed, since a shared cancer pathway counts half at each provider.
 * `count`: things that are nobody's (beds, sessions, stock); exempt from suppression and rounding.
 * `ratio`: numerator ÷ denominator × 100, worked out here from the released counts, never from the true ones.
 * `percentile`, `mean`, `sum`: over the people counted by the measure named in `population`.
 */
export type MeasureKind =
  | { readonly kind: 'person-count' }
  | { readonly kind: 'count' }
  | { readonly kind: 'ratio'; readonly numerator: string; readonly denominator: string }
  | { readonly kind: 'percentile'; readonly population: string }
  | { readonly kind: 'mean'; readonly population: string }
  | { readonly kind: 'sum'; readonly population: string }

export type MeasureKinds = Readonly<Record<string, MeasureKind>>

/** Refuses declarations that point nowhere, or that would give back what rounding took away. */
export function checkMeasureKinds(measures: MeasureKinds): void {
  for (const [measure, declared] of Object.entries(measures)) {
    switch (declared.kind) {
      case 'person-count':
      case 'count':
        break
      case 'ratio':
        checkPart(measures, measure, declared.numerator, ['person-count', 'count', 'sum'])
        checkPart(measures, measure, declared.denominator, ['person-count', 'count', 'sum'])
        break
      case 'percentile':
      case 'mean':
      case 'sum':
        checkPart(measures, measure, declared.population, ['person-count'])
        break
      default:
        throw privacyErrors('FDP_PRIVACY_MEASURE_MISFIT', { measure: safeName(measure), reason: 'its kind is unknown' })
    }
  }
}

/** Sum ÷ mean is the count itself, which would undo its rounding. */
export function checkNoMeanBesideSum(measures: MeasureKinds): void {
  const all = Object.values(measures)
  for (const [measure, declared] of Object.entries(measures)) {
    if (declared.kind !== 'mean') continue
    if (all.some((other) => other.kind === 'sum' && other.population === declared.population)) {
      const reason = 'a mean beside a sum over the same people gives back their number'
      throw privacyErrors('FDP_PRIVACY_MEASURE_MISFIT', { measure: safeName(measure), reason })
    }
  }
}

function checkPart(measures: MeasureKinds, measure: string, part: string, kinds: readonly MeasureKind['kind'][]): void {
  const declared = Object.hasOwn(measures, part) ? measures[part] : undefined
  if (!declared || !kinds.includes(declared.kind)) {
    const reason = `it needs a measure called ${safeName(part)} of kind ${kinds.join(' or ')}`
    throw privacyErrors('FDP_PRIVACY_MEASURE_MISFIT', { measure: safeName(measure), reason })
  }
}

/** Column names come from declarations, but an error must not carry a value by mistake. */
export function safeName(name: string): string {
  return /^[A-Za-z][A-Za-z_0-9-]{0,79}$/.test(name) && !/\d{4}/.test(name) ? name : '(not a name)'
}
