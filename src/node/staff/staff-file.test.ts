import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fold, type GovernanceState, isInPost } from '#governance'
import { addMs, type Instant, parseInstant, parseSubjectId } from '#kernel'
import { seededState } from '../../../test/seeded-state.ts'
import { planStaffFile, type StaffPlan } from './staff-file.ts'

const at = parseInstant('2026-03-02T09:00:00Z')
const later = addMs(at, 60_000)
const of = (name: string) => `${name}@alder-vale.example`
const registrar = parseSubjectId(of('rob.tarn'))
const guardian = parseSubjectId(of('carys.owen'))
const start = seededState('alder-vale', at)
const header = ['id', 'name', 'employer', 'kind', 'role', 'grade', 'manager', 'team', 'teamRole', 'until']

/** The register as a staff file would have it, teams included. */
function fileOf(state: GovernanceState, employer = 'RZ1'): string[][] {
  const people = [...state.persons.values()].filter((each) => each.employer === employer && isInPost(each, at))
  return people.flatMap(({ id, name, employer: organisation, kind, role, grade, manager }) => {
    const places = (state.teamsOf.get(id) ?? []).flatMap((team) =>
      state.teams
        .get(team)!
        .members.filter((each) => each.person === id && each.until === null)
        .map((each) => [team, each.role]),
    )
    const said = [id, name, organisation, kind, role, grade, manager ?? '']
    return (places.length > 0 ? places : [['', '']]).map((place) => [...said, ...place, ''])
  })
}

function textOf(rows: readonly (readonly string[])[], head = header): string {
  const quoted = (cell: string) => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)
  return [head, ...rows].map((row) => row.map(quoted).join(',')).join('\r\n')
}

const plan = (all: readonly (readonly string[])[], by = registrar, everybody = false) =>
  planStaffFile(start, textOf(all), { by, at: later, source: 'staff file', all: everybody })
const changesOf = ({ drafts }: StaffPlan) => drafts.map(({ about, what }) => [about, what])
const after = ({ entries }: StaffPlan, state = start) =>
  entries.reduce((now, entry) => fold(now, { ...entry, index: now.upTo + 1, time: later }), state)
const codesOf = ({ refused }: StaffPlan) => refused.map(({ error }) => error.code).sort()
const rows = fileOf(start)
const edited = (name: string, change: (row: string[]) => string[]) =>
  rows.map((row) => (row[0] === of(name) ? change([...row]) : row))
const set = (column: string, value: string) => (row: string[]) => row.with(header.indexOf(column), value)

test('refused: a file with a bad line goes in not at all, and each bad line is named with its code', () => {
  const bad = edited('vera.blake', set('employer', 'not a code'))
  bad.push([of('new.one'), 'New One', 'RZ1', 'controller-staff', 'Clerk', '', '', 'no-such-team', 'clerk', ''])
  bad.push([of('lost.one'), 'Lost One', 'RZ1', 'controller-staff', 'Clerk', '', of('nobody'), '', '', ''])
  bad.push([of('far.one'), 'Far One', 'RZ2', 'controller-staff', 'Clerk', '', '', '', '', ''])
  const made = plan(bad)
  assert.deepEqual(codesOf(made), [
    ...['FDP_GOVERNANCE_NOT_FOUND', 'FDP_STAFF_KIND', 'FDP_STAFF_MANAGER', 'FDP_STAFF_VALUE'],
  ])
  assert.deepEqual(made.entries, [])
  const line = rows.findIndex(([id]) => id === of('vera.blake')) + 2
  assert.ok(made.refused.some((each) => each.line === line && each.error.message.includes('employer')))
  assert.ok(!made.refused.some(({ error }) => JSON.stringify(error).includes('not a code')))
})

test('refused: grade and the registration of officers by a registrar, with the reason; an approving officer may', () => {
  const director = edited('vera.blake', set('grade', 'director'))
  const made = plan(director)
  assert.deepEqual(codesOf(made), ['FDP_GOVERNANCE_NOT_ENTITLED'])
  assert.match(made.refused[0]!.error.message, /they hold none of the duties/)
  assert.deepEqual(plan(edited('ian.mercer', set('role', 'Friend'))).entries, [])
  const allowed = after(plan(director, guardian))
  assert.equal(allowed.persons.get(of('vera.blake'))?.grade, 'director')
})

test('refused: a signer who changes their own line or is missing from the file', () => {
  assert.match(plan(edited('rob.tarn', set('role', 'Chief'))).refused[0]!.error.message, /their own/)
  assert.throws(() => plan(rows.filter(([id]) => id !== registrar)), { code: 'FDP_STAFF_SIGNER' })
})

test('refused: half a list; with `all` it is taken', () => {
  const half = rows.filter(([id], i) => i % 2 === 0 || id === registrar)
  assert.throws(() => plan(half), { code: 'FDP_STAFF_TOO_MANY_LEAVE' })
  const made = plan(half, registrar, true)
  assert.deepEqual(made.refused, [])
  assert.equal(made.entries.length, rows.length - half.length)
})

test('refused: what is no list, lacks a column, has an unknown one or says two things of one person', () => {
  const read = (text: string) => planStaffFile(start, text, { by: registrar, at: later, source: 'x', all: true })
  assert.throws(() => read(''), { code: 'FDP_STAFF_FILE' })
  assert.throws(() => read('id,"name'), { code: 'FDP_STAFF_FILE' })
  const noRole = header.filter((each) => each !== 'teamRole')
  for (const head of [header.slice(1), [...header, 'salary'], [...header, 'id'], noRole])
    assert.throws(() => read(textOf([], head)), { code: 'FDP_STAFF_COLUMN' })
  const twice = [...rows, rows.find(([id]) => id === of('vera.blake'))!.with(1, 'Another Name')]
  const made = plan(twice)
  assert.deepEqual([codesOf(made), made.refused[0]?.line], [['FDP_STAFF_TWICE'], rows.length + 2])
})

test('the register as it is changes nothing', () => {
  const made = plan(rows)
  assert.deepEqual([changesOf(made), made.refused, made.entries], [[], [], []])
})

test('who joins, leaves, changes team; people of employers that the file does not name stay', () => {
  const next = edited('nia.patel', set('teamRole', 'ward-sister')).filter(([id]) => id !== of('tom.ashe'))
  const manager = of('grace.lowe')
  const joiner = [
    of('new.one'),
    'Nëw, One',
    'RZ1',
    'controller-staff',
    'Ward clerk',
    '',
    manager,
    'ward-7',
    'ward-clerk',
  ]
  next.push([...joiner, ''])
  const made = plan(next)
  assert.deepEqual(made.refused, [])
  assert.deepEqual(changesOf(made), [
    [of('nia.patel'), 'leaves ward-7'],
    [of('nia.patel'), 'joins ward-7 as ward-sister'],
    [of('new.one'), 'joins'],
    [of('new.one'), 'joins ward-7 as ward-clerk'],
    [of('tom.ashe'), 'leaves: not in the file'],
  ])
  const state = after(made)
  assert.deepEqual(state.rejected, [])
  assert.equal(state.persons.get(of('new.one'))?.name, 'Nëw, One')
  assert.equal(state.persons.get(of('tom.ashe'))?.until, later)
  assert.equal(state.persons.get(of('bea.moss'))?.until, null)
  const again = planStaffFile(state, textOf(next), { by: registrar, at: addMs(later, 1), source: 'x', all: false })
  assert.deepEqual([again.drafts, again.refused], [[], []])
})

test('a new employer or kind is a new post, without duties, clearance or team; a day to come is kept as it is', () => {
  const moved = edited('vera.blake', (row) => set('kind', 'other')(set('employer', 'ZS1')(row)))
  const leaving = moved.map((row) => (row[0] === of('dot.finch') ? set('until', '2026-04-30')(row) : row))
  // The supplier's people are named by this file now: they are in it too.
  const all = [...leaving, ...fileOf(start, 'ZS1')]
  const made = plan(all)
  assert.deepEqual(made.refused, [])
  const state = after(made)
  const vera = state.persons.get(of('vera.blake'))!
  assert.deepEqual([vera.employer, vera.kind, vera.posts.length, vera.duties], ['ZS1', 'other', 2, []])
  assert.equal(state.persons.get(of('dot.finch'))?.until, '2026-04-30T23:59:59.999Z')
  const again = { by: registrar, at: addMs(later, 1), source: 'x', all: false }
  assert.deepEqual(planStaffFile(state, textOf(all), again).drafts, [])
})

test('training is recorded by a registrar, clearance by an approving officer only', () => {
  const head = [...header, 'trainingUntil', 'clearanceUntil']
  const dated = (clearance: string) =>
    rows.map((row) => [...row, ...(row[0] === of('anil.rao') ? ['2027-01-31', clearance] : ['', ''])])
  const read = (clearance: string, by = registrar) =>
    planStaffFile(start, textOf(dated(clearance), head), { by, at: later, source: 'staff file', all: false })
  const until: Instant = parseInstant('2027-01-31T23:59:59.999Z')
  assert.equal(after(read('')).persons.get(of('anil.rao'))?.trainingUntil, until)
  assert.deepEqual(codesOf(read('2027-01-31')), ['FDP_GOVERNANCE_NOT_ENTITLED'])
  assert.equal(after(read('2027-01-31', guardian)).persons.get(of('anil.rao'))?.clearanceUntil, until)
})
