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
  whoCanSee,
} from '#governance'
import type { JsonObject } from '#kernel'
import {
  append,
  appendEvent,
  clerkInput,
  day,
  dpiaInput,
  entryOf,
  grantInput,
  opening,
  policies,
  purpose,
  purposeInput,
  subject,
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
  if (rows.length !== grants) throw new Error(`only ${rows.length} of ${grants} grants are live`)
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

const officer = opening.officers[0]!.id

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

/** Everyone and everything but the grants: people of three kinds, purposes, one DPIA over all object types. */
function registered(people: number): GovernanceState {
  let state = appendEvent(emptyState(tenant), 'governance.tenant-opened', opening, day(0))
  for (const id of purposes) state = appendEvent(state, 'governance.purpose-registered', { ...purposeInput, id })
  for (let i = 0; i < people; i++) state = append(state, entryOf('governance.person-registered', personOf(i)), day(0))
  const claims = [
    { ...dpiaInput.claims[0]!, objects, purposes, kinds: [...dpiaInput.claims[0]!.kinds, 'other' as const] },
  ]
  return appendEvent(state, 'governance.dpia-approved', { ...dpiaInput, claims })
}

const kinds = ['controller-staff', 'care-partner', 'other'] as const
const personOf = (i: number): Input<'governance.person-registered'> => ({
  ...clerkInput,
  id: subject(`person-${i}`),
  kind: kinds[i % 3]!,
})

function grantOf(i: number): typeof grantInput {
  const object = objects[i % objects.length]!
  const level = levels[i % 3]!
  const all = generalColumnsAt(object, level)
  const columns = all.length > 0 ? all : [...generalColumnsAt(object, 'identifiable')]
  return {
    ...grantInput,
    id: `g${i}`,
    subject: subject(`person-${Math.floor(i / grantsEachPerson)}`),
    object,
    level: all.length > 0 ? level : 'identifiable',
    columns: [...columns],
    purpose: purposes[i % purposes.length]!,
    from: day(1),
    until: day(20 + (i % 60)),
    disclosurePolicy: 'sub-national-counts/1',
  }
}

function requestOf(i: number) {
  const grant = grantOf(i)
  const { subject, purpose, object, level } = grant
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
