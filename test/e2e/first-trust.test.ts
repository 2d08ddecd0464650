import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { type DemoProvider, openDemoProvider } from '#adapters/provider-oidc'
import { systemRandom } from '#kernel'
import { selfSigned } from '../self-signed.ts'
import { Browser } from '../sign-in.ts'

/*
 * docs/how-to/first-trust.md as a reader follows it: what stands in its shell blocks, typed into a shell in an empty folder
 * with an empty home, beside a real identity provider and with a certificate of its own. What a reader puts in place of
 * the page's words is in `inPlaceOf`; what they write into files is what `editor` does. In the daily run the first block alone.
 */

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = await readFile(join(root, 'docs/how-to/first-trust.md'), 'utf8')
const isFull = process.env.FDP_TEST_FULL === '1'
const officer = 'amara.obi@wold.example'
const [registrar, stranger] = ['ros.fenn@wold.example', 'nobody.here@wold.example']

/** Commands of each block, lines that are continued joined. */
const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) =>
  (match[1] ?? '')
    .replace(/ \\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line !== ''),
)

let folder: string
let checkout: string
let port: number
let provider: DemoProvider
let node: ChildProcess | null = null
let nodeSays = ''
const inPlaceOf = new Map<string, string>()
const took: { line: string; ms: number }[] = []

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fdp-first-'))
  checkout = join(folder, 'openfdp')
  await mkdir(checkout)
  await mkdir(join(folder, 'empty'))
  // As a checkout would be, without a copy of the packages.
  const kept = (await readdir(root)).filter((name) => !name.startsWith('.'))
  for (const name of kept) await symlink(join(root, name), join(checkout, name))
  port = await freePort()
  const origin = `https://127.0.0.1:${port}`
  const accounts = [officer, registrar, stranger].map((subject) => ({
    ...{ subject, name: subject, role: 'officer', organisation: 'Wold Valley' },
  }))
  provider = await openDemoProvider({
    ...{ accounts, random: systemRandom, audience: 'urn:openfdp:node' },
    ...{ redirectUris: [`${origin}/sign-in/callback`], signedOutUris: [`${origin}/`] },
    services: [{ id: 'none', subject: 'none', purposes: [] }],
  })
  const { cert, key } = selfSigned('127.0.0.1')
  setDefaultCACertificates([...getCACertificates('default'), cert])
  await writeFile(join(checkout, 'fdp.crt'), cert)
  await writeFile(join(checkout, 'fdp.key'), key, { mode: 0o600 })
  await writeFile(join(checkout, 'identity.secret'), `${provider.client.secret}\n`, { mode: 0o600 })
  const editor = `#!/bin/sh\nsed 's/TO COMPLETE[^"]*/Said by those whose words these are/g' "$1" > "$1.new" && mv "$1.new" "$1"\n`
  await writeFile(join(folder, 'editor'), editor, { mode: 0o700 })
  inPlaceOf.set('https://idp.wold.example', provider.issuer)
  inPlaceOf.set('https://fdp.wold.example:8443', origin)
  inPlaceOf.set('0.0.0.0', '127.0.0.1')
  inPlaceOf.set('--port 8443', `--port ${port}`)
})

after(async () => {
  if (node) await stopped(node)
  await provider.close()
  await rm(folder, { recursive: true, force: true })
})

test('what the page tells a reader to type works, from an empty folder to a validated list', async (t) => {
  const said: string[] = []
  for (const block of isFull ? blocks : blocks.slice(0, 1)) {
    for (const line of block) said.push(await type(line))
  }
  t.diagnostic(`${took.length} commands, ${seconds(took.reduce((sum, { ms }) => sum + ms, 0))} in all`)
  for (const { line, ms } of took) t.diagnostic(`${seconds(ms)}  ${line.slice(0, 90)}`)
  assert.match(said[0]!, /the provider answers as one/)
  assert.match(said[0]!, /the certificate holds until/)
  if (!isFull) return
  const all = said.join('')
  assert.match(all, /signed 5 events/)
  assert.match(all, /granted 11/)
  assert.match(all, /"rule":"mapping.untranslated","column":"treatmentFunctionCode"/)
  assert.match(all, /"weekBand":\d+,"incomplete":\d+/)
  assert.match(all, /"validated":"Validated","closedBy":"vi.hart@wold.example"/)
  assert.match(all, /verified|"ok":true/)
  assert.ok((await readdir(join(folder, 'kept-keys/wold-valley'))).includes('backup.keys'))
  assert.deepEqual(await readdir(join(checkout, '.fdp/tenants')), ['wold-valley'], 'a demo was made beside it')
})

/** One command at a shell, as a person has one; gives all that it printed. `npm start` goes on in another. */
async function type(typed: string): Promise<string> {
  let line = typed
  for (const [words, own] of inPlaceOf) line = line.replaceAll(words, own)
  const begun = performance.now()
  if (line === 'npm start') {
    await startNode(line)
    took.push({ line: typed, ms: performance.now() - begun })
    await officersSignIn()
    return nodeSays
  }
  const { status, said } = await run(line)
  took.push({ line: typed, ms: performance.now() - begun })
  assert.equal(status, 0, `${typed}\n${said}`)
  remember(said)
  return said
}

/** What a reader copies from the screen: the pathway that waits longest, and the key of the request. */
function remember(said: string): void {
  const pathway = /"pathwayId":"(WV-\d+)","patientId":"[^"]*","treatmentFunctionCode"/.exec(said)?.[1]
  if (pathway !== undefined) inPlaceOf.set('WV-700588', pathway)
  const key = /"object":"ChangeLogRequest","primaryKey":"([^"]+)","kind":"create"/.exec(said)?.[1]
  if (key !== undefined) inPlaceOf.set('KEY', key)
}

const env = () => {
  const { FDP_HOME: _home, ...rest } = process.env
  return { ...rest, HOME: join(folder, 'empty'), EDITOR: join(folder, 'editor') }
}

function shell(line: string) {
  return spawn('bash', ['-c', line], { cwd: checkout, env: env(), stdio: ['ignore', 'pipe', 'pipe'], detached: true })
}

async function run(line: string): Promise<{ status: number | null; said: string }> {
  const child = shell(line)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text))
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { status, said }
}

async function startNode(line: string): Promise<void> {
  const child = shell(line)
  node = child
  const begins = new Promise<void>((resolve, reject) => {
    child.once('close', () => reject(new Error(`the node ended: ${nodeSays}`)))
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        nodeSays += text
        if (nodeSays.includes('ctrl-c stops')) resolve()
      })
    }
  })
  await begins
}

/** An officer is let in with the provider's word, over TLS; somebody whom no register names is not. */
async function officersSignIn(): Promise<void> {
  const base = `https://127.0.0.1:${port}`
  assert.match(nodeSays, new RegExp(`serving on ${base}`))
  const refused = await new Browser(base).signIn(stranger)
  assert.equal(refused.status, 403)
  const browser = new Browser(base)
  await browser.signIn(officer)
  const me = (await (await browser.get('/api/v1/me')).json()) as Record<string, unknown>
  assert.match(JSON.stringify(me), new RegExp(officer))
  const told = await (await browser.get('/public/wold-valley')).text()
  assert.match(told, /first officers were named by one person at the machine, whom nothing proved/)
}

async function stopped(child: ChildProcess): Promise<void> {
  const closed = new Promise((resolve) => child.once('close', resolve))
  process.kill(-child.pid!, 'SIGINT')
  await closed
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port: free } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return free
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
