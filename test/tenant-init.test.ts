import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { fileSource } from '#adapters/source-csv'
import { type Io, runCommand } from '#cli'
import { createTenant, type FdpNode, openNode } from '#node'
import { adapters } from '../src/adapters.ts'
import { selfSigned } from './self-signed.ts'

/* A tenant of real people begun from the command line, in this process: refusals first, each of which makes nothing. */

let folder: string
let home: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fdp-init-'))
  home = join(folder, 'home')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const flags = {
  ...{ ods: 'RZ9', name: 'Wold Valley', founder: 'Jo Marsh <jo@wold.example>' },
  'caldicott-guardian': 'Amara Obi <amara@wold.example>',
  'asset-owner': 'Lee Tran <lee@wold.example>',
  'risk-owner': 'Lee Tran <lee@wold.example>',
  'protection-officer': 'Di Kerr <di@wold.example>',
  'safety-officer': 'Sam Pugh <sam@wold.example>',
  registrar: 'Ros Fenn <ros@wold.example>',
} as const
type Flags = Readonly<Record<string, string | true | undefined>>
const alone: Flags = { 'without-provider': true }

interface Ran {
  readonly status: number
  readonly out: string
  readonly err: string
}

async function run(argv: readonly string[], more: { ask?: Io['ask']; serving?: FdpNode } = {}): Promise<Ran> {
  const said = { out: '', err: '' }
  let node: FdpNode | null = null
  const io: Io = {
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
    drained: async () => undefined,
    progress: () => undefined,
    ...{ isTerminal: false, cwd: folder },
    ...(more.ask ? { ask: more.ask } : {}),
  }
  const status = await runCommand(argv, io, {
    ...{ home, version: '0.0.0', adapters, serving: more.serving ?? null, openFile: fileSource },
    node: async () => (node ??= await openNode(home, adapters, [])),
    products: async () => [],
  })
  await (node as FdpNode | null)?.close()
  return { status, ...said }
}

const lineOf = (own: Flags) =>
  Object.entries<string | true | undefined>({ ...flags, ...own }).flatMap(([name, value]) =>
    value === undefined ? [] : value === true ? [`--${name}`] : [`--${name}`, value],
  )
const init = (own: Flags = alone, more: Parameters<typeof run>[1] = {}) =>
  run(['tenant', 'init', 'wold-valley', ...lineOf(own)], more)

async function refused(own: Flags, as: RegExp): Promise<void> {
  const { status, out, err } = await init(own)
  assert.notEqual(status, 0, out)
  assert.match(err, as)
  assert.match(err, /\n {2}next: /)
  assert.ok(!existsSync(home), 'something was made')
}

test('what is not said is named all at once; on a terminal it is asked for, and again where it is not right', async () => {
  const bare = await run(['tenant', 'init', 'wold-valley', '--without-provider'])
  assert.match(bare.err, /^FDP_CLI_USAGE: not said: --ods, --name, --founder, .*--registrar\n/)
  const asked: string[] = []
  const answers = ['Ros Fenn', 'Ros Fenn <Ros@wold.example>', 'Ros Fenn <ros@wold.example>']
  const ask = async (question: string) => {
    asked.push(question)
    return question.startsWith('Keeper of the register') ? answers.shift()! : ''
  }
  const { status, err } = await init({ ...alone, registrar: undefined, 'dry-run': true }, { ask })
  assert.equal(status, 0, err)
  assert.equal(asked.filter((question) => question.startsWith('Keeper of the register')).length, 3)
  assert.equal(asked.length, 7)
  assert.match(err, /small letters/)
  assert.ok(!existsSync(home))
})

test('an office that is not right is refused: its form, one person for both approvals, the founder as an officer', async () => {
  await refused({ ...alone, ods: 'rz9' }, /`--ods` is not right: .*capital letters/)
  await refused({ ...alone, registrar: 'ros@wold.example' }, /`--registrar` is not right: write it as/)
  await refused({ ...alone, 'asset-owner': flags['caldicott-guardian'] }, /two people must be able to approve/)
  await refused({ ...alone, founder: flags['protection-officer'] }, /founds a tenant is none of its first officers/)
  await refused({ ...alone, 'asset-owner': 'Lee T <lee@wold.example>' }, /one id is given with two names/)
  await refused({ ...alone, starter: 'magic' }, /not said: --data-manager, --validator/)
  const officers = { 'data-manager': flags.registrar, validator: flags.registrar }
  await refused({ ...alone, starter: 'elective', ...officers }, /`--data-manager` names an officer/)
  await refused({ ...alone, 'keys-to': 'home/keys' }, /^FDP_NODE_COPY_PLACE/)
  await refused({ ...alone, 'backup-to': 'backups' }, /say with `--keys-to` where they go/)
  await refused({ ...alone, listen: '0.0.0.0' }, /^FDP_NODE_CONFIG: .*`http\.host`.*only with `http\.tls`/)
  const { err } = await run(['tenant', 'init', 'Wold Valley', ...lineOf(alone)])
  assert.match(err, /^FDP_CLI_USAGE: the id of a tenant/)
})

test('a provider is tried: who does not answer, is another, or cannot do what is needed is told so', async () => {
  const secret = join(folder, 'secret')
  await writeFile(secret, 'x', { mode: 0o600 })
  let answer: { status: number; body: unknown } = { status: 404, body: {} }
  const server = createServer((_request, response) => {
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const own = { issuer, 'client-id': 'fdp', 'client-secret-file': secret }
  const whole = {
    ...{ issuer, authorization_endpoint: issuer, token_endpoint: issuer, jwks_uri: issuer },
    ...{ response_types_supported: ['code'], id_token_signing_alg_values_supported: ['RS256'] },
  }
  const says = async (body: unknown, as: RegExp, status = 200) => {
    answer = { status, body }
    await refused(own, as)
  }
  try {
    await says({}, /^FDP_IDENTITY_SETTINGS: .*answers with status 404: the address is not that of an issuer/, 404)
    await says('hello', /no provider’s description|no provider's description/)
    await says({ ...whole, issuer: 'https://other.example' }, /calls itself `https:\/\/other\.example`/)
    await says({ ...whole, jwks_uri: undefined }, /does not say its `jwks_uri`/)
    await says({ ...whole, response_types_supported: ['id_token'] }, /no authorisation code flow/)
    await says({ ...whole, id_token_signing_alg_values_supported: ['HS256'] }, /signs ID tokens by none of/)
    await says({ ...whole, code_challenge_methods_supported: ['plain'] }, /no PKCE with S256/)
    await chmod(secret, 0o644)
    await says(whole, /read by others: `chmod 600` it/)
    await chmod(secret, 0o600)
    await refused({ ...own, issuer: 'http://idp.wold.example' }, /takes an address with https/)
    await refused({ ...own, issuer: 'http://127.0.0.1:9' }, /does not answer \(/)
    answer = { status: 200, body: whole }
    const { status, out } = await init({ ...own, 'dry-run': true })
    assert.equal(status, 0)
    assert.match(out, /the provider answers as one/)
  } finally {
    server.close()
  }
})

test('certificate and key are held against each other, the name, and who can read them', async () => {
  const [one, other] = [selfSigned('one'), selfSigned('other')]
  const write = async (cert: string, key: string, mode = 0o600) => {
    await rm(join(folder, 'key.pem'), { force: true })
    await writeFile(join(folder, 'cert.pem'), cert)
    await writeFile(join(folder, 'key.pem'), key, { mode })
  }
  const own = { ...alone, 'tls-certificate': 'cert.pem', 'tls-key': 'key.pem', origin: 'https://127.0.0.1:8443' }
  await refused(own, /^FDP_NODE_TLS: .*the file of the certificate cannot be read/)
  await write(one.cert, other.key)
  await refused(own, /the key is not that of the certificate/)
  await write('nothing', one.key)
  await refused(own, /holds none in PEM/)
  await write(one.cert, one.key, 0o644)
  await refused(own, /can be read by others/)
  await write(one.cert, one.key)
  await refused({ ...own, origin: 'https://fdp.wold.example' }, /for other names than `fdp\.wold\.example`/)
  await refused({ ...own, 'tls-by-proxy': true }, /either a proxy ends TLS/)
  const { out } = await init({ ...own, 'dry-run': true })
  assert.match(out, /the certificate holds until 2049-01-01/)
})

test('it is founded once: the same again changes nothing, other officers are refused, and the founder keeps no right', async () => {
  const own = { ...alone, 'keys-to': 'kept', 'backup-to': 'backups', starter: 'elective' }
  const people = { 'data-manager': flags.founder, validator: 'Vi Hart <vi@wold.example>' }
  const first = await init({ ...own, ...people })
  assert.equal(first.status, 0, first.err)
  assert.match(first.out, /"founding","says":"entry \d+ of the ledger","where":"by the word of Jo Marsh, whom nothing/)
  assert.match(first.out, /made and proved/)
  assert.deepEqual((await readdir(join(folder, 'kept/wold-valley'))).sort(), [
    'backup.keys',
    'details.keys',
    'root.key',
    'signing.key',
    'wrapping-1.key',
  ])
  const again = await init({ ...own, ...people })
  assert.equal(again.status, 0, again.err)
  for (const what of ['folder and keys', 'settings', 'copy of the keys', 'first backup'])
    assert.ok(again.out.includes(`"what":"${what}","says":"there already"`), what)
  assert.match(again.out, /on record already/)
  const others = await init({ ...own, ...people, registrar: 'Ann Other <ann@wold.example>' })
  assert.match(others.err, /^FDP_NODE_TENANT_EXISTS/)
  assert.match((await init({ ...alone, ods: 'RZ8' })).err, /^FDP_NODE_TENANT_EXISTS/)
  assert.match((await init({ ...alone, port: '9999' })).err, /^FDP_NODE_SETTINGS_DIFFER: .*`http\.port`/)

  await rename(join(home, 'fdp.yaml'), join(home, 'kept.yaml'))
  assert.match((await init({ ...own, ...people })).err, /^FDP_NODE_TENANT_EXISTS/)
  assert.ok(!existsSync(join(home, 'fdp.yaml')))
  await rename(join(home, 'kept.yaml'), join(home, 'fdp.yaml'))

  const acting = (who: string) => ['--tenant', 'wold-valley', '--as', who, '--purpose', 'data-intake']
  const register = join(folder, 'starter-wold-valley/1-register.json')
  const byFounder = await run(['govern', 'sign-list', register, ...acting('jo@wold.example')])
  assert.match(byFounder.err, /^FDP_GOVERNANCE_NOT_ENTITLED: .*not in post/)
  const assessment = join(folder, 'starter-wold-valley/2-assessment.json')
  const unfinished = await run(['dpia', 'approve', '--file', assessment, ...acting('amara@wold.example')])
  assert.match(unfinished.err, /^FDP_CLI_TO_COMPLETE: .*see lines \d+, \d+/)
  const events = JSON.parse(await readFile(register, 'utf8')) as object[]
  const broken = join(folder, 'broken.json')
  await writeFile(broken, JSON.stringify([...events, { type: 'team-registered', id: 'x' }]))
  assert.match((await run(['govern', 'sign-list', broken, ...acting('ros@wold.example')])).err, /EVENT_INVALID/)
  const { out } = await run(['govern', 'show', 'purposes', ...acting('ros@wold.example')])
  assert.equal(out, '', 'a list that was refused left something')
  await writeFile(broken, '[{"id":"g","to":"vi@wold.example","secret":"x"}]')
  const grants = await run(['access', 'grant-list', broken, ...acting('amara@wold.example')])
  assert.match(grants.err, /^FDP_CLI_USAGE: an item has a field that no grant takes/)
})

test('a starter opens nothing until it is completed and signed, by two; nobody approves for themselves', async () => {
  const people = { 'data-manager': flags.founder, validator: 'Vi Hart <vi@wold.example>' }
  const begun = await init({ ...alone, starter: 'elective', ...people })
  assert.equal(begun.status, 0, begun.err)
  const file = (name: string) => join(folder, 'starter-wold-valley', name)
  const acting = (who: string) => ['--tenant', 'wold-valley', '--as', `${who}@wold.example`, '--purpose', 'data-intake']
  const signs = async (who: string, ...argv: string[]) => (await run([...argv, ...acting(who)])).err
  for (const name of ['2-assessment.json', '3-switch-on.json']) {
    const text = await readFile(file(name), 'utf8')
    await writeFile(file(name), text.replaceAll(/TO COMPLETE[^"]*/g, 'said'))
  }
  assert.match(await signs('amara', 'access', 'grant-list', file('4-grants.json')), /^FDP_GOVERNANCE_NOT_FOUND/)
  assert.match(await signs('sam', 'govern', 'sign-list', file('1-register.json')), /^FDP_GOVERNANCE_NOT_ENTITLED/)
  assert.match(await signs('ros', 'govern', 'sign-list', file('1-register.json')), /^signed 5 events/)
  assert.match(await signs('ros', 'dpia', 'approve', '--file', file('2-assessment.json')), /NOT_ENTITLED/)
  assert.match(await signs('amara', 'dpia', 'approve', '--file', file('2-assessment.json')), /^approved/)
  assert.match(await signs('amara', 'govern', 'sign-list', file('3-switch-on.json')), /^signed 2 events/)
  const own = join(folder, 'own.json')
  await writeFile(own, (await readFile(file('4-grants.json'), 'utf8')).replaceAll('vi@wold', 'lee@wold'))
  assert.match(await signs('lee', 'access', 'grant-list', own), /approves a grant for themselves/)
  assert.equal((await run(['access', 'list'])).out, '')
  assert.match(await signs('amara', 'access', 'grant-list', file('4-grants.json')), /^granted 11; entries \d+ to \d+/)
  assert.equal((await run(['access', 'list'])).out.trim().split('\n').length, 11)
})

test('cut off after its keys were made it goes on; beside made-up people, or under a node that runs, it is not made', async () => {
  const about = { id: 'demo', name: 'Demo', kind: 'trust', controller: 'RZ1', synthetic: true } as never
  await createTenant(join(home, 'tenants/demo'), about, adapters)
  assert.match((await init()).err, /^FDP_NODE_OTHER_HOME/)
  assert.match((await init(alone, { serving: {} as FdpNode })).err, /^FDP_CLI_NODE_RUNS/)
  await rm(home, { recursive: true })
  await mkdir(join(home, 'tenants/wold-valley'), { recursive: true, mode: 0o700 })
  const keys = join(home, 'tenants/wold-valley/keys')
  await adapters.createKeys(`${keys}-elsewhere`, 'wold-valley')
  await rename(`${keys}-elsewhere`, keys)
  const before = await readFile(join(keys, 'root.key'), 'utf8')
  const { status, err } = await init()
  assert.equal(status, 0, err)
  assert.equal(await readFile(join(keys, 'root.key'), 'utf8'), before)
})
