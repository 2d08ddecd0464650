/*
 * The software sends nothing home: a day of the economy, commands and the served page, watched from inside and from
 * outside the process. And the proof that both watchers see a program that does.
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { addressOf, canPoll, canTrace, isLocal, mainScript, type Seen, watched } from '../outbound-watch.ts'

const fixture = fileURLToPath(new URL('../outbound-fixture.ts', import.meta.url))
const away = '198.51.100.1'
/** All that the program may start: a pipe, what the doctor asks of the system, and itself. */
const children = ['mkfifo', 'findmnt', 'lsblk', 'fdesetup', 'manage-bde', process.execPath]
const heldMs = 300

let folder = ''
let home = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openfdp-outbound-'))
  home = join(folder, 'home')
  if (!canTrace) console.log('NOT WATCHED by system calls: strace is absent or may not trace here')
  if (!canPoll) console.log('NOT WATCHED by tables of sockets: this system has no /proc/net')
})
after(() => rm(folder, { recursive: true, force: true }))

const running = (way: string, unhooked = false): Promise<Seen> => watched([fixture, way], { folder, unhooked }).seen
const awayIn = ({ inside }: Seen) => inside.filter(({ kind, to }) => kind !== 'child' && !isLocal(to))

test('the watcher inside sees every way out', { timeout: 60_000 }, async () => {
  const ways = ['net', 'http', 'https', 'fetch', 'udp', 'udp-held', 'worker', 'child']
  const seen = await Promise.all(ways.map((way) => running(way)))
  for (const [i, way] of ways.entries()) {
    const found = awayIn(seen[i]!)
    assert.ok(
      found.some(({ to }) => to === away),
      `${way}: ${JSON.stringify(found)}`,
    )
  }
  const [dns, nothing] = await Promise.all([running('dns'), running('nothing')])
  assert.deepEqual(
    awayIn(dns).map(({ to }) => to),
    ['home.test'],
  )
  assert.deepEqual(awayIn(nothing), [])
})

test('the watchers outside see it without the one inside', { timeout: 60_000 }, async (t) => {
  if (!canTrace && !canPoll) return t.skip('NOT RUN: this system lets nobody look from outside')
  const ways = ['net', 'fetch', 'udp', 'udp-held', 'worker', 'child']
  const seen = await Promise.all(ways.map((way) => running(way, true)))
  for (const [i, way] of ways.entries()) {
    const { inside, calls, peers } = seen[i]!
    assert.deepEqual(inside, [], 'the inside was watched after all')
    if (calls) assert.ok(calls.includes(away), `${way}, by system calls: ${calls}`)
    // A connection may be refused before anybody looks; a far end without a packet stays.
    if (peers && way === 'udp-held') assert.ok(peers.includes(away), `${way}, by table: ${peers}`)
  }
  const quiet = await running('nothing', true)
  const far = [...(quiet.calls ?? []), ...(quiet.peers ?? [])].filter((to) => !isLocal(to))
  assert.deepEqual(far, [])
})

test('addresses of the table of sockets are read as they are written there', () => {
  assert.equal(addressOf('0100007F:1F90'), '127.0.0.1')
  assert.equal(addressOf('016433C6:0009'), away)
  assert.equal(addressOf('00000000:0000'), null)
  assert.equal(addressOf('00000000000000000000000001000000:0050'), '::1')
  assert.equal(addressOf('0000000000000000FFFF0000016433C6:0009'), away)
  for (const far of [away, '10.0.0.1', '::ffff:10.0.0.1', '2001:db8::1', 'home.test', '127.evil.test']) {
    assert.equal(isLocal(far), false, far)
  }
})

/** The address that a starting node prints, once it is served. */
function served(child: ReturnType<typeof watched>['child']): Promise<URL> {
  let said = ''
  return new Promise((resolve, reject) => {
    child.stdout?.resume()
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const match = /open (http:\/\/[^/]+)\/\n/.exec(said)
      if (match?.[1]) resolve(new URL(match[1]))
    })
    child.once('exit', () => reject(new Error(`the node ended before it served: ${said}`)))
  })
}

/** Those that only look at the home folder in the full run: each is a process of its own. */
const commands = [
  ...(process.env.FDP_TEST_FULL
    ? [
        ['tenant', 'list'],
        ['access', 'list'],
        ['ledger', 'verify'],
      ]
    : []),
  ['doctor'],
  ['engineer', 'profile', 'RttPeriod', '--tenant', 'alder-vale', '--as', 'eli.stone@alder-vale.example', '--renew'],
  [
    ...'metric run rtt-incomplete --period 2026-01 --tenant national --purpose official-statistics'.split(' '),
    '--as',
    'nadia.holt@national.example',
  ],
  [
    ...'object read RttPeriod --columns rttPeriodId --purpose waiting-list-validation --tenant alder-vale'.split(' '),
    '--as',
    'vera.blake@alder-vale.example',
  ],
]

test('a day, its commands and its page reach nothing but this machine', { timeout: 240_000 }, async () => {
  const env = { FDP_HOME: home }
  const node = watched([mainScript, 'start'], { folder, env })
  const url = await served(node.child)
  const alone: Seen[] = []
  for (const argv of commands) {
    const { child, seen } = watched([mainScript, ...argv], { folder, env })
    child.stdout?.resume()
    child.stderr?.resume()
    alone.push(await seen)
    assert.equal(child.exitCode, 0, argv.join(' '))
  }
  for (const path of ['/', '/metrics', '/no-such-page']) await (await fetch(new URL(path, url))).text()
  // Held open for a while, so that the look from outside has a peer to find.
  const held = connect(Number(url.port), url.hostname)
  await wait(heldMs)
  held.destroy()
  node.child.kill('SIGTERM')
  const whole = [await node.seen, ...alone]

  for (const seen of whole) {
    assert.deepEqual(awayIn(seen), [])
    assert.deepEqual(
      (seen.calls ?? []).filter((to) => !isLocal(to)),
      [],
    )
    assert.deepEqual(
      (seen.peers ?? []).filter((to) => !isLocal(to)),
      [],
    )
    const started = seen.inside.filter(({ kind }) => kind === 'child').map(({ to }) => to)
    assert.deepEqual(
      started.filter((file) => !children.includes(file)),
      [],
    )
  }
  // That something was watched at all: pipes were made, commands went over the socket, somebody looked at the page.
  assert.ok(whole[0]!.inside.some(({ to }) => to === 'mkfifo'))
  assert.ok(alone.every(({ inside }) => inside.some(({ to }) => to.startsWith('unix:'))))
  if (canTrace) assert.ok(alone.every(({ calls }) => calls?.includes('unix:')))
  if (canPoll) assert.ok(whole[0]!.peers?.includes('127.0.0.1'))
})
