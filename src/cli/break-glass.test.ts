import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { runOn } from '../../test/command-line.ts'
import { analyst, guardian, openWorld, owner, validation, validator, type World } from '../../test/world.ts'

let world: World

before(async () => {
  world = await openWorld({ patients: 12 })
})

after(() => world[Symbol.asyncDispose]())

const reason = 'Broughtinunconscious from the road'
const as = (person: string) => ['--tenant', 'alder-vale', '--as', person, '--purpose', validation]
const patient = () => world.rows().Patient[3]!

const run = (argv: readonly string[]) => runOn(world, argv)

function open(...more: string[]) {
  const named = [patient().personId!, '--controller', 'RZ1']
  return run(['break-glass', 'open', ...named, '--reason', reason, ...as(analyst), ...more])
}

test('what is not written right is wrong usage and never repeated', async () => {
  const id = patient().personId!
  const wrong: readonly (readonly string[])[] = [
    ['break-glass', 'open', id, '--reason', reason, ...as(analyst)],
    ['break-glass', 'open', id, '--controller', 'RZ1', '--reason', reason, '--minutes', '61', ...as(analyst)],
    ['break-glass', 'open', id, '--controller', 'RZ1', ...as(analyst)],
    ['break-glass', 'review', 'glass-1', '--outcome', id, ...as(owner)],
    [
      'engineer',
      'row',
      'Patient',
      id,
      '--to',
      'a@b',
      '--for',
      'x',
      '--dpia',
      'd',
      '--reason',
      reason,
      ...as(validator),
    ],
    [
      ...['engineer', 'row', 'Patient', id, '--to', 'a@b', '--for', 'x', '--dpia', 'd', '--reason', reason],
      ...['--submission', 'ffffffffff', '--row', '2', ...as(validator)],
    ],
    [
      ...['engineer', 'row', 'Patient', id, '--to', 'a@b', '--for', 'x', '--dpia', 'd', '--reason', reason],
      ...['--controller', 'RZ1', '--contract', 'c', ...as(validator)],
    ],
  ]
  for (const argv of wrong) {
    const { status, err } = await run(argv)
    assert.equal(status, 2, err)
    assert.ok(!err.includes(id) && !err.includes(reason))
  }
})

test('refused for a supplier’s engineer, with what is missing and nothing of the patient', async () => {
  const { status, err } = await open('--as', 'eli.stone@alder-vale.example')
  assert.equal(status, 1)
  assert.match(err, /^FDP_NODE_OPENING_REFUSED: .*staff of the controller or a care partner/)
  assert.ok(!err.includes(patient().personId!) && !err.includes(reason))
})

test('opened, read, listed, shown to a reviewer and reviewed; the list never says whose record it was', async () => {
  const opened = await open('--minutes', '15')
  assert.equal(opened.status, 0, opened.err)
  const [{ id } = { id: '' }] = opened.rows[0]!.openings as { id: string }[]
  const read = await run(['object', 'read', 'Patient', '--columns', 'surname', ...as(analyst)])
  assert.deepEqual(read.rows, [{ surname: patient().surname }])
  const list = await run(['break-glass', 'list'])
  assert.deepEqual(
    list.rows.map(({ opening, kind, person, open: now, review }) => [opening, kind, person, now, review]),
    [[id, 'break-glass', analyst, true, 'waiting']],
  )
  const refused = await run(['break-glass', 'review', id, ...as(analyst)])
  assert.match(refused.err, /^FDP_GOVERNANCE_NOT_ENTITLED: .*nobody reviews what they took part in/)
  const shown = await run(['break-glass', 'review', id, ...as(guardian)])
  assert.equal(shown.rows[0]!.reason, reason)
  const reviewed = ['break-glass', 'review', id, '--outcome', 'justified', '--reason', reason, ...as(guardian)]
  assert.equal((await run(reviewed)).status, 0)
  const all = await run(['break-glass', 'list', '--all'])
  assert.equal(all.rows[0]!.review, 'justified')
  for (const text of [list.out, all.out, shown.out, opened.err]) assert.ok(!text.includes(patient().personId!))
})
