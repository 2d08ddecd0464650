import type { Transparency } from '#audit'
import { type Html, html } from '../html.ts'
import { dayInWords } from '../in-words.ts'

/* The words of the page for the terms of the document. */

export const levelWords: Readonly<Record<string, string>> = {
  identifiable: 'With names',
  pseudonymised: 'Rows without names',
  aggregate: 'Figures only',
}

export const kindWords: Readonly<Record<string, string>> = {
  'controller-staff': 'This organisation’s own staff',
  'care-partner': 'Care partners’ staff',
  'processor-staff': 'Suppliers’ staff (processors)',
  other: 'Others',
  unknown: 'Nobody in the register',
}

const classWords: Readonly<Record<string, string>> = {
  'individual-care': 'Care of the person',
  'direct-care-support': 'Running the care of patients',
  planning: 'Planning services',
  'official-statistics': 'Official statistics',
  commissioning: 'Commissioning',
  research: 'Research',
  platform: 'Keeping the platform running',
}

const commonLawWords: Readonly<Record<string, string>> = {
  'implied-consent': 'implied consent for care',
  consent: 'explicit consent',
  'law-required': 'required by law',
  's251-reg2': 'section 251 support, regulation 2',
  's251-reg3': 'section 251 support, regulation 3',
  's251-reg5': 'section 251 support, regulation 5',
  'public-interest': 'overriding public interest',
  none: 'none',
}

const listWords: Readonly<Record<string, string>> = {
  national: 'National data opt-out',
  type1: 'Type 1, at the GP practice',
  objection: 'Objection',
}

const reasonWords: Readonly<Record<string, string>> = {
  'individual-care': 'it is the person’s own care',
  anonymised: 'only figures left',
  consent: 'they consented',
  'required-by-law': 'the law requires it',
  'communicable-disease': 'communicable disease',
  'public-interest': 'overriding public interest',
  's251-support': 'section 251 support is subject to opt-outs',
  'pseudonymised-without-other-basis': 'no other basis',
  'identifiable-without-basis': 'the use has no basis',
  'controller-stricter': 'this organisation is stricter than the rule',
  'not-gp-record-data': 'the data are not from GP records',
  'gp-record-data': 'the data are from GP records',
  objection: 'people may object to this use',
  'no-right-to-object': 'there is no right to object to this use',
}

export const classInWords = (id: string) => classWords[id] ?? id.replaceAll('-', ' ')
export const commonLawInWords = (id: string) => commonLawWords[id] ?? id
export const listInWords = (id: string) => listWords[id] ?? id
export const reasonInWords = (id: string) => reasonWords[id] ?? id

/** `RttPeriod` → `Rtt period`. The exact name of the contract is one look at the document away. */
export function dataSetInWords(object: string): string {
  const words = object.replaceAll(/(?<=[a-z0-9])(?=[A-Z])|_/g, ' ').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export function organisationOf({ organisations }: Transparency, id: string | null): string {
  return organisations.find((each) => each.id === id)?.name ?? id ?? 'nobody'
}

export function purposeOf({ purposes }: Transparency, id: string): string {
  return purposes.find((each) => each.id === id)?.name ?? id
}

export function days(from: string, until: string | null): string {
  return until === null ? `since ${dayInWords(from)}` : `${dayInWords(from)} to ${dayInWords(until)}`
}

/** `2026-02-03T09:00…` → `3 February 2026, 09:00 UTC`. */
export function momentInWords(at: string): string {
  return `${dayInWords(at)}, ${at.slice(11, 16)} UTC`
}

export function people(count: number): string {
  if (count === 0) return 'nobody'
  return count === 1 ? '1 person' : `${count.toLocaleString('en-GB')} people`
}

export function share(part: number): string {
  return `${Math.round(part * 100)}%`
}

/** `2026-02` → `February 2026`. */
export function monthInWords(month: string): string {
  return dayInWords(`${month}-01`).slice(2)
}

/** When a section's numbers were counted and from where. */
export function counted({ at, ledger, tenant }: Transparency): Html {
  return html`<p class="hint">Counted on ${momentInWords(at)} from entries 0 to ${ledger.size - 1} of <a href="/ledgers/${tenant.id}/checkpoint">the ledger</a>.</p>`
}

export function pounds(value: number): string {
  return `£${value.toLocaleString('en-GB')}`
}

export function list(items: readonly (Html | string)[]): Html {
  return html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`
}
