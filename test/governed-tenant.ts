import {
  type DpiaDocument,
  dpiaHash,
  type EventType,
  emptyState,
  evidenceItems,
  type FoldableEntry,
  fold,
  type GovernanceState,
  type Input,
  openPolicyEngine,
  shippedPolicyFiles,
} from '#governance'
import {
  addMs,
  type Instant,
  type JsonObject,
  type OdsCode,
  type PurposeId,
  parseInstant,
  type SubjectId,
  type TenantId,
} from '#kernel'

/*
 * A small trust, for tests of what rests on governance: `rj1`, controller RJ1, opened by `setup`, with a Caldicott
 * Guardian, an information asset owner, and one person of each kind. Day 0 is its first day.
 */
export const tenant = 'rj1' as TenantId
export const dayMs = 86_400_000
export const day = (n: number, ms = 0): Instant => addMs(parseInstant('2026-01-01T00:00:00Z'), n * dayMs + ms)
export const subject = (name: string): SubjectId => name as SubjectId
export const purpose = (id: string): PurposeId => id as PurposeId
export const ods = (code: string): OdsCode => code as OdsCode
export const hashOf = (digit: string): string => digit.repeat(64)

/** Parsed once for a test file. */
export const policies = await openPolicyEngine(shippedPolicyFiles())

/** An event as it stands in the ledger, whoever signed it: what the checks of the builders would refuse goes in too. */
export function entryOf<T extends EventType>(type: T, input: Input<T>): Pick<FoldableEntry, 'type' | 'governance'> {
  return { type, governance: { version: 1, ...input } as unknown as JsonObject }
}

/** Appends to a state as the ledger would. */
export function append(
  state: GovernanceState,
  entry: Pick<FoldableEntry, 'type' | 'governance'>,
  time: Instant,
): GovernanceState {
  return fold(state, { ...entry, index: state.upTo + 1, time })
}

export function appendEvent<T extends EventType>(
  state: GovernanceState,
  type: T,
  input: Input<T>,
  time: Instant = state.lastTime,
): GovernanceState {
  return append(state, entryOf(type, input), time)
}

const setup = subject('setup')
export const guardian = subject('guardian@rj1.example')
export const owner = subject('owner@rj1.example')
export const clerk = subject('clerk@rj1.example')
export const partner = subject('partner@council.example')
export const engineer = subject('engineer@supplier.example')

export const opening: Input<'governance.tenant-opened'> = {
  by: setup,
  tenant,
  controller: { id: ods('RJ1'), name: 'St Example' },
  officers: [
    { id: guardian, name: 'G Guardian', role: 'Caldicott Guardian', duties: ['caldicott-guardian'] },
    { id: owner, name: 'O Owner', role: 'Head of information', duties: ['information-asset-owner'], grade: 'director' },
    { id: subject('safety@rj1.example'), name: 'S Safety', role: 'Consultant', duties: ['clinical-safety-officer'] },
  ],
}

export const clerkInput: Input<'governance.person-registered'> = {
  by: setup,
  id: clerk,
  name: 'C Clerk',
  kind: 'controller-staff',
  employer: ods('RJ1'),
  role: 'Waiting list clerk',
  duties: [],
  clearanceUntil: null,
  from: day(0),
}

/** What any assessment says in tests that are about something else. */
export const dpiaDocument: DpiaDocument = {
  necessity: 'Nobody can manage a list that they cannot see.',
  risks: [{ risk: 'More is seen than needed.', measure: 'Columns and rows are granted by name.', residual: 'low' }],
  officerAdvice: { by: 'D Officer', at: day(0), says: 'Proceed.' },
  consulted: [{ who: 'Patient panel', said: 'We want to know who looks.' }],
  priorConsultation: null,
  guardianDecision: { by: 'G Guardian', at: day(0), says: 'Agreed.' },
  riskOwnerDecision: { by: 'S Riskowner', at: day(0), says: 'Agreed.' },
  nextReview: day(365),
}

/** A DPIA version with its document and hash. */
export function withDocument<T extends Pick<Input<'governance.dpia-approved'>, 'title' | 'claims' | 'bounds'>>(
  version: T,
) {
  const whole = { ...version, document: dpiaDocument }
  return { ...whole, sha256: dpiaHash(whole) }
}

export const purposeInput: Input<'governance.purpose-registered'> = {
  by: setup,
  id: purpose('waiting-list-care'),
  name: 'Managing the waiting list',
  class: 'direct-care-support',
  article6: '6(1)(e)',
  article9: '9(2)(h)',
  commonLaw: 'implied-consent',
  justification: 'never',
}

export const dpiaInput: Input<'governance.dpia-approved'> = {
  by: guardian,
  id: 'elective-recovery',
  dpiaVersion: 1,
  title: 'Elective recovery',
  sha256: hashOf('a'),
  effectiveFrom: day(0),
  claims: [
    {
      kinds: ['controller-staff', 'care-partner'],
      objects: ['RttPeriod', 'Patient'],
      levels: ['identifiable', 'pseudonymised', 'aggregate'],
      purposes: [purpose('waiting-list-care')],
      daysMax: 90,
    },
    {
      kinds: ['processor-staff'],
      objects: ['RttPeriod'],
      levels: ['identifiable', 'aggregate'],
      purposes: [purpose('waiting-list-care')],
      daysMax: 7,
    },
  ],
  bounds: {
    elevated: { peopleMax: 2, daysMax: 7, reviewDays: 7 },
    contracts: [{ id: 'c1', until: day(100), subProcessors: [], purposes: [purpose('waiting-list-care')] }],
  },
}

export const contractInput: Input<'governance.contract-registered'> = {
  by: owner,
  id: 'c1',
  title: 'The platform',
  supplier: ods('SUP1'),
  subProcessors: [],
  instructions: [{ id: 'i1', text: 'Mend what is broken.', purposes: [purpose('waiting-list-care')] }],
  storage: 'England',
  valuePounds: 1_000,
  from: day(0),
  until: day(100),
}

export const agreementInput: Input<'governance.agreement-proposed'> = {
  by: owner,
  id: 'a1',
  agreementVersion: 1,
  title: 'Discharge',
  parties: [ods('RJ1'), ods('LA1')],
  objects: ['RttPeriod', 'Patient'],
  level: 'identifiable',
  rows: { controllers: 'all', where: [] },
  reach: 'local',
  gpData: false,
  from: day(0),
  until: day(100),
}

export const switchedOnInput: Input<'governance.switched-on'> = {
  by: guardian,
  scope: 'tenant',
  evidence: evidenceItems.map((item) => ({ item, reference: `${item} 1`, until: day(400) })),
  clinicalSafetyOfficer: subject('safety@rj1.example'),
}

export const grantInput: Input<'governance.grant-approved'> & { readonly subject: SubjectId } = {
  by: owner,
  id: 'g1',
  subject: clerk,
  action: 'read',
  object: 'RttPeriod',
  columns: ['providerCode', 'treatmentFunctionCode', 'clockStartDate'],
  level: 'pseudonymised',
  rows: { controllers: [ods('RJ1')], where: [] },
  purpose: purpose('waiting-list-care'),
  from: day(1),
  until: day(31),
  dpia: { id: 'elective-recovery', version: 1, sha256: hashOf('a') },
  disclosurePolicy: null,
}

/** Switched on for as long as any test looks ahead. */
export function switchedOnFrom(at: Instant): ReturnType<typeof entryOf> {
  const evidence = switchedOnInput.evidence.map((paper) => ({ ...paper, until: addMs(at, 400 * dayMs) }))
  return entryOf('governance.switched-on', { ...switchedOnInput, evidence })
}

/** The trust on day 0: everyone registered, the DPIA in force, no grant yet. */
export function governedTenant(): GovernanceState {
  let state = appendEvent(emptyState(tenant), 'governance.tenant-opened', opening, day(0))
  state = appendEvent(state, 'governance.organisation-registered', { by: setup, id: ods('SUP1'), name: 'A supplier' })
  state = appendEvent(state, 'governance.organisation-registered', { by: setup, id: ods('LA1'), name: 'A council' })
  state = appendEvent(state, 'governance.person-registered', clerkInput)
  state = appendEvent(state, 'governance.person-registered', {
    ...clerkInput,
    id: partner,
    name: 'P Partner',
    kind: 'care-partner',
    employer: ods('LA1'),
    role: 'Discharge worker',
  })
  state = appendEvent(state, 'governance.person-registered', {
    ...clerkInput,
    id: engineer,
    name: 'E Engineer',
    kind: 'processor-staff',
    employer: ods('SUP1'),
    role: 'Data engineer',
    by: owner,
    clearanceUntil: day(20),
  })
  state = appendEvent(state, 'governance.purpose-registered', purposeInput)
  state = appendEvent(state, 'governance.purpose-registered', {
    ...purposeInput,
    id: purpose('platform-operation'),
    class: 'platform',
  })
  state = appendEvent(state, 'governance.contract-registered', contractInput)
  state = appendEvent(state, 'governance.agreement-proposed', agreementInput)
  for (const [by, party] of [
    [owner, 'RJ1'],
    [partner, 'LA1'],
  ] as const) {
    const signature = { by, id: 'a1', agreementVersion: 1, party: ods(party) }
    state = appendEvent(state, 'governance.agreement-signed', signature)
  }
  state = appendEvent(state, 'governance.switched-on', switchedOnInput)
  return appendEvent(state, 'governance.dpia-approved', dpiaInput)
}
