import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fdp, jsonLines, startFdp } from '../fdp-process.ts'
import { Browser } from '../sign-in.ts'

/* The node as a process: started, served, stopped in good order, killed, and started again. */

/** Each is a start or two of a whole node. */
const long = {
  skip: process.env.FDP_TEST_FULL ? false : 'long: FDP_TEST_FULL=1; a start and an orderly stop are tried daily',
}
let home = ''
const statistician = ['--tenant', 'national', '--as', 'nadia.holt@national.example', '--purpose', 'official-statistics']

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'openfdp-e2e-'))
  await writeFile(join(home, 'fdp.yaml'), 'http: { port: 0 }\nengine: { memoryLimitMb: 512 }\nlog: { level: info }\n')
})
after(() => rm(home, { recursive: true, force: true }))

interface Serving {
  readonly child: ReturnType<typeof startFdp>
  readonly url: string
  readonly err: () => string
}

async function serve(): Promise<Serving> {
  const child = startFdp(home, ['start'])
  let err = ''
  child.stdout.resume()
  child.stderr.setEncoding('utf8')
  const found = await new Promise<RegExpExecArray>((resolve, reject) => {
    child.stderr.on('data', (text: string) => {
      err += text
      const match = /open (http:\/\/[^/]+)\/\n/.exec(err)
      if (match) resolve(match)
    })
    child.once('exit', () => reject(new Error(`the node ended before it served: ${err}`)))
  })
  return { child, url: found[1]!, err: () => err }
}

async function ended(
  child: Serving['child'],
  signal: NodeJS.Signals,
): Promise<readonly [number | null, string | null]> {
  const exit = once(child, 'exit') as Promise<[number | null, string | null]>
  child.kill(signal)
  return await exit
}

test('a running node takes commands, verifies its own ledgers, and stops in good order', {
  timeout: 120_000,
}, async () => {
  const { child, url, err } = await serve()
  const listed = jsonLines((await fdp(home, ['tenant', 'list'])).out)
  assert.deepEqual(
    listed.map(({ tenant, reads }) => [tenant, reads]),
    ['alder-vale', 'alderbrook', 'brook-haven', 'national'].map((id) => [id, 'open']),
  )
  const verified = jsonLines((await fdp(home, ['ledger', 'verify'])).out)
  assert.ok(verified.length === 4 && verified.every((report) => report.verified === true))
  const anil = new Browser(url)
  await anil.signIn('anil.rao@alder-vale.example')
  const page = await anil.get('/')
  assert.equal(page.status, 200)
  const service = JSON.parse(await readFile(join(home, 'demo-service.json'), 'utf8')) as { secret: string }
  assert.equal((await stat(join(home, 'demo-service.json'))).mode & 0o777, 0o600)
  assert.match(await page.text(), /As Alder Vale NHS Trust/)
  const asked = fdp(home, ['metric', 'run', 'rtt-incomplete', '--period', '2026-01', ...statistician])
  const [status, signal] = await ended(child, 'SIGTERM')
  assert.deepEqual([status, signal], [0, null], err())
  // Answered by the node before it went, or by its own process after that; never cut off without a word.
  const { status: answered, err: said } = await asked
  assert.ok(answered === 0 || /^FDP_[A-Z_]+: .*\n {2}next: /m.test(said), said)
  assert.ok(!existsSync(join(home, 'node.sock')))
  assert.match(err(), /"http\.route":"\/"/)
  assert.ok(!err().includes(service.secret))
  assert.ok(!existsSync(join(home, 'demo-service.json')))
})

test('a home that another process holds without taking commands says who, and what to do; killed it leaves a socket and a lock that hinder nobody', {
  timeout: 120_000,
  ...long,
}, async () => {
  const { child } = await serve()
  const socket = join(home, 'node.sock')
  await rename(socket, `${socket}.away`)
  const busy = await fdp(home, ['tenant', 'list'])
  await rename(`${socket}.away`, socket)
  await ended(child, 'SIGKILL')
  assert.deepEqual([busy.status, busy.out], [1, ''])
  assert.match(
    busy.err,
    new RegExp(`^FDP_CLI_BUSY: another process \\(pid ${child.pid}\\) holds .*\\n {2}next: .*kill ${child.pid}`),
  )
  assert.ok(existsSync(socket))
  const { status, out, err } = await fdp(home, ['ledger', 'verify'])
  assert.equal(status, 0, err)
  assert.ok(jsonLines(out).every((report) => report.verified === true))
  assert.equal((await fdp(home, ['tenant', 'list'])).status, 0)
})

test('a changed byte is named by verifying, and keeps the doctor from calling it well', {
  timeout: 120_000,
  ...long,
}, async () => {
  const folder = join(home, 'tenants', 'national', 'ledger', 'tile', '0')
  const path = join(
    folder,
    (await readdir(folder, { recursive: true }))
      .filter((name) => /\d$/.test(name))
      .sort()
      .at(-1)!,
  )
  const bytes = await readFile(path)
  bytes[0]! ^= 1
  await writeFile(path, bytes)
  const { status, out, err } = await fdp(home, ['ledger', 'verify'])
  assert.equal(status, 1)
  assert.match(err, /^FDP_CLI_LEDGER_BAD: .*\n {2}next: /)
  const national = jsonLines(out).find(({ ledger }) => ledger === 'national') as { findings: { file: string }[] }
  assert.ok(national.findings.some(({ file }) => file.startsWith('tile/0/')))
  const doctor = await fdp(home, ['doctor'])
  assert.equal(doctor.status, 1)
  assert.match(doctor.err, /^FDP_CLI_DOCTOR: /m)
  bytes[0]! ^= 1
  await writeFile(path, bytes)
  assert.equal((await fdp(home, ['ledger', 'verify'])).status, 0)
})

test('a configuration that is not right, and a home with nobody in it, are refused with the next step', async () => {
  const broken = join(home, 'broken')
  await mkdir(join(broken, 'tenants'), { recursive: true })
  await writeFile(join(broken, 'fdp.yaml'), 'http: { host: 0.0.0.0 }\n')
  for (const argv of [
    ['tenant', 'list'],
    ['start', '--once'],
  ]) {
    const { status, err } = await fdp(broken, argv)
    assert.equal(status, 1)
    assert.match(err, /^FDP_NODE_CONFIG: .*`http\.host`.*\n {2}next: /m)
  }
  const empty = await fdp(join(home, 'nobody'), ['object', 'list', ...statistician])
  assert.equal(empty.status, 1)
  assert.match(empty.err, /^FDP_NODE_NO_HOME: .*\n {2}next: .*`npm start/)
})
