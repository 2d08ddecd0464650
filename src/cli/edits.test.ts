import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { applyAction } from '#actions'
import { runOn } from '../../test/command-line.ts'
import { products } from '../../test/products.ts'
import { analyst, openWorld, planning, validation, validator, type World } from '../../test/world.ts'

let world: World
let entry = 0
const action = products().flatMap(({ actions }) => actions['request-pathway-change'] ?? [])[0]!
const vera = ['--tenant', 'alder-vale', '--as', validator, '--purpose', validation]
const anil = ['--tenant', 'alder-vale', '--as', analyst, '--purpose', planning, '--because', 'a test']
const run = (...argv: string[]) => runOn(world, argv)

before(async () => {
  world = await openWorld({ patients: 6 })
  await using session = await world.session(validator, validation)
  const pathway = world.rows().PatientPathway[0]!.pathwayId!
  const asked = [{ pathway, propertyToModify: 'pathwayStatus', newValue: 'Canaryvalue' }]
  const { applied } = await applyAction(session, action, asked, { at: world.now() })
  entry = applied!.entry
})
after(() => world[Symbol.asyncDispose]())

test('edits of rows that one may not see are not listed, shown, kept, withdrawn or undone', async () => {
  assert.equal((await run('edits', 'list', ...anil)).out, '')
  for (const line of [
    ['show', `${entry}.0`],
    ['show', '9434765919'],
    ['keep', `${entry}.0`],
    ['withdraw', `${entry}.0`],
    ['undo', `${entry}`],
  ]) {
    const { status, out, err } = await run('edits', ...line, ...anil)
    assert.equal(status, 1, err)
    assert.match(err, /FDP_GATE_NOT_AVAILABLE|FDP_CLI_NO_EDIT/)
    assert.doesNotMatch(out + err, /Canary|9434765919|ChangeLogRequest/)
  }
})

test('a decision without a reason is none', async () => {
  for (const line of [
    ['keep', `${entry}.0`],
    ['undo', `${entry}`],
  ]) {
    const { status, err } = await run('edits', ...line, ...vera)
    assert.equal(status, 1)
    assert.match(err, /FDP_GATE_EDIT_REASON/)
  }
})

test('an edit is listed with its age, its owner and what returns make of it; shown with its values; undone with a reason', async () => {
  const listed = JSON.parse((await run('edits', 'list', ...vera)).out)
  assert.deepEqual(
    [listed.edit, listed.object, listed.state, listed.in, listed.returns],
    [`${entry}.0`, 'ChangeLogRequest', 'pending', 'waiting list validation log', 'wait for the source'],
  )
  assert.ok(listed.since < listed.due)
  assert.match((await run('edits', 'show', `${entry}.0`, ...vera)).out, /Canaryvalue/)
  const undone = await run('edits', 'undo', `${entry}`, '--because', 'asked for the wrong pathway', ...vera)
  assert.equal(undone.status, 0, undone.err)
  assert.equal((await run('edits', 'list', ...vera)).out, '')
})
