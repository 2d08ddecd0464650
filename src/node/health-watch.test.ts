import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { SMTPServer } from 'smtp-server'
import { healthLog } from '#docks'
import { manualClock } from '#kernel'
import { openWorld, type World } from '../../test/world.ts'
import { Connections } from './connections.ts'
import { lookAtHealth, readAlerts } from './health-watch.ts'
import { publicBook } from './transparency.ts'

const secret = Buffer.from('a secret of thirty-two bytes, ok').toString('base64')

/** A program that takes notices; it can be told to refuse them, and knows whether they are signed. */
async function receiver() {
  const taken: { id: string; signed: boolean; body: Record<string, unknown> }[] = []
  const is = { status: 204 }
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = request.headers
    const own = createHmac('sha256', Buffer.from(secret, 'base64')).update(`${id}.${time}.${body}`).digest('base64')
    if (is.status === 204) taken.push({ id: String(id), signed: signature === `v1,${own}`, body: JSON.parse(body) })
    response.writeHead(is.status, is.status === 302 ? { location: '/elsewhere' } : {}).end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return { taken, is, port, [Symbol.asyncDispose]: () => new Promise<void>((done) => void server.close(() => done())) }
}

async function mailServer() {
  const taken: string[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData: (stream, _, done) => void text(stream).then((message) => done(void taken.push(message) as never)),
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.server.address() as AddressInfo
  return { taken, port, [Symbol.asyncDispose]: () => new Promise<void>((done) => server.close(done)) }
}

const clock = manualClock('2026-06-10T12:00:00Z')

async function tenantWithADock() {
  const world = await openWorld({ patients: 8, empty: true, adapters: { clock } })
  const { folder, profile } = world.tenant()
  await mkdir(join(folder, 'docks'))
  await mkdir(join(folder, 'connections'))
  const dock = [
    ...['object: Patient', `controller: ${profile.controller}`, 'by: dot.finch@alder-vale.example'],
    ...['purpose: data-intake', `drop: ${world.home}`, 'files: "{date}.csv"', 'dueBy: "11:00"', 'since: "2026-06-09"'],
  ]
  await writeFile(join(folder, 'docks', 'patients.yaml'), dock.join('\n'))
  return world
}

async function declared(world: World, webhook: number, mail: number) {
  const place = join(world.tenant().folder, 'connections')
  await writeFile(join(place, 'hook.secret'), `whsec_${secret}\n`, { mode: 0o600 })
  await writeFile(
    join(place, 'hook.yaml'),
    `kind: webhook\nurl: http://127.0.0.1:${webhook}/in\nsecretFile: hook.secret\n`,
  )
  const to = 'from: fdp@alder-vale.example\nto: [on-call@alder-vale.example]'
  await writeFile(join(place, 'mail.yaml'), `kind: email\nhost: 127.0.0.1\nport: ${mail}\nsecurity: none\n${to}\n`)
  await writeFile(join(world.tenant().folder, 'alerts.yaml'), 'tell: [hook, mail]\n')
  return new Connections(world.tenant().folder, world.node.adapters.connections)
}

test('what is late is told once by webhook and by email, and that it came; one that does not listen is told later', async () => {
  await using world = await tenantWithADock()
  await using hook = await receiver()
  await using mail = await mailServer()
  const connections = await declared(world, hook.port, mail.port)
  const look = () => lookAtHealth(world.tenant(), connections)
  // 9 June was due by 11:00 of the 10th, London time.
  hook.is.status = 302
  assert.deepEqual(await look(), [
    { connection: 'hook', code: 'FDP_WEBHOOK_NOT_TAKEN' },
    { connection: 'mail', code: null },
  ])
  hook.is.status = 204
  assert.deepEqual(await look(), [{ connection: 'hook', code: null }])
  assert.deepEqual(await look(), [])
  const signs = (hook.taken[0]!.body.changes as { sign: string; grade: string }[]).map(({ sign, grade }) => [
    sign,
    grade,
  ])
  assert.deepEqual(signs, [['freshness', 'act']])
  assert.deepEqual([hook.taken.length, hook.taken[0]!.signed, mail.taken.length], [1, true, 1])
  assert.match(
    mail.taken[0]!,
    /Subject: .*: deliveries to be acted on[\s\S]*Patient of R.*: freshness is to be acted on/,
  )
  const shown = (await publicly(world)).map(({ sign, grade }) => [sign, grade])
  assert.deepEqual(shown, [
    ['completeness', 'watch'],
    ['freshness', 'act'],
  ])
  // It comes: good again is told as well.
  const { ledger } = world.tenant()
  await world.submit('Patient', world.rows().Patient, 'alder-vale')
  const submission = [...(await world.entries(0))].findLast(({ type }) => type === 'flow.published')!
  const delivered = { version: 1, by: 'x', dock: 'patients', day: '2026-06-09', outcome: 'published' }
  await ledger.append({
    type: 'dock.delivered',
    governance: { ...delivered, submission: 's', entry: submission.index },
  })
  await look()
  const graded = (await healthLog(ledger)).changes.filter(({ sign }) => sign === 'freshness').map(({ grade }) => grade)
  assert.deepEqual(graded, ['act', 'watch'])
  assert.equal(hook.taken.length, 2)
})

/** What the public page is drawn of. */
async function publicly(world: World) {
  const { document } = await publicBook(world.tenant(), clock)
  return document.deliveries
}

test('one that is newly named is told what stands, not the past; nobody is told where nobody is named', async () => {
  await using world = await tenantWithADock()
  await using hook = await receiver()
  const nobody = new Connections(world.tenant().folder, world.node.adapters.connections)
  assert.deepEqual(await lookAtHealth(world.tenant(), nobody), [])
  const { size } = world.tenant().ledger
  assert.deepEqual(await lookAtHealth(world.tenant(), nobody), [])
  assert.equal(world.tenant().ledger.size, size)
  const connections = await declared(world, hook.port, 1)
  await writeFile(join(world.tenant().folder, 'alerts.yaml'), 'tell: [hook, nowhere]\nfrom: watch\n')
  assert.deepEqual(await lookAtHealth(world.tenant(), connections), [
    { connection: 'hook', code: null },
    { connection: 'nowhere', code: 'FDP_NODE_NO_CONNECTION' },
  ])
  assert.equal(
    (hook.taken[0]!.body.changes as unknown[]).length,
    (await healthLog(world.tenant().ledger)).standing().length,
  )
})

test('refused: alerts and connections that are not declared right, by their place', async () => {
  await using world = await tenantWithADock()
  const { folder } = world.tenant()
  const wrong = {
    'tell: [': 'line 1',
    'tell: x': 'tell',
    'tell: [../x]': 'tell.0',
    'tell: []\nfrom: good': 'from',
    'more: 1': 'tell',
  }
  for (const [yaml, where] of Object.entries(wrong)) {
    await writeFile(join(folder, 'alerts.yaml'), yaml)
    assert.throws(() => readAlerts(world.tenant()), { code: 'FDP_NODE_ALERTS', params: { where } })
  }
  const connections = await declared(world, 1, 1)
  const refused = async (name: string, yaml: string, code: string) => {
    await writeFile(join(folder, 'connections', `${name}.yaml`), yaml)
    assert.throws(() => connections.of(name), { code })
  }
  const hook = (url: string) => `kind: webhook\nurl: ${url}\nsecretFile: hook.secret`
  for (const url of ['http://elsewhere.example/', 'nonsense', 'https://u:p@elsewhere.example', 'ftp://127.0.0.1/']) {
    await refused('hook', hook(url), 'FDP_WEBHOOK_SETTINGS')
  }
  await writeFile(join(folder, 'connections', 'hook.secret'), 'short', { mode: 0o600 })
  await refused('hook', hook('https://elsewhere.example/'), 'FDP_WEBHOOK_SETTINGS')
  const mail = 'kind: email\nfrom: a@b.example\nto: [c@d.example]\n'
  await refused('mail', `${mail}host: mail.example\nsecurity: none`, 'FDP_EMAIL_SETTINGS')
  await refused('mail', `${mail}host: mail.example\nuser: x`, 'FDP_EMAIL_SETTINGS')
  await refused(
    'mail',
    `${mail}host: localhost\nsecurity: none\nuser: x\npasswordFile: hook.secret`,
    'FDP_EMAIL_SETTINGS',
  )
  await refused('mail', 'kind: email\nhost: mail.example\nfrom: "a\\nb@c.example"\nto: []', 'FDP_NODE_CONNECTION')
})
