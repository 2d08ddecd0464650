import type {
  Action,
  CommonLawBasis,
  DpiaBounds,
  DpiaClaim,
  Duty,
  Grade,
  Level,
  PersonKind,
  PurposeClass,
  Sector,
} from '#governance'
import { type OdsCode, parseOdsCode, parseTenantId, type TenantId } from '#kernel'

/*
 * The synthetic health economy: two trusts, an integrated care board and a national body, with the people who work in
 * them. Nobody and nothing here exists; the organisation codes are made up.
 */

export interface PersonPlan {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly kind?: PersonKind
  readonly employer?: string
  readonly duties?: readonly Duty[]
  readonly grade?: Grade
}

export interface PurposePlan {
  readonly id: string
  readonly name: string
  readonly class: PurposeClass
  readonly article6: string
  readonly article9: string
  readonly commonLaw: CommonLawBasis
  readonly justification: 'never' | 'once-a-session' | 'each-read'
  readonly product?: string
  readonly instruments?: readonly string[]
}

export interface GrantPlan {
  readonly id: string
  readonly subject: string
  readonly action: Action
  readonly object: string
  readonly columns?: readonly string[]
  readonly level: Level
  readonly rows?: readonly { readonly property: string; readonly in: readonly string[] }[]
  readonly purpose: string
  readonly days: number
  readonly disclosurePolicy?: string
}

export interface TenantPlan {
  readonly id: TenantId
  readonly name: string
  readonly kind: 'trust' | 'icb' | 'national'
  readonly controller: OdsCode
  readonly organisations: readonly { readonly id: string; readonly name: string; readonly sector: Sector }[]
  /** The first officers; the first of them approves. */
  readonly officers: readonly (PersonPlan & { readonly duties: readonly Duty[] })[]
  readonly people: readonly PersonPlan[]
  readonly purposes: readonly PurposePlan[]
  readonly dpia: {
    readonly id: string
    readonly title: string
    readonly necessity: string
    readonly claims: readonly DpiaClaim[]
    readonly bounds: DpiaBounds
  }
  readonly grants: readonly GrantPlan[]
}

export const codes = { alder: 'RZ1', brook: 'RZ2', icb: 'QZ1', national: 'XZ1', otherCommissioner: 'QZ2' } as const

const supplier = { id: 'ZS1', name: 'Supplier of the platform (synthetic)', sector: 'supplier' } as const

/** What the purposes that rest on a law name as that law. Made up, as everything here. */
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
const bounds: DpiaBounds = {
  elevated: { peopleMax: 0, daysMax: 30, reviewDays: 14 },
  breadth: { personMax: 10, employerMax: 10 },
}

const purposes = {
  waitingList: {
    ...{ id: 'waiting-list-validation', name: 'Validating the waiting list', class: 'individual-care' },
    ...{ article6: '6(1)(e)', article9: '9(2)(h)', commonLaw: 'implied-consent', justification: 'never' },
  },
  planning: {
    ...{ id: 'elective-planning', name: 'Planning elective care', class: 'planning' },
    ...{ article6: '6(1)(e)', article9: '9(2)(h)', commonLaw: 'law-required', justification: 'once-a-session' },
    instruments: act,
  },
  evaluation: {
    ...{ id: 'service-evaluation', name: 'Evaluating elective services', class: 'planning' },
    ...{ article6: '6(1)(e)', article9: '9(2)(h)', commonLaw: 'law-required', justification: 'never' },
    instruments: act,
  },
  return: {
    ...{ id: 'mandatory-return', name: 'The monthly RTT return', class: 'official-statistics' },
    ...{ article6: '6(1)(c)', article9: '9(2)(h)', commonLaw: 'law-required', justification: 'never' },
    instruments: direction,
  },
  statistics: {
    ...{ id: 'official-statistics', name: 'Official statistics on waiting times', class: 'official-statistics' },
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
} as const satisfies Record<string, PurposePlan>

const personData = ['Patient', 'PatientPathway', 'RttPeriod'] as const
const returnsData = ['RttReturn', 'Organisation'] as const
const trueCounts = 'official-true-counts@1'
const smallNumbers = 'subnational-0-7-5@1'

const submits = (subject: string, purpose: string, objects: readonly string[]): GrantPlan[] =>
  objects.map((object) => ({
    ...{ id: `submit-${object.toLowerCase()}`, subject, action: 'submit' as const, object, purpose, days: 365 },
    level: (returnsData as readonly string[]).includes(object) ? ('aggregate' as const) : ('identifiable' as const),
    ...((returnsData as readonly string[]).includes(object) ? { disclosurePolicy: trueCounts } : {}),
  }))

function trust(id: string, name: string, controller: string): TenantPlan {
  const at = `@${id}.example`
  const reads = { action: 'read', days: 180 } as const
  return {
    ...{ id: parseTenantId(id), name, kind: 'trust', controller: parseOdsCode(controller), organisations: [supplier] },
    officers: [
      {
        ...{ id: `carys.owen${at}`, name: 'Carys Owen', role: 'Caldicott Guardian' },
        ...{ duties: ['caldicott-guardian'], grade: 'director' },
      },
      {
        ...{ id: `ian.mercer${at}`, name: 'Ian Mercer', role: 'Chief operating officer' },
        ...{ duties: ['information-asset-owner', 'senior-information-risk-owner'], grade: 'director' },
      },
      {
        ...{ id: `hugo.lind${at}`, name: 'Hugo Lind', role: 'Clinical safety officer' },
        duties: ['clinical-safety-officer'],
      },
    ],
    people: [
      { id: `vera.blake${at}`, name: 'Vera Blake', role: 'Waiting list validator' },
      { id: `anil.rao${at}`, name: 'Anil Rao', role: 'Performance analyst' },
      { id: `dot.finch${at}`, name: 'Dot Finch', role: 'Data manager' },
      { id: `nightly.feed${at}`, name: 'Nightly feed', role: 'Service: a program, not a person' },
      {
        id: `eli.stone${at}`,
        name: 'Eli Stone',
        role: 'Platform engineer',
        kind: 'processor-staff',
        employer: supplier.id,
      },
      { id: 'column-profiles', name: 'Column profiles', role: 'A service of the trust, nobody' },
    ],
    purposes: Object.values(purposes).filter(({ id }) => id !== purposes.statistics.id),
    dpia: {
      id: `elective-recovery-${id}`,
      title: `Elective recovery at ${name}`,
      necessity: 'Waits cannot be put in order, or shortened fairly, by people who cannot see them.',
      bounds,
      claims: [
        claim(['identifiable'], personData, [purposes.waitingList.id, purposes.intake.id]),
        claim(['pseudonymised', 'aggregate'], personData, [
          ...[purposes.planning.id, purposes.evaluation.id, purposes.return.id],
        ]),
        claim(['aggregate'], personData, [purposes.profile.id]),
      ],
    },
    grants: [
      ...submits(`dot.finch${at}`, purposes.intake.id, personData),
      ...personData.map((object) => ({
        ...{ ...reads, id: `validate-${object.toLowerCase()}`, subject: `vera.blake${at}`, object },
        ...{ level: 'identifiable' as const, purpose: purposes.waitingList.id },
      })),
      ...(['PatientPathway', 'RttPeriod'] as const).map((object) => ({
        ...{ ...reads, id: `plan-${object.toLowerCase()}`, subject: `anil.rao${at}`, object },
        ...{ level: 'pseudonymised' as const, purpose: purposes.planning.id },
      })),
      {
        ...{ ...reads, id: 'plan-rtt-figures', subject: `anil.rao${at}`, object: 'RttPeriod', level: 'aggregate' },
        ...{ purpose: purposes.planning.id, disclosurePolicy: smallNumbers },
      },
      {
        ...{ ...reads, id: 'return-rtt-figures', subject: `dot.finch${at}`, object: 'RttPeriod', level: 'aggregate' },
        ...{ purpose: purposes.return.id, disclosurePolicy: trueCounts },
      },
      ...personData.map((object) => ({
        ...{ ...reads, id: `profile-${object.toLowerCase()}`, subject: 'column-profiles', object },
        ...{ level: 'aggregate' as const, purpose: purposes.profile.id, disclosurePolicy: smallNumbers },
      })),
    ],
  }
}

function claim(levels: readonly Level[], objects: readonly string[], purposeIds: readonly string[]): DpiaClaim {
  return {
    kinds: ['controller-staff'],
    objects: [...objects],
    levels: [...levels],
    purposes: purposeIds.map((id) => id as DpiaClaim['purposes'][number]),
    daysMax: 366,
  }
}

function icb(): TenantPlan {
  const at = '@alderbrook.example'
  return {
    ...{ id: parseTenantId('alderbrook'), name: 'Alderbrook Integrated Care Board (synthetic)', kind: 'icb' },
    ...{ controller: parseOdsCode(codes.icb), organisations: trusts },
    officers: [
      {
        ...{ id: `ruth.adeyemi${at}`, name: 'Ruth Adeyemi', role: 'Chief medical officer' },
        ...{ duties: ['caldicott-guardian', 'clinical-safety-officer'], grade: 'director' },
      },
    ],
    people: [
      { id: `sam.tully${at}`, name: 'Sam Tully', role: 'Commissioning analyst' },
      { id: `joan.pike${at}`, name: 'Joan Pike', role: 'Data manager' },
    ],
    purposes: [purposes.planning, purposes.intake],
    dpia: {
      id: 'elective-planning-alderbrook',
      title: 'Planning elective care in Alderbrook',
      necessity: 'An area plans its care by how long its people wait, in figures.',
      bounds,
      claims: [claim(['aggregate'], returnsData, [purposes.planning.id, purposes.intake.id])],
    },
    grants: [
      ...submits(`joan.pike${at}`, purposes.intake.id, returnsData),
      {
        ...{
          id: 'plan-rtt-figures',
          subject: `sam.tully${at}`,
          action: 'read',
          object: 'RttReturn',
          level: 'aggregate',
        },
        ...{ purpose: purposes.planning.id, days: 180, disclosurePolicy: smallNumbers },
      },
    ],
  }
}

function national(): TenantPlan {
  const at = '@national.example'
  const statistician = `nadia.holt${at}`
  const objects = ['Patient', 'RttPeriod', ...returnsData]
  return {
    ...{ id: parseTenantId('national'), name: 'National body (synthetic)', kind: 'national' },
    ...{ controller: parseOdsCode(codes.national), organisations: trusts },
    officers: [
      {
        ...{ id: `miriam.cole${at}`, name: 'Miriam Cole', role: 'Chief statistician' },
        ...{ duties: ['information-asset-owner', 'clinical-safety-officer'], grade: 'director' },
      },
    ],
    people: [{ id: statistician, name: 'Nadia Holt', role: 'Statistician, waiting times' }],
    purposes: [purposes.statistics],
    dpia: {
      id: 'official-statistics-rtt',
      title: 'Official statistics on referral to treatment waiting times',
      necessity: 'The public is owed figures that do not depend on who is in office.',
      bounds,
      claims: [claim(['identifiable', 'aggregate'], objects, [purposes.statistics.id])],
    },
    grants: [
      ...submits(statistician, purposes.statistics.id, objects),
      ...(['RttReturn', 'RttPeriod'] as const).map((object) => ({
        ...{ id: `statistics-${object.toLowerCase()}`, subject: statistician, action: 'read' as const, object },
        ...{ level: 'aggregate' as const, purpose: purposes.statistics.id, days: 180, disclosurePolicy: trueCounts },
      })),
    ],
  }
}

const trusts = [
  { id: codes.alder, name: 'Alder Vale NHS Trust (synthetic)', sector: 'nhs' },
  { id: codes.brook, name: 'Brook Haven NHS Trust (synthetic)', sector: 'nhs' },
] as const

/** Everything that set-up writes into the four ledgers, as data. */
export function economyPlan(): readonly TenantPlan[] {
  return [
    trust('alder-vale', 'Alder Vale NHS Trust (synthetic)', codes.alder),
    trust('brook-haven', 'Brook Haven NHS Trust (synthetic)', codes.brook),
    icb(),
    national(),
  ]
}
