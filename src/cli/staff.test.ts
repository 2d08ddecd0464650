import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runOn } from '../../test/command-line.ts'
import { openWorld, type World } from '../../test/world.ts'

/* A staff file at the command line: listed, refused as a whole, written. */

let world: World
before(async () => {
  world = await openWorld({ empty: true })
})
after(() => world[Symbol.asyncDispose]())

const of = (name: string) => `${name}@alder-vale.example`
const acting = ['--tenant', 'alder-vale', '--as', of('rob.tarn'), '--purpose', 'staff-register']
const head = 'id,name,employer,kind,role,until'
const nurse = (name: string, until = '') => `${of(name)},Bea Moss,ZL1,care-partner,Discharge worker,${until}`

const fdp = (args: readonly string[]) => runOn(world, args)

async function load(lines: readonly string[], ...more: string[]) {
  await writeFile(join(world.home, 'staff.csv'), `${[head, ...lines].join('\n')}\n`)
  return await fdp(['staff', 'load', 'staff.csv', ...acting, ...more])
}

test('a bad line is listed with its code, and the good ones are not written either', async () => {
  const before = world.tenant().ledger.size
  const made = await load([nurse('bea.moss'), nurse('new.one'), nurse('new.two').replace('ZL1', 'ZZ99')])
  assert.equal(made.status, 1)
  assert.deepEqual(
    made.rows.map(({ line, code }) => [line, code]),
    [[4, 'FDP_GOVERNANCE_NOT_FOUND']],
  )
  assert.match(made.err, /^FDP_STAFF_REFUSED: 1 of/)
  assert.equal(world.tenant().ledger.size, before)
})

test('with --dry-run what would change is listed and nothing written; then it is written once', async () => {
  const before = world.tenant().ledger.size
  const lines = [nurse('bea.moss', '2031-01-31'), nurse('new.one')]
  const dry = await load(lines, '--dry-run')
  assert.deepEqual([dry.status, world.tenant().ledger.size], [0, before], dry.err)
  assert.ok(dry.rows.some(({ person, change }) => person === of('new.one') && change === 'joins'))
  const made = await load(lines)
  assert.deepEqual([made.status, made.rows], [0, dry.rows])
  assert.ok(world.tenant().ledger.size > before)
  const again = await load(lines)
  assert.deepEqual([again.status, again.rows, again.err], [0, [], 'nothing to change\n'])
})

test('refused: somebody who keeps no register', async () => {
  const before = world.tenant().ledger.size
  const vera = ['--as', of('vera.blake')]
  const { status, rows } = await load([nurse('bea.moss'), nurse('new.one'), nurse('new.two')], ...vera)
  assert.equal(status, 1)
  assert.ok(rows.length > 0, JSON.stringify(rows))
  for (const { code } of rows) assert.equal(code, 'FDP_GOVERNANCE_NOT_ENTITLED')
  assert.equal(world.tenant().ledger.size, before)
})
