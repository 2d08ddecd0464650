import type { OptOutInput } from '#privacy'
import type { Purpose } from './state.ts'
import type { Level } from './vocabulary.ts'

/** What the opt-out rule asks of a use at a level. Implied consent carries a person's own care and nothing beyond it. */
export function optOutInput(purpose: Purpose, level: Level): OptOutInput {
  return {
    purposeClass: purpose.class === 'individual-care' ? 'individual-care' : 'beyond-care',
    identifiability: level === 'aggregate' ? 'anonymised' : level,
    basis: purpose.commonLaw === 'implied-consent' ? 'none' : purpose.commonLaw,
  }
}
