import { type OdsCode, parseOdsCode, parseTenantId } from '#kernel'
import type { GrantPlan, PersonPlan, TenantPlan } from './plan.ts'
import {
  bounds,
  claim,
  codes,
  personData,
  platformContract,
  product,
  purposes,
  smallNumbers,
  submits,
  suppliers,
  trainingDays,
  trueCounts,
} from './plan-parts.ts'

const partners = [
  { id: codes.council, name: 'Alderbrook Borough Council (synthetic)', sector: 'local-authority' },
  { id: codes.hospice, name: 'Larch House Hospice (synthetic)', sector: 'charity' },
] as const
const ward = { team: 'ward-7', role: 'ward-clerk' }
/** What the actions of validation write: asked for by one act, decided by another. */
const validationLog = ['ChangeLogRequest', 'ValidatedChangelog'] as const
const contactColumns = ['personId', 'nhsNumber', 'firstName', 'surname', 'dateOfBirth', 'postcode', 'phoneNumber']

export function trustPlan(id: string, name: string, controller: string): TenantPlan {
  const at = `@${id}.example`
  const notHere = [purposes.statistics.id as string]
  return {
    ...{ id: parseTenantId(id), name, kind: 'trust', controller: parseOdsCode(controller) },
    organisations: [...suppliers, ...partners],
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
      {
        ...{ id: `dee.nash${at}`, name: 'Dee Nash', role: 'Data protection officer' },
        duties: ['data-protection-officer'],
      },
    ],
    people: peopleOf(at),
    teams: [
      {
        ...{ id: ward.team, name: 'Ward 7' },
        members: [
          { person: `nia.patel${at}`, role: ward.role },
          { person: `tom.ashe${at}`, role: ward.role },
          { person: `grace.lowe${at}`, role: 'ward-sister' },
        ],
      },
    ],
    purposes: Object.values(purposes).filter((purpose) => !notHere.includes(purpose.id)),
    contracts: [platformContract],
    agreements: [
      {
        ...{ id: 'discharge-with-the-council', title: 'Discharge to support at home', objects: ['Patient'] },
        ...{ level: 'identifiable', reach: 'local', gpData: false, days: 365 },
        signatures: [
          { party: controller, by: `carys.owen${at}` },
          { party: codes.council, by: `bea.moss${at}` },
        ],
      },
      {
        ...{ id: 'palliative-with-the-hospice', title: 'Care shared with the hospice', objects: ['Patient'] },
        ...{ level: 'identifiable', reach: 'local', gpData: false, days: 365 },
        signatures: [
          { party: controller, by: `carys.owen${at}` },
          { party: codes.hospice, by: `finn.harte${at}` },
        ],
      },
    ],
    families: [{ id: 'elective-waits', title: 'Waits for planned care, and whose they are', objects: personData }],
    products: [product],
    dpia: {
      id: `elective-recovery-${id}`,
      title: `Elective recovery at ${name}`,
      necessity: 'Waits cannot be put in order, or shortened fairly, by people who cannot see them.',
      bounds,
      claims: [
        claim(['identifiable'], personData, [purposes.waitingList.id, purposes.intake.id]),
        claim(['identifiable'], validationLog, [purposes.waitingList.id]),
        claim(['pseudonymised', 'aggregate'], personData, [
          ...[purposes.planning.id, purposes.evaluation.id, purposes.return.id],
        ]),
        claim(['aggregate'], personData, [purposes.profile.id]),
        claim(['identifiable'], ['Patient'], [purposes.ward.id], { training: true }),
        // One row at a time, with a witness: a grant of an engineer's own goes beyond the cap of nobody.
        claim(['identifiable'], personData, [purposes.intake.id], {
          ...{ kinds: ['processor-staff'], daysMax: 1, recipients: [codes.supplier as OdsCode] },
        }),
        partnerClaim(codes.council, purposes.discharge.id),
        partnerClaim(codes.hospice, purposes.palliative.id),
      ],
    },
    roleGrants: [
      {
        ...{ id: 'ward-7-patient', team: ward, action: 'read', object: 'Patient', level: 'identifiable', days: 180 },
        ...{ purpose: purposes.ward.id, columns: contactColumns },
      },
    ],
    grants: grantsOf(at),
    requests: [
      {
        ...{ id: 'winter-plan', by: `anil.rao${at}`, purpose: purposes.planning.id, days: 90 },
        reason: 'Where the people who wait live, and how old they are, for the winter plan.',
        items: [
          { object: 'Patient', columns: ['personId', 'dateOfBirth', 'postcode'], level: 'pseudonymised' },
          { object: 'PatientPathway', columns: ['pathwayId', 'patientId', 'pathwayStatus'], level: 'pseudonymised' },
        ],
      },
    ],
  }
}

function partnerClaim(recipient: string, purpose: string) {
  const recipients = [recipient as OdsCode]
  return claim(['identifiable'], ['Patient'], [purpose], { kinds: ['care-partner'], recipients, training: true })
}

/** Reporting lines end at the director of operations, who approves nothing: either approver may approve for anybody. */
function peopleOf(at: string): readonly PersonPlan[] {
  const staff = { trainingDays }
  const partner = { kind: 'care-partner', trainingDays } as const
  return [
    { id: `helen.strand${at}`, name: 'Helen Strand', role: 'Director of operations', ...staff },
    { id: `maya.ford${at}`, name: 'Maya Ford', role: 'Head of access', manager: `helen.strand${at}`, ...staff },
    { id: `vera.blake${at}`, name: 'Vera Blake', role: 'Waiting list validator', manager: `maya.ford${at}`, ...staff },
    { id: `anil.rao${at}`, name: 'Anil Rao', role: 'Performance analyst', manager: `maya.ford${at}`, ...staff },
    { id: `dot.finch${at}`, name: 'Dot Finch', role: 'Data manager', manager: `maya.ford${at}`, ...staff },
    { id: `grace.lowe${at}`, name: 'Grace Lowe', role: 'Ward sister', manager: `helen.strand${at}`, ...staff },
    { id: `nia.patel${at}`, name: 'Nia Patel', role: 'Ward clerk', manager: `grace.lowe${at}`, ...staff },
    { id: `tom.ashe${at}`, name: 'Tom Ashe', role: 'Ward clerk', manager: `grace.lowe${at}`, ...staff },
    { id: `rob.tarn${at}`, name: 'Rob Tarn', role: 'Keeper of the staff register', duties: ['registrar'], ...staff },
    { id: `nightly.feed${at}`, name: 'Nightly feed', role: 'Service: a program, not a person' },
    {
      ...{ id: `staff.directory${at}`, name: 'Staff directory', role: 'Service: a program, not a person' },
      duties: ['registrar'],
    },
    {
      ...{ id: `eli.stone${at}`, name: 'Eli Stone', role: 'Platform engineer', kind: 'processor-staff' },
      ...{ employer: codes.supplier, clearance: { days: 365, reference: 'SYN-CLEARANCE-1' } },
    },
    { id: `bea.moss${at}`, name: 'Bea Moss', role: 'Discharge worker', employer: codes.council, ...partner },
    { id: `finn.harte${at}`, name: 'Finn Harte', role: 'Hospice nurse', employer: codes.hospice, ...partner },
    { id: 'column-profiles', name: 'Column profiles', role: 'A service of the trust, nobody' },
  ]
}

/** The profiles come last: a day looks at the list by the first grant for figures. */
function grantsOf(at: string): readonly GrantPlan[] {
  const reads = { action: 'read', days: 180 } as const
  const contact = { ...reads, object: 'Patient', level: 'identifiable', columns: contactColumns } as const
  return [
    ...submits(`dot.finch${at}`, purposes.intake.id, personData),
    ...personData.map((object) => ({
      ...{ ...reads, id: `validate-${object.toLowerCase()}`, subject: `vera.blake${at}`, object },
      ...{ level: 'identifiable' as const, purpose: purposes.waitingList.id },
    })),
    ...validationLog.flatMap((object) =>
      (['read', 'edit'] as const).map((action) => ({
        ...{ action, days: 180, id: `${action === 'read' ? 'validate' : 'edit'}-${object.toLowerCase()}`, object },
        ...{ subject: `vera.blake${at}`, level: 'identifiable' as const, purpose: purposes.waitingList.id },
      })),
    ),
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
    {
      ...{ ...contact, id: 'discharge-patient', subject: `bea.moss${at}`, purpose: purposes.discharge.id },
      agreement: 'discharge-with-the-council',
    },
    {
      ...{ ...contact, id: 'hospice-patient', subject: `finn.harte${at}`, purpose: purposes.palliative.id },
      agreement: 'palliative-with-the-hospice',
    },
    ...personData.map((object) => ({
      ...{ ...reads, id: `profile-${object.toLowerCase()}`, subject: 'column-profiles', object },
      ...{ level: 'aggregate' as const, purpose: purposes.profile.id, disclosurePolicy: smallNumbers },
    })),
  ]
}
