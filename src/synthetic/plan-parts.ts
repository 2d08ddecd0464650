import type { DpiaBounds, DpiaClaim, Level } from '#governance'
import type { ContractPlan, GrantPlan, PurposePlan } from './plan.ts'

/* What the tenants of the synthetic economy have in common. Nobody and nothing here exists. */

export const codes = {
  ...{ alder: 'RZ1', brook: 'RZ2', icb: 'QZ1', national: 'XZ1', otherCommissioner: 'QZ2' },
  ...{ supplier: 'ZS1', subProcessor: 'ZS2', council: 'ZL1', hospice: 'ZH1', practices: ['ZG1', 'ZG2'] },
} as const

export const suppliers = [
  { id: codes.supplier, name: 'Supplier of the platform (synthetic)', sector: 'supplier' },
  { id: codes.subProcessor, name: 'Hosting company of the supplier (synthetic)', sector: 'supplier' },
] as const

export const trusts = [
  { id: codes.alder, name: 'Alder Vale NHS Trust (synthetic)', sector: 'nhs' },
  { id: codes.brook, name: 'Brook Haven NHS Trust (synthetic)', sector: 'nhs' },
] as const

export const product = 'elective-recovery'
export const personData = ['Patient', 'PatientPathway', 'RttPeriod'] as const
export const returnsData = ['RttReturn', 'Organisation'] as const
export const trueCounts = 'official-true-counts@1'
export const smallNumbers = 'subnational-0-7-5@1'
export const trainingDays = 365

/** What the purposes that rest on a law name as that law. */
export const instruments = {
  act: {
    ...{ id: 'health-act-functions', kind: 'statute' as const, title: 'Functions of health bodies (synthetic)' },
    ...{ reference: 'SYN-ACT-1', issuedBy: 'Parliament of the synthetic economy' },
  },
  direction: {
    ...{ id: 'rtt-direction', kind: 'direction' as const, title: 'Waiting times collection (synthetic)' },
    ...{ reference: 'SYN-DIR-7', issuedBy: 'Department of the synthetic economy' },
  },
} as const
const act = [instruments.act.id]
const direction = [instruments.direction.id]

/** Nobody of a processor sees identifiable rows; a person sees rows of ten data sets at most. */
export const bounds = {
  elevated: { peopleMax: 0, daysMax: 30, reviewDays: 14 },
  breadth: { personMax: 10, employerMax: 10 },
} as const satisfies DpiaBounds

export const purposes = {
  waitingList: {
    ...{ id: 'waiting-list-validation', name: 'Validating the waiting list', class: 'individual-care', product },
    ...{ article6: '6(1)(e)', article9: '9(2)(h)', commonLaw: 'implied-consent', justification: 'never' },
  },
  planning: {
    ...{ id: 'elective-planning', name: 'Planning elective care', class: 'planning', product },
    ...{ article6: '6(1)(e)', article9: '9(2)(h)', commonLaw: 'law-required', justification: 'once-a-session' },
    instruments: act,
  },
  evaluation: {
    ...{ id: 'service-evaluation', name: 'Evaluating elective services', class: 'planning', product },
    ...{ article6: '6(1)(e)', article9: '9(2)(h)', commonLaw: 'law-required', justification: 'never' },
    instruments: act,
  },
  return: {
    ...{ id: 'mandatory-return', name: 'The monthly RTT return', class: 'official-statistics', product },
    ...{ article6: '6(1)(c)', article9: '9(2)(h)', commonLaw: 'law-required', justification: 'never' },
    instruments: direction,
  },
  statistics: {
    ...{
      id: 'official-statistics',
      name: 'Official statistics on waiting times',
      class: 'official-statistics',
      product,
    },
    ...{ article6: '6(1)(e)', article9: '9(2)(j)', commonLaw: 'law-required', justification: 'never' },
    instruments: direction,
  },
  intake: {
    ...{ id: 'data-intake', name: 'Taking data in and mending what is wrong with it', class: 'direct-care-support' },
    ...{ article6: '6(1)(e)', article9: '9(2)(h)', commonLaw: 'law-required', justification: 'never' },
    instruments: act,
  },
  profile: {
    ...{ id: 'data-quality-profile', name: 'Profiles of columns, so that mending needs no row' },
    ...{ class: 'direct-care-support', article6: '6(1)(e)', article9: '9(2)(h)', commonLaw: 'implied-consent' },
    justification: 'never',
  },
  ward: {
    ...{ id: 'ward-care', name: 'Care on the ward', class: 'individual-care', justification: 'never' },
    ...{ article6: '6(1)(e)', article9: '9(2)(h)', commonLaw: 'implied-consent' },
  },
  discharge: {
    ...{ id: 'discharge-coordination', name: 'Getting people home with the support they need' },
    ...{ class: 'individual-care', article6: '6(1)(e)', article9: '9(2)(h)', commonLaw: 'implied-consent' },
    justification: 'never',
  },
  palliative: {
    ...{ id: 'palliative-care', name: 'Care at the end of life, shared with the hospice' },
    ...{ class: 'individual-care', article6: '6(1)(e)', article9: '9(2)(h)', commonLaw: 'implied-consent' },
    justification: 'never',
  },
  staff: {
    ...{ id: 'staff-register', name: 'Keeping the register of people as the staff record has them' },
    ...{ class: 'platform', article6: '6(1)(e)', article9: '9(2)(h)', commonLaw: 'none', justification: 'never' },
  },
} as const satisfies Record<string, PurposePlan>

/** One contract in each tenant that the supplier works for, with the one thing it is told to do. */
export const platformContract = {
  ...{ id: 'platform-contract', title: 'Running the platform (synthetic)', supplier: codes.supplier },
  ...{ subProcessors: [codes.subProcessor], storage: 'two places in England (synthetic)', valuePounds: 250_000 },
  days: 730,
  instructions: [
    {
      ...{ id: 'mend-intake', purposes: [purposes.intake.id] },
      text: 'Keep files coming in and mend what is wrong with them, for the controller and for nothing else.',
    },
  ],
} as const satisfies ContractPlan

export const submits = (subject: string, purpose: string, objects: readonly string[]): GrantPlan[] =>
  objects.map((object) => ({
    ...{ id: `submit-${object.toLowerCase()}`, subject, action: 'submit' as const, object, purpose, days: 365 },
    level: (returnsData as readonly string[]).includes(object) ? ('aggregate' as const) : ('identifiable' as const),
    ...((returnsData as readonly string[]).includes(object) ? { disclosurePolicy: trueCounts } : {}),
  }))

export function claim(
  levels: readonly Level[],
  objects: readonly string[],
  purposeIds: readonly string[],
  change: Partial<DpiaClaim> = {},
): DpiaClaim {
  return {
    ...{ kinds: ['controller-staff'], objects: [...objects], levels: [...levels], daysMax: 366 },
    purposes: purposeIds.map((id) => id as DpiaClaim['purposes'][number]),
    ...change,
  }
}
