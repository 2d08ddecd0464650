import assert from 'node:assert/strict'
import { objectTypes } from '#contracts'
import {
  approveGrant,
  approveRequest,
  type DpiaBounds,
  type DpiaClaim,
  type EventType,
  emptyState,
  foldUntil,
  type GovernanceState,
  type GrantInput,
  generalColumnsAt,
  type Input,
  type Level,
  sign,
  whoCanSee,
} from '#governance'
import {
  addMs,
  type Instant,
  isFdpError,
  type JsonObject,
  manualClock,
  type OdsCode,
  type PurposeId,
  type SubjectId,
} from '#kernel'
import type { LedgerEntry } from '#ledger'
import { questionOf } from '#ontology'
import { entryOf, withDocument } from './governed-tenant.ts'
import { ask, errorOf, openWorld, type Record_, type World } from './world.ts'

/*
 * The national tenant on a real node, with a supplier whose engineers work under a contract for a pandemic, the DPIA
 * that foresees it, and a body of staff. What the controversy was about, so that it can be tried again here.
 */

export const dayMs = 86_400_000
const at = (name: string) => `${name}@national.example` as SubjectId
export const director = at('miriam.cole')
export const guardian = at('gwen.hale')
export const registrar = at('reg.poole')
export const friend = at('fay.lowe')
export const planner = at('pia.moss')
export const engineers = [1, 2, 3].map((n) => `engineer-${n}@supplier.example` as SubjectId) as [
  SubjectId,
  SubjectId,
  SubjectId,
]
export const [first, second, third] = engineers
export const uncleared = 'engineer-4@supplier.example' as SubjectId
export const supplier = 'ZS1' as OdsCode
export const national = 'XZ1' as OdsCode
export const pandemic = 'pandemic-response' as PurposeId
export const stretched = ['flu-vaccination', 'customs-checks', 'workforce-planning'] as PurposeId[]
/** What one person may have together, by the DPIA. */
export const personMax = 4
export const everyType = objectTypes().map(({ name }) => name)

export class Story implements AsyncDisposable {
  readonly world: World
  readonly clock: ReturnType<typeof manualClock>
  readonly start: Instant
  #made = 0

  constructor(world: World, clock: ReturnType<typeof manualClock>) {
    this.world = world
    this.clock = clock
    this.start = clock.now()
  }

  get tenant() {
    return this.world.tenant('national')
  }

  get state(): GovernanceState {
    return this.tenant.governance.state()
  }

  get policies() {
    return this.tenant.governance.policies
  }

  now(): Instant {
    return this.clock.now()
  }

  daysOn(days: number): Instant {
    return addMs(this.now(), days * dayMs)
  }

  /** As any surface does it: with every check. Returns the index of the entry. */
  async act<T extends EventType>(type: T, input: Input<T>): Promise<number> {
    return (await this.tenant.ledger.append(sign(this.state, type, input, this.now()))).index
  }

  /** As somebody who owns the node could: past every check of the program, straight into the ledger. */
  async force<T extends EventType>(type: T, input: Input<T>): Promise<number> {
    return (await this.tenant.ledger.append(entryOf(type, input))).index
  }

  /** What a grant to an engineer would have to be, a week long, approved by the director; `change` what is tried. */
  grantInput(subject: SubjectId, change: Partial<GrantInput> = {}): GrantInput {
    const dpia = this.state.dpias
      .get(change.dpia?.id ?? 'pandemic')!
      .findLast((each) => each.effectiveFrom <= this.now())!
    const isEngineer = this.state.persons.get(subject)?.kind === 'processor-staff'
    return {
      ...{ by: director, id: `story-${++this.#made}`, subject, action: 'read', object: 'Patient', purpose: pandemic },
      ...{ columns: 'all-at-level', level: 'identifiable', rows: { controllers: 'all', where: [] } },
      ...{ from: this.now(), until: this.daysOn(20), disclosurePolicy: null },
      dpia: { id: dpia.id, version: dpia.version, sha256: dpia.sha256 },
      ...(isEngineer ? { contract: { id: 'pandemic', instruction: 'i1' } } : {}),
      ...change,
    }
  }

  async approve(subject: SubjectId, change: Partial<GrantInput> = {}): Promise<string> {
    const input = this.grantInput(subject, change)
    await this.tenant.ledger.append(approveGrant(this.state, input, this.now(), this.policies))
    return input.id
  }

  /** Into the ledger although the program would not write it. */
  async forceGrant(subject: SubjectId, change: Partial<GrantInput> = {}): Promise<string> {
    const { columns, ...input } = this.grantInput(subject, change)
    await this.force('governance.grant-approved', {
      ...input,
      columns: columns === 'all-at-level' ? ['surname'] : [...columns],
    })
    return input.id
  }

  /** One form for one person, by that person. */
  async ask(id: string, subject: SubjectId, objects: readonly string[], level: Level): Promise<void> {
    const {
      columns: _,
      object: __,
      by: ___,
      action: ____,
      disclosurePolicy,
      rows,
      level: _____,
      ...form
    } = this.grantInput(subject)
    const items = objects.map((object) => ({
      ...{ object, level, rows, disclosurePolicy },
      columns: [...generalColumnsAt(object, level)],
    }))
    await this.act('governance.access-requested', { ...form, by: subject, id, reason: 'it is quicker', items })
  }

  /** Approves a form in one go; returns how many grants it became. */
  async answer(request: string, by: SubjectId): Promise<number> {
    const entries = approveRequest(this.state, { by, request }, this.now(), this.policies)
    for (const entry of entries) await this.tenant.ledger.append(entry)
    return entries.length
  }

  /** The words of the policies that refuse an approval. */
  async approvalRefused(subject: SubjectId, change: Partial<GrantInput> = {}): Promise<string> {
    const error = await errorOf(() => this.approve(subject, change))
    assert.ok(isFdpError(error), String(error))
    return `${error.code} ${error.message}`
  }

  /** Registers somebody, by the director unless told otherwise; the controller's staff unless told otherwise. */
  async person(id: SubjectId, change: Partial<Input<'governance.person-registered'>> = {}): Promise<void> {
    await this.act('governance.person-registered', this.personInput(id, change))
  }

  personInput(id: SubjectId, change: Partial<Input<'governance.person-registered'>> = {}) {
    return {
      ...{ by: director, id, name: id, role: 'Staff', duties: [], kind: 'controller-staff' as const },
      ...{ employer: national, clearanceUntil: null, from: this.now() },
      ...change,
    }
  }

  /** An engineer of the supplier as the register has them when the story begins. */
  engineerInput(id: SubjectId, change: Partial<Input<'governance.person-registered'>> = {}) {
    const engineer = { kind: 'processor-staff', employer: supplier, role: 'Engineer' } as const
    return this.personInput(id, { ...engineer, clearanceUntil: addMs(this.start, 700 * dayMs), ...change })
  }

  /** Data sets of which this person can see rows now, by the list. */
  seenBy(person: SubjectId): string[] {
    const rows = whoCanSee(this.state, this.now(), this.policies, { person, action: 'read' })
    return [...new Set(rows.filter(({ level }) => level !== 'aggregate').map(({ object }) => object))]
  }

  /** The next version of a DPIA, in force at once. */
  async dpia(id: string, claims: readonly DpiaClaim[], bounds: DpiaBounds, by: SubjectId = guardian): Promise<void> {
    const dpiaVersion = (this.state.dpias.get(id)?.at(-1)?.version ?? 0) + 1
    const version = withDocument({ title: id, claims: [...claims], bounds })
    await this.act('governance.dpia-approved', { ...version, by, id, dpiaVersion, effectiveFrom: this.now() })
  }

  /** Rows as this person gets them now. */
  async read(
    subject: string,
    object = 'Patient',
    select = ['surname'],
    purpose: string = pandemic,
  ): Promise<Record_[]> {
    await using session = await this.world.session(subject, purpose, { tenant: 'national' })
    return await ask(session, questionOf({ object, select, limit: 100 }))
  }

  /** Reads what must be refused, in the words that tell nothing, and finds the entry of it; returns its reasons. */
  async refused(
    subject: string,
    object = 'Patient',
    select = ['surname'],
    purpose: string = pandemic,
  ): Promise<readonly string[]> {
    const from = this.tenant.ledger.size
    const error = await errorOf(() => this.read(subject, object, select, purpose))
    assert.ok(isFdpError(error, 'FDP_GATE_NOT_AVAILABLE'), String(error))
    const entries = (await this.entries()).slice(from)
    const entry = entries.find(({ type }) => type === 'read.refused')
    assert.ok(entry, 'a refusal without an entry')
    assert.ok(!entries.some(({ type }) => type === 'read.opened'))
    const { reasons, subject: who } = entry.governance as JsonObject & { reasons: string[] }
    assert.equal(who, subject)
    return reasons
  }

  async entries(): Promise<LedgerEntry[]> {
    const found: LedgerEntry[] = []
    for await (const entry of this.tenant.ledger.entries()) found.push(entry)
    return found
  }

  async stateAt(moment: Instant): Promise<GovernanceState> {
    return foldUntil(emptyState(this.tenant.profile.id), await this.entries(), moment)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.world[Symbol.asyncDispose]()
  }
}

export const claimsOf = (kinds: DpiaClaim['kinds'], more: Partial<DpiaClaim> = {}): DpiaClaim => ({
  ...{ kinds, objects: everyType, levels: ['identifiable', 'pseudonymised', 'aggregate'], purposes: [pandemic] },
  daysMax: 60,
  ...more,
})
/** As careless as an assessment can be: the controller's staff and the supplier's, every data set, every level. */
export const wideClaims = [claimsOf(['controller-staff']), claimsOf(['processor-staff'])]

export function boundsOf(start: Instant, change: { peopleMax?: number; contractDays?: number } = {}): DpiaBounds {
  const { peopleMax = 2, contractDays = 180 } = change
  return {
    elevated: { peopleMax, daysMax: 30, reviewDays: 14 },
    breadth: { personMax, employerMax: 6 },
    contracts: [{ id: 'pandemic', until: addMs(start, contractDays * dayMs), subProcessors: [], purposes: [pandemic] }],
  }
}

export async function openStory(patients = 12): Promise<Story> {
  const clock = manualClock('2026-02-03T09:00:00.000Z')
  const world = await openWorld({ tenants: ['national'], adapters: { clock }, patients })
  const story = new Story(world, clock)
  for (const object of ['Patient', 'RttPeriod'] as const)
    await world.submit(object, world.rows('national')[object], 'national')
  await staff(story)
  await papers(story)
  return story
}

async function staff(story: Story): Promise<void> {
  await story.act('governance.organisation-registered', {
    by: director,
    id: supplier,
    name: 'A supplier',
    sector: 'supplier',
  })
  await story.person(guardian, { duties: ['caldicott-guardian'], grade: 'director' })
  await story.person(registrar, { duties: ['registrar'] })
  for (const id of [friend, planner]) await story.person(id)
  for (const id of engineers) await story.act('governance.person-registered', story.engineerInput(id))
  await story.act('governance.person-registered', story.engineerInput(uncleared, { clearanceUntil: null }))
}

async function papers(story: Story): Promise<void> {
  for (const id of [pandemic, ...stretched])
    await story.act('governance.purpose-registered', {
      ...{ by: director, id, name: id, class: 'planning', article6: '6(1)(e)', article9: '9(2)(h)' },
      ...{ commonLaw: 'law-required', justification: 'never', instruments: ['health-act-functions'] },
    })
  await story.act('governance.contract-registered', {
    ...{ by: director, id: 'pandemic', title: 'A platform for the pandemic', supplier, subProcessors: [] },
    instructions: [{ id: 'i1', text: 'Run the pandemic store.', purposes: [pandemic] }],
    ...{ storage: 'England', valuePounds: 1, from: story.now(), until: story.daysOn(180) },
  })
  await story.dpia('pandemic', wideClaims, boundsOf(story.start))
  // The lowest cap of any assessment in force holds: the one for statistics has to allow as many.
  const statistics = story.state.dpias.get('official-statistics-rtt')!.at(-1)!
  await story.dpia(statistics.id, statistics.claims, { ...statistics.bounds, ...boundsOf(story.start) })
}
