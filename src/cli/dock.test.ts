import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { addDays, manualClock } from '#kernel'
import { runOn } from '../../test/command-line.ts'
import { openWorld, type World } from '../../test/world.ts'

const clock = manualClock('2026-06-02T09:00:00Z')
const dot = ['--tenant', 'alder-vale', '--as', 'dot.finch@alder-vale.example', '--purpose', 'data-intake']
const vera = ['--tenant', 'alder-vale', '--as', 'vera.blake@alder-vale.example', '--purpose', 'data-intake']
let world: World
let drop: string

before(async () => {
  world = await openWorld({ empty: true, adapters: { clock } })
  const docks = join(world.tenant().folder, 'docks')
  drop = join(world.home, 'drop')
  await mkdir(docks)
  await mkdir(drop)
  const { controller } = world.tenant().profile
  const lines = [
    ...['object: Patient', `controller: ${controller}`, 'by: dot.finch@alder-vale.example', 'purpose: data-intake'],
    ...[`drop: ${drop}`, 'files: patients_{date}.csv', 'dueBy: "11:00"', `since: "${addDays(world.today, -1)}"`],
  ]
  await writeFile(join(docks, 'patients.yaml'), lines.join('\n'))
  await writeFile(join(docks, 'wrong.yaml'), 'secret: 9434765919\n')
  await writeFile(join(docks, 'No Dock.yaml'), 'x')
})
after(() => world[Symbol.asyncDispose]())

const run = (...argv: string[]) => runOn(world, argv)

test('refused: a dock that is not there or not declared right, and to run one that acts for somebody else', async () => {
  assert.match((await run('dock', 'days', 'nothing', ...dot)).err, /FDP_DOCK_UNKNOWN.*patients/s)
  const wrong = await run('dock', 'plan', 'wrong', ...dot)
  assert.match(wrong.err, /FDP_DOCK_DECLARATION/)
  assert.doesNotMatch(wrong.err, /9434765919/)
  assert.match((await run('dock', 'run', 'patients', ...vera)).err, /FDP_DOCK_NOT_YOURS/)
})

test('a day is planned, taken in and listed', async () => {
  const listed = await run('dock', 'list', ...dot)
  assert.deepEqual(
    listed.rows.map(({ dock, state }) => [dock, state]),
    [
      ['patients', 'waiting'],
      ['wrong', listed.rows[1]?.state],
    ],
  )
  const text = 'personId,nhsNumber,nhsNumberStatusIndicatorCode\nT-1,9434765919,01\n'
  await writeFile(join(drop, 'patients_2026-06-01.csv'), text)
  assert.deepEqual((await run('dock', 'plan', 'patients', ...dot)).rows, [])
  const planned = await run('dock', 'plan', 'patients', '--complete', ...dot)
  assert.deepEqual(planned.rows, [{ day: '2026-06-01', would: 'submit', why: '' }])
  const done = await run('dock', 'run', 'patients', '--complete', ...dot)
  assert.deepEqual(done.rows, [{ day: '2026-06-01', what: 'published', why: '' }])
  assert.deepEqual((await run('dock', 'run', 'patients', '--complete', ...dot)).rows, [])
  const [day] = (await run('dock', 'days', 'patients', ...dot)).rows
  assert.deepEqual([day?.day, day?.state, day?.corrections], ['2026-06-01', 'published', 0])
})
