import { type FoldableEntry, type Input, levels, personKinds } from '#governance'
import {
  agreementInput,
  contractInput,
  day,
  entryOf,
  hashOf,
  ods,
  opening,
  purpose,
  purposeInput,
  subject,
  switchedOnInput,
} from './governed-tenant.ts'

/*
 * Where every random ledger begins: a tenant in which much is allowed. Everything comes from small pools, so that events
 * meet.
 */
export const [guardian, owner, safety] = ['guardian@rj1.example', 'owner@rj1.example', 'safety@rj1.example'].map(
  subject,
)
/** Staff of the controller, a care partner's, three engineers of two suppliers, an outsider, an officer of the successor. */
export const staff = ['ann', 'ben', 'cat', 'dan', 'eve', 'fay', 'nan'].map(subject)
export const [ann, ben, , , , , nan] = staff
export const processors = staff.slice(2, 5)
export const people = [guardian!, owner!, ...staff, subject('setup')]
export const objects = ['RttPeriod', 'Patient']
export const purposes = ['care', 'emergency', 'statistics', 'platform', 'banned', 'lawful', 'unregistered'].map(purpose)
export const registeredPurposes = purposes.slice(0, 6)
export const columns = ['providerCode', 'clockStartDate', 'age', 'fullName', 'genderIdentity', 'nope']

export type Entry = Pick<FoldableEntry, 'type' | 'governance'>
export const banned = [
  'immigration-enforcement',
  'policing',
  'defence',
  'insurance',
  'marketing',
  'supplier-own-purposes',
  'model-training',
] as const

export const instrument = {
  ...{ kind: 'direction' as const, title: 'A Direction', reference: '1', issuedBy: 'The Secretary of State' },
  conditions: [],
}
export const agreement = { ...agreementInput, parties: ['RJ1', 'LA1', 'RJ2'].map(ods) }

export function start({ banned: use, theatresOn }: { banned: (typeof banned)[number]; theatresOn: boolean }): Entry[] {
  const by = opening.by
  const sectors = { SUP1: 'supplier', SUP2: 'supplier', LA1: 'local-authority', RJ2: 'nhs', POL: 'police' } as const
  return [
    entryOf('governance.tenant-opened', opening),
    ...Object.entries(sectors).map(([id, sector]) =>
      entryOf('governance.organisation-registered', { by, id: ods(id), name: id, sector }),
    ),
    ...staff.map((_, i) => entryOf('governance.person-registered', personOf(i))),
    entryOf('governance.instrument-registered', { by, id: 'l1', from: day(0), until: null, ...instrument }),
    ...registeredPurposes.map((id) => entryOf('governance.purpose-registered', purposeOf(id, use))),
    entryOf('governance.contract-registered', {
      ...contractInput,
      subProcessors: [ods('SUP2')],
      instructions: [{ id: 'i1', text: 'x', purposes: registeredPurposes }],
    }),
    entryOf('governance.agreement-proposed', agreement),
    ...([owner!, ben!, nan!] as const).map((each, i) =>
      entryOf('governance.agreement-signed', { by: each, id: 'a1', agreementVersion: 1, party: agreement.parties[i]! }),
    ),
    entryOf('governance.team-registered', { by, id: 't1', name: 'Ward', organisation: ods('RJ1') }),
    entryOf('governance.team-joined', { by, team: 't1', person: ann!, role: 'clerk', from: day(0), until: null }),
    entryOf('governance.switched-on', { ...switchedOnInput, clinicalSafetyOfficer: safety! }),
    ...(theatresOn ? [entryOf('governance.switched-on', { ...switchedOnInput, scope: 'product:theatres' })] : []),
    entryOf('governance.dpia-approved', wideDpia()),
  ]
}

const classes: Readonly<Record<string, Input<'governance.purpose-registered'>['class']>> = {
  care: 'direct-care-support',
  emergency: 'individual-care',
  statistics: 'official-statistics',
  platform: 'platform',
  lawful: 'planning',
}

const purposeOf = (
  id: (typeof purposes)[number],
  use: (typeof banned)[number],
): Input<'governance.purpose-registered'> => ({
  ...purposeInput,
  id,
  class: classes[id] ?? use,
  ...(id === 'lawful' ? { commonLaw: 'law-required', instruments: ['l1'], product: 'theatres' } : {}),
})

export function personOf(i: number): Input<'governance.person-registered'> {
  const employers = ['RJ1', 'LA1', 'SUP1', 'SUP1', 'SUP2', 'LA1', 'RJ2']
  const kinds = ['controller-staff', 'care-partner', ...Array(3).fill('processor-staff'), 'other', 'controller-staff']
  const isOfficer = staff[i] === nan
  return {
    ...{ by: owner!, id: staff[i]!, name: 'N', role: 'R', kind: kinds[i], from: day(0) },
    ...{ duties: isOfficer ? ['information-asset-owner'] : [], employer: ods(employers[i]!), clearanceUntil: day(50) },
    grade: isOfficer ? 'director' : 'staff',
  }
}

export const wideClaim: Input<'governance.dpia-approved'>['claims'][number] = {
  ...{ kinds: [...personKinds], objects, levels: [...levels], purposes, daysMax: 60 },
}

export function wideDpia(): Input<'governance.dpia-approved'> {
  return {
    ...{ by: guardian!, id: 'd1', dpiaVersion: 1, title: 'T', sha256: hashOf('a'), effectiveFrom: day(0) },
    claims: [wideClaim],
    bounds: {
      elevated: { peopleMax: 2, daysMax: 60, reviewDays: 40 },
      contracts: [{ id: 'c1', until: day(100), subProcessors: [ods('SUP2')], purposes: registeredPurposes }],
    },
  }
}
