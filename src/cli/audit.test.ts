import assert from 'node:assert/strict'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runOn } from '../../test/command-line.ts'
import { guardian, openWorld, validation, validator, type World } from '../../test/world.ts'

let world: World

before(async () => {
  world = await openWorld({ patients: 6 })
})
after(() => world[Symbol.asyncDispose]())

const run = (...argv: readonly string[]) => runOn(world, argv)

const validating = ['--tenant', 'alder-vale', '--as', validator, '--purpose', validation]
const guarding = ['--tenant', 'alder-vale', '--as', guardian, '--purpose', validation]

test('a report is refused below high assurance; else written, and holds against the key from elsewhere only', async () => {
  const patient = world.rows().Patient[0]!.personId!
  const ask = (...more: string[]) => run('audit', 'person', patient, '--controller', 'RZ1', ...more, ...validating)
  const refused = await ask('--assurance', 'P5')
  assert.match(refused.err, /^FDP_AUDIT_ASSURANCE/)
  assert.equal(refused.err.includes(patient), false)
  assert.equal((await run('object', 'read', 'Patient', '--columns', 'surname', ...validating)).status, 0)
  assert.equal((await ask('--assurance', 'P9', '--out', 'report.json')).status, 0)
  const { vkey } = world.tenant().profile
  const held = await run('audit', 'verify-report', 'report.json', '--vkey', vkey)
  assert.deepEqual([held.status, JSON.parse(held.out).proved], [0, 2])
  const text = await readFile(join(world.home, 'report.json'), 'utf8')
  await writeFile(join(world.home, 'other.json'), text.replaceAll('surname', 'forename'))
  assert.equal((await run('audit', 'verify-report', 'other.json', '--vkey', `${vkey}x`)).status, 1)
  assert.match((await run('audit', 'verify-report', 'none.json', '--vkey', vkey)).err, /^FDP_CLI_NO_FILE/)
  await rm(join(world.home, 'report.json'))
})

test('sessions, work and replay of the whole home; a forged read makes replay fail', async () => {
  const sessions = await run('audit', 'sessions', '--all')
  assert.match(sessions.out, /"state":"closed"/)
  assert.equal((await run('audit', 'sessions')).out, '')
  const work = await run('audit', 'work', '--person', validator, '--from', '2020-01-01')
  assert.match(work.out, /"did":"read".*"columns":"surname"/)
  const honest = await run('audit', 'replay')
  assert.deepEqual([honest.status, JSON.parse(honest.out).findings, JSON.parse(honest.out).tree.ok], [0, [], true])
  const { ledger } = world.tenant()
  const read = (await world.entries()).find(({ type }) => type === 'read.opened')!
  await ledger.append({ type: 'read.opened', governance: { ...read.governance, subject: guardian } })
  const forged = await run('audit', 'replay')
  assert.equal(forged.status, 1)
  assert.match(forged.err, /^FDP_CLI_REPLAY/)
})

test('an incident and a request go through their steps; whoever has no duty is refused', async () => {
  const open = ['incident', 'open', 'wrong-list', '--since', '2020-01-01', '--persons', validator]
  assert.match((await run(...open, ...validating)).err, /^FDP_AUDIT_NOT_ENTITLED/)
  assert.equal((await run(...open, ...guarding)).status, 0)
  assert.match((await run('incident', 'contain', 'wrong-list', ...guarding)).err, /^7 grants ended/)
  assert.notEqual((await run('object', 'read', 'Patient', '--columns', 'surname', ...validating)).status, 0)
  assert.equal((await run('incident', 'describe', 'wrong-list', 'nature', '--words', 'x', ...guarding)).status, 0)
  const report = JSON.parse((await run('incident', 'report', 'wrong-list', ...guarding)).out)
  assert.deepEqual([report.nature, report.dataSubjects.approximate, report.accessEnded.length], ['x', 6, 7])
  assert.equal((await run('incident', 'reported', 'wrong-list', ...guarding)).status, 0)
  assert.equal((await run('incident', 'close', 'wrong-list', '--outcome', 'done', ...guarding)).status, 0)

  const request = ['rights', 'request', 'case-12', 'access', '--about', 'CANARY', '--received', '2020-01-31']
  assert.equal((await run(...request, ...guarding)).status, 0)
  const overdue = await run('rights', 'list', '--overdue')
  assert.match(overdue.out, /"dueOn":"2020-02-29".*"overdue":true/)
  assert.equal(overdue.out.includes('CANARY'), false)
  assert.equal((await run('audit', 'alerts')).status, 0)
  assert.equal((await run('audit', 'samples')).status, 0)
})
