import { linkTables, type ObjectType, objectTypes } from '#contracts'
import { columnsAt, generalColumnsAt } from '#governance'
import { economyPlan, filledTypes, type GrantPlan, type TenantPlan } from '#synthetic'

/*
 * The first trust of the synthetic economy with five people more, each with one purpose:
 *   full     identifiable, every column of the 62 types and the link tables, the legally restricted ones too; edits what
 *            actions edit
 *   tokens   pseudonymised, every column of the types that exists there (`UserPreference` has none); edits priorities
 *   partial  identifiable, every third type and a few more, of it every other column and what links it; some types in part
 *            of the rows; of the link tables one
 *   figures  figures of some types, small numbers held back
 *   nobody   in post, with a purpose, and no grant
 */

export type Who = 'full' | 'tokens' | 'partial' | 'figures' | 'nobody'

const at = '@alder-vale.example'
const smallNumbers = 'subnational-0-7-5@1'
const reads = { action: 'read', days: 180 } as const

export const who: Readonly<Record<Who, { readonly id: string; readonly name: string; readonly purpose: string }>> = {
  full: { id: `full${at}`, name: 'Fay Ull', purpose: 'whole-record-care' },
  tokens: { id: `tokens${at}`, name: 'Tom Okens', purpose: 'whole-record-planning' },
  partial: { id: `partial${at}`, name: 'Pat Artial', purpose: 'clinic-support' },
  figures: { id: `figures${at}`, name: 'Fin Gures', purpose: 'figures-for-planning' },
  nobody: { id: `nobody${at}`, name: 'Nob Ody', purpose: 'whole-record-planning' },
}

const basis = { article6: '6(1)(e)', article9: '9(2)(h)', justification: 'never' } as const
const planning = {
  ...basis,
  class: 'planning',
  commonLaw: 'law-required',
  instruments: ['health-act-functions'],
} as const
const purposes: TenantPlan['purposes'] = [
  {
    ...basis,
    id: who.full.purpose,
    name: 'Care, with the whole record',
    class: 'individual-care',
    commonLaw: 'implied-consent',
  },
  { ...planning, id: who.tokens.purpose, name: 'Planning, with the whole record' },
  {
    ...basis,
    id: who.partial.purpose,
    name: 'Supporting clinics',
    class: 'individual-care',
    commonLaw: 'implied-consent',
  },
  { ...planning, id: who.figures.purpose, name: 'Figures for planning' },
]

/** The 62 types of the canonical data model. */
export const modelTypes: readonly ObjectType[] = objectTypes().filter(({ origin }) => origin === 'cdm-146')

/** Those of which anything is left below identifiable level: not a member of staff's own settings. */
export const tokenTypes: readonly ObjectType[] = modelTypes.filter(
  ({ name }) => generalColumnsAt(name, 'pseudonymised').length > 0,
)

/** Ends of links that go through a table: of the first link the table is granted, of the other it is not. */
const partialEnds: readonly string[] = ['ClinicType', 'ErsService', 'CancerPathway', 'MdtMeeting']

/** Every third of them, with `Patient` among them. */
export const partialTypes: readonly ObjectType[] = modelTypes.filter(
  (type, i) => type.name === 'Patient' || partialEnds.includes(type.name) || i % 3 === 0,
)

/** Everything that somebody has a grant to read rows of. */
export const readTypes: Readonly<Record<'full' | 'tokens' | 'partial', readonly ObjectType[]>> = {
  full: [...modelTypes, ...linkTables()],
  tokens: [...tokenTypes, ...linkTables()],
  partial: [...partialTypes, ...linkTables().filter(({ name }) => name === 'ClinicTypeErsService')],
}

/** Types of which `figures` gets figures. */
export const figureTypes = ['Patient', 'PatientPathway', 'Encounter', 'Referral', 'Site', 'RttPeriod'] as const

/** Of types with such a property `partial` sees only rows that have one of these values. */
const scopes: Readonly<Record<string, { readonly property: string; readonly in: readonly string[] }>> = {
  Admission: { property: 'admissionStatus', in: ['Admitted'] },
  Encounter: { property: 'encounterType', in: ['Inpatient'] },
  EalEntry: { property: 'isRtt', in: ['true'] },
}

/** What `partial` may see of a type. */
export function partialColumns(type: ObjectType): readonly string[] {
  const known = columnsAt(type.name, 'identifiable')
  const restricted = (name: string) =>
    type.properties.some((property) => property.name === name && property.sensitivity === 'restricted')
  return type.properties
    .map(({ name }) => name)
    .filter((name) => known.has(name) && !restricted(name))
    .filter((name, i) => i % 2 === 0 || links(type, name))
}

/** What rows are linked by, here or from elsewhere. */
function links(type: ObjectType, name: string): boolean {
  return name === type.primaryKey || linkTables().includes(type) || type.links.some(({ join }) => join?.from === name)
}

export function fullPlan(): TenantPlan {
  const plan = economyPlan().find(({ id }) => id === 'alder-vale')!
  const all = filledTypes().map(({ name }) => name)
  const claim = (levels: TenantPlan['dpia']['claims'][number]['levels'], of: readonly Who[]) => ({
    ...{ kinds: ['controller-staff' as const], objects: all, levels, daysMax: 366 },
    purposes: of.map((one) => who[one].purpose as never),
  })
  return {
    ...plan,
    people: [
      ...plan.people,
      ...Object.values(who).map(({ id, name }) => ({ id, name, role: 'Reads what is published', trainingDays: 365 })),
    ],
    purposes: [...plan.purposes, ...purposes],
    dpia: {
      ...plan.dpia,
      // Whoever reads every type reads more than ten.
      bounds: { ...plan.dpia.bounds, breadth: { personMax: 100, employerMax: 100 } },
      claims: [
        ...plan.dpia.claims,
        { ...claim(['identifiable'], []), purposes: ['data-intake' as never] },
        claim(['identifiable'], ['full', 'partial']),
        claim(['pseudonymised'], ['tokens']),
        claim(['aggregate'], ['figures']),
      ],
    },
    grants: [...plan.grants, ...submitGrants(plan, all), ...readGrants(), ...editGrants()],
  }
}

function submitGrants(plan: TenantPlan, all: readonly string[]): readonly GrantPlan[] {
  const before = plan.grants.filter(({ action }) => action === 'submit')
  return all
    .filter((object) => !before.some((grant) => grant.object === object))
    .map((object) => ({ ...before[0]!, id: `submit-${object.toLowerCase()}`, object }))
}

/** What the actions of the products edit. */
export const editedTypes = [
  ...['ChangeLogRequest', 'ValidatedChangelog', 'Encounter', 'TheatreBooking', 'CancerTrackingComment'],
] as const

function editGrants(): readonly GrantPlan[] {
  const grant = (person: Who, object: string) => ({
    ...{ days: 180, id: `edit-${person}-${object.toLowerCase()}`, subject: who[person].id, object },
    ...{ action: 'edit' as const, purpose: who[person].purpose },
  })
  return [
    ...editedTypes.map((name): GrantPlan => {
      return { ...grant('full', name), level: 'identifiable', columns: [...columnsAt(name, 'identifiable')] }
    }),
    { ...grant('tokens', 'Encounter'), level: 'pseudonymised', columns: ['priority', 'priorityLastUpdated'] },
  ]
}

function readGrants(): readonly GrantPlan[] {
  const grant = (person: Who, object: string) => ({
    ...{ ...reads, id: `${person}-${object.toLowerCase()}`, subject: who[person].id, object },
    purpose: who[person].purpose,
  })
  return [
    ...readTypes.full.map(({ name }): GrantPlan => {
      return { ...grant('full', name), level: 'identifiable', columns: [...columnsAt(name, 'identifiable')] }
    }),
    ...readTypes.tokens.map(({ name }): GrantPlan => ({ ...grant('tokens', name), level: 'pseudonymised' })),
    ...readTypes.partial.map((type): GrantPlan => {
      const rows = scopes[type.name]
      const of = { ...grant('partial', type.name), level: 'identifiable' as const, columns: partialColumns(type) }
      return rows ? { ...of, rows: [rows] } : of
    }),
    ...figureTypes.map((name): GrantPlan => {
      return { ...grant('figures', name), level: 'aggregate', disclosurePolicy: smallNumbers }
    }),
  ]
}
