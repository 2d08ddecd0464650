import type { CommonLawBasis, Level, PersonKind, PurposeClass } from '#governance'
import type { withholdingReasons } from './event-list.ts'

/* What a report to a patient says for each code. Plain words; the codes stay beside them. */

/** A code that a later governance knows and this page does not is shown as it is. */
export function inWords(words: Readonly<Record<string, string>>, code: string): string {
  return words[code] ?? code
}

export const levelWords: Readonly<Record<Level, string>> = {
  aggregate: 'only numbers about many people',
  pseudonymised: 'your rows, without your name, address or numbers; a made-up code stood for you',
  identifiable: 'your rows, with what says who you are',
}

export const classWords: Readonly<Partial<Record<PurposeClass, string>>> = {
  'individual-care': 'your own care',
  'direct-care-support': 'work that your care depends on, such as keeping records right',
  planning: 'planning services',
  'official-statistics': 'official statistics',
  commissioning: 'deciding which services to pay for',
  research: 'research',
  platform: 'running the computer system',
}

export const kindWords: Readonly<Partial<Record<PersonKind, string>>> = {
  'controller-staff': 'works for the organisation that holds your record',
  'care-partner': 'works for another organisation that gives care',
  'processor-staff': 'works for a supplier under contract',
  other: 'works elsewhere',
}

export const commonLawWords: Readonly<Partial<Record<CommonLawBasis, string>>> = {
  'implied-consent': 'you would expect it as part of your care',
  consent: 'you agreed to it',
  'law-required': 'a law requires it',
  's251-reg2': 'approved under section 251 of the NHS Act 2006, regulation 2',
  's251-reg3': 'communicable diseases, under section 251 of the NHS Act 2006, regulation 3',
  's251-reg5': 'approved under section 251 of the NHS Act 2006, regulation 5',
  'public-interest': 'the public interest outweighed confidentiality',
  none: 'no confidential information was needed',
}

/** Data Protection Act 2018, the exemptions from telling the person. */
export const withholdingWords: Readonly<Record<(typeof withholdingReasons)[number], string>> = {
  'serious-harm':
    'telling would be likely to cause serious harm to somebody’s health (Data Protection Act 2018, Schedule 3, paragraph 5)',
  'child-abuse-data': 'it is about possible abuse of a child (Data Protection Act 2018, Schedule 3, paragraph 21)',
  crime: 'telling would harm the prevention or detection of crime (Data Protection Act 2018, Schedule 2, paragraph 2)',
  'rights-of-others':
    'telling would disclose information about somebody else (Data Protection Act 2018, Schedule 2, paragraph 16)',
}
