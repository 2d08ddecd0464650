/**
 * How long one decision takes, and how long it takes to list who can see what over many live grants: cold, then again
 * after one more event, beside asking the policies about every grant one by one.
 *
 *   node_modules/.bin/node bench/who-can-see.ts [grants]
 */
import { pathToFileURL } from 'node:url'
import { objectTypes } from '#contracts'
import {
  type AccessRow,
  type AccessView,
  accessView,
  approveGrant,
  decide,
  emptyState,
  fold,
  type GovernanceState,
  generalColumnsAt,
  type Input,
  levels,
  personKinds,
  whoCanSee,
} from '#governance'
import type { JsonObject } from '#kernel'
import {
  agreementInput,
  append,
  appendEvent,
  clerkInput,
  contractInput,
  day,
  dpiaInput,
  entryOf,
  grantInput,
  ods,
  opening,
  policies,
  purpose,
  purposeInput,
  subject,
  switchedOnInput,
  tenant,
} from '../test/governed-tenant.ts'

export interface AccessBenchRow {
  readonly what: string
  readonly grants: number
  readonly milliseconds: number
  /** What DESIGN.md asks for; null where it asks for nothing. */
  readonly reachMs: number | null
}

const grantsDefault = 10_000
const grantsEachPerson = 20
const purposes = Array.from({ length: 8 }, (_, i) => purpose(`purpose-${i}`))
const objects = objectTypes().map((type) => type.name)
const at = day(2)

export function benchWhoCanSee(grants: number = grantsDefault): readonly AccessBenchRow[] {
  const row = (what: string, milliseconds: number, reachMs: number | null = null) => ({
    what,
    grants,
    milliseconds,
    reachMs,
  })
  const before = registered(Math.ceil(grants / grantsEachPerson))
  const entries = Array.from({ length: grants }, (_, i) => entryOf('governance.grant-approved', grantOf(i)))
  let index = before.upTo
  const numbered = entries.map((entry) => ({ ...entry, index: ++index, time: day(0) }))
  const [state, foldMs] = timed(() => numbered.reduce(fold, before))
  const [, decideMs] = timed(() => {
    for (let i = 0; i < 500; i++)
      if (!decide(state, requestOf((i * 37) % grants), policies).allowed) throw new Error('refused')
  })
  const [, approveMs] = timed(() => {
    for (let i = 0; i < 200; i++) approveGrant(state, { ...grantOf(i), id: `new-${i}`, from: at }, at, policies)
  })
  const view = accessView(policies)
  const [rows, coldMs] = timed(() => view.at(state, at))
  const live = new Set(rows.map((each) => each.grant)).size
  if (live !== grants) throw new Error(`only ${live} of ${grants} grants are live`)
  const revocations = afterEach(state, view, (i) => [
    'governance.grant-revoked',
    { by: officer, grant: `g${i}`, at, reason: 'x' },
  ])
  const people = afterEach(state, view, (i) => [
    'governance.person-registered',
    { ...personOf(i), by: officer, role: 'Other' },
  ])
  return [
    row('fold, all grants', foldMs),
    row('one decision, mean of 500', decideMs / 500),
    row('one approval with its checks, mean of 200', approveMs / 200),
    row('who can see, cold', coldMs, 2_000),
    row('who can see, after a revocation, median of 9', revocations, 50),
    row('who can see, after a change of a person, median of 9', people, 50),
  ]
}

const officer = opening.officers[1]!.id

/** Milliseconds to list everything again after one more event: the middle of nine, the last held against a fresh listing. */
function afterEach(
  start: GovernanceState,
  view: AccessView,
  event: (i: number) => readonly ['governance.grant-revoked' | 'governance.person-registered', object],
): number {
  let state = start
  const times = Array.from({ length: 9 }, (_, i) => {
    const [type, input] = event(i)
    state = append(state, { type, governance: { version: 1, ...input } as JsonObject }, at)
    return timed(() => view.at(state, at))[1]
  })
  same(view.at(state, at), whoCanSee(state, at, policies))
  return times.sort((a, b) => a - b)[4]!
}

/**
 * Everyone and everything but the grants: people of four kinds, two in five of them of processors, teams of five,
 * purposes, a contract, an agreement, one DPIA over all object types with a cap and a limit of breadth.
 */
function registered(people: number): GovernanceState {
  let state = appendEvent(emptyState(tenant), 'governance.tenant-opened', opening, day(0))
  const by = opening.by
  for (const id of ['SUP1', 'LA1'].map(ods))
    state = appendEvent(state, 'governance.organisation-registered', { by, id, name: id })
  for (const id of purposes) state = appendEvent(state, 'governance.purpose-registered', { ...purposeInput, id })
  for (let i = 0; i < people; i++) {
    const team = teamOf(i)
    state = append(state, entryOf('governance.person-registered', personOf(i)), day(0))
    if (i % teamSize === 0)
      state = appendEvent(state, 'governance.team-registered', { by, id: team, name: team, organisation: ods('RJ1') })
    const membership = { by, team, person: personOf(i).id, role: 'member', from: day(0), until: null }
    state = appendEvent(state, 'governance.team-joined', membership)
  }
  const instructions = [{ id: 'i1', text: 'Mend what is broken.', purposes }]
  state = appendEvent(state, 'governance.contract-registered', { ...contractInput, instructions })
  state = appendEvent(state, 'governance.agreement-proposed', { ...agreementInput, objects })
  for (const [signer, party] of [
    [officer, 'RJ1'],
    [personOf(2).id, 'LA1'],
  ] as const) {
    const signature = { by: signer, id: 'a1', agreementVersion: 1, party: ods(party) }
    state = appendEvent(state, 'governance.agreement-signed', signature)
  }
  state = appendEvent(state, 'governance.switched-on', switchedOnInput)
  const bounds = {
    elevated: { peopleMax: 1_000, daysMax: 90, reviewDays: 90 },
    breadth: { personMax: 500, employerMax: 500 },
    contracts: [{ id: 'c1', until: day(100), subProcessors: [], purposes }],
  }
  const claims = [{ ...dpiaInput.claims[0]!, objects, purposes, kinds: [...personKinds] }]
  return appendEvent(state, 'governance.dpia-approved', { ...dpiaInput, claims, bounds })
}

const teamSize = 5
const teamOf = (person: number): string => `team-${Math.floor(person / teamSize)}`

const kinds = ['processor-staff', 'controller-staff', 'care-partner', 'processor-staff', 'other'] as const
const employers = { 'processor-staff': 'SUP1', 'controller-staff': 'RJ1', 'care-partner': 'LA1', other: 'LA1' } as const
function personOf(i: number): Input<'governance.person-registered'> {
  const kind = kinds[i % kinds.length]!
  return {
    ...clerkInput,
    by: officer,
    id: subject(`person-${i}`),
    kind,
    employer: ods(employers[kind]),
    clearanceUntil: day(90),
  }
}

/** One in ten is for a role in the person's team; a processor's sight of identifiable rows never is. */
function grantOf(i: number): Input<'governance.grant-approved'> {
  const object = objects[i % objects.length]!
  const level = levels[i % 3]!
  const all = generalColumnsAt(object, level)
  const columns = all.length > 0 ? all : [...generalColumnsAt(object, 'identifiable')]
  const holder = Math.floor(i / grantsEachPerson)
  const { subject: _, ...rest } = grantInput
  const isForTeam = i % 20 < 3 && all.length > 0 && level !== 'identifiable'
  return {
    ...rest,
    ...(isForTeam ? { team: { team: teamOf(holder), role: 'member' } } : { subject: personOf(holder).id }),
    id: `g${i}`,
    object,
    level: all.length > 0 ? level : 'identifiable',
    columns: [...columns],
    purpose: purposes[i % purposes.length]!,
    from: day(1),
    until: day(20 + (i % 60)),
    contract: { id: 'c1', instruction: 'i1' },
    agreement: { id: 'a1', version: 1 },
    disclosurePolicy: 'sub-national-counts/1',
  }
}

function requestOf(i: number) {
  const grant = grantOf(i)
  const { purpose, object, level } = grant
  const subject = personOf(Math.floor(i / grantsEachPerson)).id
  return { subject, purpose, object, level, at, action: 'read', columns: grant.columns.slice(0, 5) } as const
}

function same(a: readonly AccessRow[], b: readonly AccessRow[]): void {
  if (JSON.stringify(a) !== JSON.stringify(b)) throw new Error('the view that remembers differs from one afresh')
}

function timed<T>(work: () => T): [T, number] {
  const start = performance.now()
  const result = work()
  return [result, performance.now() - start]
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.table(benchWhoCanSee(Number(process.argv[2] ?? grantsDefault)))
}
