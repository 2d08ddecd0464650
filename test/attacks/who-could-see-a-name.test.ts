/*
 * The Guardian asks: who could see this patient's name, at any minute of the past?
 *
 * A month at the national tenant in which anything happens (grants good and forged, teams, leavers, caps, reviews,
 * emergencies). For random minutes and patients the list from the relation that enforces must be the list that a second
 * writing of the rules gives over the raw entries; and at some moments on the way the gate itself must show the name to
 * nobody who is not on it.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type AccessRow, emptyState, foldUntil, type RowScope, whoCanSee } from '#governance'
import { addMs, type EntryIndex, type Instant, isFdpError, msBetween, type PurposeId, type SubjectId } from '#kernel'
import type { LedgerEntry } from '#ledger'
import { breakGlass } from '#node'
import { questionOf } from '#ontology'
import { naiveGrants } from '../naive-access.ts'
import { naiveReplay } from '../naive-register.ts'
import {
  boundsOf,
  claimsOf,
  director,
  engineers,
  guardian,
  national,
  openStory,
  pandemic,
  registrar,
  type Story,
} from '../national-story.ts'
import { fc } from '../random.ts'
import { ask } from '../world.ts'
import type { Row } from '../world-rows.ts'

const care = 'ward-care' as PurposeId
const names = ['firstName', 'surname'] as const
const nurses = ['nia', 'noor', 'ned'].map((name) => `${name}@national.example` as SubjectId)
const people = [...nurses, ...engineers, director]
const minuteMs = 60_000

let story: Story
let entries: readonly LedgerEntry[] = []
let patients: readonly Row[] = []
/** Keys of the patients, by NHS number. */
const keys = new Map<string, string>()

before(async () => {
  story = await openStory(6)
  patients = story.world.rows('national').Patient
  await prepared()
  // The same month in every run, so that a failure can be looked at again; the minutes asked about differ.
  for (const [i, step] of fc.sample(stepArb, { seed: 1948, numRuns: 130 }).entries()) {
    const before = story.state.openings.size
    story.clock.advanceMs(step.minutes * minuteMs)
    await taken(step).catch((error) => assert.ok(isFdpError(error), String(error)))
    // In the middle, and when each of the first two emergencies has just been opened.
    const emergencies = story.state.openings.size
    if (i === 100 || (emergencies > before && emergencies <= 2)) await gateShowsNobodyElse()
  }
  entries = await story.entries()
})
after(() => story[Symbol.asyncDispose]())

const claims = [
  claimsOf(['controller-staff'], { purposes: [pandemic, care] }),
  claimsOf(['processor-staff'], { purposes: [pandemic] }),
]

async function prepared(): Promise<void> {
  await story.act('governance.purpose-registered', {
    ...{ by: director, id: care, name: 'Care on the ward', class: 'individual-care', article6: '6(1)(e)' },
    ...{ article9: '9(2)(h)', commonLaw: 'implied-consent', justification: 'never' },
  })
  for (const id of nurses) await story.person(id)
  await story.act('governance.team-registered', { by: registrar, id: 'ward', name: 'Ward', organisation: national })
  await story.dpia('pandemic', claims, { ...boundsOf(story.start), breadth: { personMax: 9, employerMax: 9 } })
  await story.approve(engineers[0])
  for (const { nhsNumber } of patients) {
    const by = { subject: guardian, purpose: care }
    keys.set(nhsNumber!, (await story.tenant.gate.findPerson(by, { nhsNumber: nhsNumber! }))!)
  }
}

type Step = { readonly minutes: number } & (typeof stepArb extends fc.Arbitrary<infer T> ? T : never)
const pool = <T>(values: readonly T[]) => fc.constantFrom(...values)
const rowsArb: fc.Arbitrary<RowScope> = fc.record({
  controllers: pool(['all' as const, 'all' as const, [national], ['RZ9' as typeof national]]).map((each) =>
    each === 'all' ? each : [...each],
  ),
  where: pool([[], [], [{ property: 'sex', in: ['Female'] }], [{ property: 'sex', in: ['Male', 'Other'] }]]),
})
const stepArb = fc.record({
  minutes: fc.integer({ min: 0, max: 280 }),
  what: pool([
    ...(['grant', 'grant', 'grant', 'grant', 'grant', 'grant', 'grant', 'grant'] as const),
    'role',
    'join',
    'leave-team',
    'revoke',
    'leave',
    'return',
    'cap',
    'review',
    'glass',
    'use',
    'use',
  ] as const),
  who: pool(people),
  purpose: pool([pandemic, care]),
  level: pool(['identifiable', 'identifiable', 'pseudonymised'] as const),
  columns: fc.subarray(['firstName', 'surname', 'sex', 'postcode'], { minLength: 1 }),
  rows: rowsArb,
  days: pool([1, 3, 9, 20]),
  forced: fc.boolean(),
  pick: fc.nat(),
})

async function taken({ what, who, purpose, level, columns, rows, days, forced, pick }: Step): Promise<unknown> {
  const now = story.now()
  const at = { purpose, level, columns: level === 'pseudonymised' ? ['sex'] : columns, rows, until: story.daysOn(days) }
  const grants = [...story.state.grants.keys()]
  const grant = grants[pick % grants.length]!
  switch (what) {
    case 'grant':
      return forced ? story.forceGrant(who, at) : story.approve(who, at)
    case 'role': {
      const { subject: _, contract: __, ...input } = story.grantInput(nurses[0]!, at)
      const columnsOf = at.columns
      return story.force('governance.grant-approved', {
        ...input,
        columns: columnsOf,
        team: { team: 'ward', role: 'clerk' },
      })
    }
    case 'join':
      return story.act('governance.team-joined', {
        ...{
          by: registrar,
          team: 'ward',
          person: who,
          role: 'clerk',
          from: now,
          until: pick % 2 ? story.daysOn(days) : null,
        },
      })
    case 'leave-team':
      return story.act('governance.team-left', { by: registrar, team: 'ward', person: who, role: null, at: now })
    case 'revoke':
      return story.act('governance.grant-revoked', { by: guardian, grant, at: now, reason: 'over' })
    case 'leave':
      return story.act('governance.person-left', {
        by: guardian,
        person: nurses[pick % 3]!,
        at: story.daysOn(pick % 3),
      })
    case 'return':
      return story.person(nurses[pick % 3]!, { by: guardian })
    case 'cap':
      return story.dpia('pandemic', claims, {
        ...boundsOf(story.start, { peopleMax: 1 + (pick % 2) }),
        breadth: { personMax: 9, employerMax: 9 },
      })
    case 'review':
      return story.act('governance.grant-reviewed', { by: guardian, grant, outcome: 'keep', reason: 'still needed' })
    case 'glass':
      return breakGlass(story.tenant, {
        ...{ by: nurses[pick % 3]!, purpose: care, reason: 'an emergency' },
        patient: { nhsNumber: patients[pick % patients.length]!.nhsNumber! },
      })
    case 'use':
      return story.read(who, 'Patient', [columns[0]!], purpose)
  }
}

/** Whether rows of a grant reach a patient; whom one opened for an emergency reaches is in the erasable detail. */
async function reaches(patient: Row, { controllers, where }: RowScope, opened: number | null): Promise<boolean> {
  if (opened !== null) {
    const found = await story.tenant.ledger.detail(opened as EntryIndex)
    return found.state === 'present' && found.detail.person === keys.get(patient.nhsNumber!)
  }
  const mine = controllers === 'all' || controllers.includes(national)
  return mine && where.every((condition) => condition.in.includes(patient[condition.property]!))
}

/** The Guardian's list: `person grant`, sorted. */
async function listed(patient: Row, at: Instant): Promise<string[]> {
  const state = foldUntil(emptyState(story.tenant.profile.id), entries, at)
  const rows = whoCanSee(state, at, story.policies, { object: 'Patient', action: 'read', level: 'identifiable' })
  const named = rows.filter((row: AccessRow) => names.some((name) => row.columns.includes(name)))
  const found: string[] = []
  for (const { person, grant, rows } of named)
    if (await reaches(patient, rows, rows.only?.entry ?? null)) found.push(`${person} ${grant}`)
  return found.sort()
}

/** The same from the raw entries, by the second writing of the rules. */
async function replayed(patient: Row, at: Instant): Promise<string[]> {
  const until = entries.filter(({ time }) => time <= at)
  const register = naiveReplay(until)
  const found = new Set<string>()
  for (const { id } of register?.persons ?? [])
    for (const purpose of [pandemic, care])
      for (const name of names) {
        const asked = {
          subject: id as SubjectId,
          purpose,
          object: 'Patient',
          columns: [name],
          at,
          action: 'read',
        } as const
        for (const grant of naiveGrants(until, { ...asked, level: 'identifiable' })) {
          const { rows, opened } = register!.grants.find((each) => each.id === grant)!
          if (await reaches(patient, rows, opened)) found.add(`${id} ${grant}`)
        }
      }
  return [...found].sort()
}

/** At this moment: whoever gets a name from the gate is on its list; whoever holds one grant alone gets what it says. */
async function gateShowsNobodyElse(): Promise<void> {
  entries = await story.entries()
  const at = story.now()
  const lists = new Map<Row, string[]>()
  for (const patient of patients) lists.set(patient, await listed(patient, at))
  const live = whoCanSee(story.state, at, story.policies, { object: 'Patient', level: 'identifiable', action: 'read' })
  for (const person of people)
    for (const purpose of [pandemic, care]) {
      const mine = live.filter((row) => row.person === person && row.purpose === purpose)
      const shown = new Set<unknown>()
      await using session = await story.world.session(person, purpose, { tenant: 'national' })
      for (const name of names) {
        const question = questionOf({ object: 'Patient', select: [name], limit: 100 })
        const rows = await ask(session, question).catch((error) => {
          assert.ok(isFdpError(error, 'FDP_GATE_NOT_AVAILABLE'), String(error))
          return []
        })
        for (const row of rows) shown.add(row[name])
      }
      for (const [patient, list] of lists) {
        const isShown = names.some((name) => shown.has(patient[name]))
        const isListed = mine.some(({ grant }) => list.includes(`${person} ${grant}`))
        if (isShown) assert.ok(isListed, `${person} saw a name and is not on its list`)
        if (mine.length === 1) assert.equal(isShown, isListed, `${person} is on a list and sees no name`)
      }
    }
}

test('the month was not a quiet one', async () => {
  const types = new Set(entries.map(({ type }) => type))
  for (const type of [
    'governance.break-glass-opened',
    'governance.grant-revoked',
    'governance.team-joined',
    'governance.person-left',
    'read.opened',
    'read.refused',
  ])
    assert.ok(types.has(type), type)
  const kinds = new Set<string>()
  const lengths = new Set<number>()
  for (let at = story.start; at < story.now(); at = addMs(at, 12 * 60 * minuteMs)) {
    const list = await listed(patients[0]!, at)
    lengths.add(list.length)
    for (const each of list) kinds.add(each.split('@')[1]!.split(' ')[0]!)
  }
  assert.ok(lengths.size > 2, [...lengths].join())
  assert.deepEqual([...kinds].sort(), ['national.example', 'supplier.example'])
})

test('for any past minute, everyone who could see a patient’s name, as the raw entries say it', async () => {
  const minutes = Math.floor(msBetween(story.start, story.now()) / minuteMs)
  const moment = fc.oneof(
    fc.integer({ min: 0, max: minutes }).map((n) => addMs(story.start, n * minuteMs)),
    // And the very milliseconds at which something was written, and those before.
    fc.tuple(fc.constantFrom(...entries.map(({ time }) => time)), pool([0, -1])).map(([time, ms]) => addMs(time, ms)),
  )
  await fc.assert(
    fc.asyncProperty(moment, fc.integer({ min: 0, max: patients.length - 1 }), async (at, i) => {
      assert.deepEqual(await listed(patients[i]!, at), await replayed(patients[i]!, at))
    }),
    { numRuns: 40 },
  )
})
