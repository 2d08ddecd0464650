import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fileSource } from '#adapters/source-csv'
import { contractErrors } from '#contracts'
import { loadProduct, readProductFolder } from '#products'
import { manager, openWorld, owner, planning, validation, validator, type World } from '../../test/world.ts'
import { examples, leafCommands } from './examples.ts'
import type { Io } from './io.ts'
import { commandProgram, runCommand } from './program.ts'
import type { Host } from './scene.ts'
import { callNode, serveCommands, socketPath } from './socket.ts'

let world: World
let host: Host
let folder: string

before(async () => {
  world = await openWorld()
  folder = await mkdtemp(join(tmpdir(), 'openfdp-cli-'))
  const product = loadProduct(readProductFolder(new URL('../../products/elective-recovery', import.meta.url).pathname))
  const { node, home } = world
  host = {
    ...{ home, version: '0.0.0', adapters: node.adapters, serving: node, openFile: fileSource },
    node: async () => node,
    products: async () => [product],
  }
})

after(async () => {
  await world[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

interface Ran {
  readonly status: number
  readonly out: string
  readonly err: string
}

function catching(isTerminal: boolean): Io & { text: { out: string; err: string } } {
  const text = { out: '', err: '' }
  return {
    text,
    out: (part) => void (text.out += part),
    err: (part) => void (text.err += part),
    drained: async () => undefined,
    progress: () => undefined,
    isTerminal,
    cwd: folder,
  }
}

async function run(argv: readonly string[], isTerminal = false, on: Host = host): Promise<Ran> {
  const io = catching(isTerminal)
  const status = await runCommand(argv, io, on)
  return { status, ...io.text }
}

const as = (person: string, purpose: string) => ['--tenant', 'alder-vale', '--as', person, '--purpose', purpose]
const validating = as(validator, validation)
const managing = as(manager, 'data-intake')

test('an unknown command or option is wrong usage, with a guess and where to look', async () => {
  const { status, err } = await run(['object', 'raed'])
  assert.equal(status, 2)
  assert.match(
    err,
    /^FDP_CLI_USAGE: unknown command `raed`; did you mean read\?\n {2}next: run `\.\/fdp object --help`/,
  )
  const option = await run(['tenant', 'list', '--tenat', 'x'])
  assert.equal(option.status, 2)
  assert.match(option.err, /next: run `\.\/fdp tenant list --help`/)
  assert.equal((await run(['object', 'read', 'RttPeriod', '--limit', '0', ...validating])).status, 2)
})

test('a value that is not written right is refused by its option, without being repeated', async () => {
  const wrong: readonly (readonly string[])[] = [
    ['flow', 'submit', 'Patient', 'x.csv', '--controller', '943 476 5919', '--as-at', '2026-01-31', ...managing],
    ['flow', 'submit', 'Patient', 'x.csv', '--controller', 'RZ1', '--as-at', '943 476 5919', ...managing],
    ['access', 'list', '--as-of', '943 476 5919'],
    ['object', 'list', '--tenant', 'alder-vale', '--as', '943 476 5919', '--purpose', 'x'],
    ['object', 'read', 'RttPeriod', '--limit', '943 476 5919', ...validating],
    ['ledger', 'proof', '943 476 5919', ...validating],
    ['access', 'explain', 'Patient', '--level', '943 476 5919', ...validating],
  ]
  for (const argv of wrong) {
    const { status, out, err } = await run(argv)
    assert.equal(status, 2, argv.join(' '))
    assert.match(err, /^FDP_CLI_USAGE: .*\n {2}next: /)
    assert.ok(!`${out}${err}`.includes('943 476 5919'))
  }
})

test('without a context a read is refused, and the next step is named', async () => {
  for (const argv of [
    ['object', 'read', 'RttPeriod'],
    ['metric', 'run', 'rtt-incomplete', '--period', '2026-01'],
  ]) {
    const { status, out, err } = await run(argv)
    assert.deepEqual([status, out], [1, ''])
    assert.match(err, /^FDP_CLI_NO_CONTEXT: .*\n {2}next: run `\.\/fdp login/)
  }
})

test('a fault says its kind and nothing else, and has a status of its own', async () => {
  const broken: Host = {
    ...host,
    node: async () => {
      throw new TypeError('canary 943 476 5919 in a driver message')
    },
  }
  const { status, out, err } = await run(['tenant', 'list'], false, broken)
  assert.deepEqual([status, out], [70, ''])
  assert.match(err, /^FDP_CLI_FAULT: a fault in this program \(TypeError\)\n {2}next: /)
  assert.ok(!err.includes('943') && !err.includes('    at '))
  process.env.FDP_DEBUG = '1'
  try {
    const told = await run(['tenant', 'list'], false, broken)
    assert.match(told.err, /at .*cli\.test\.ts/)
    assert.ok(!told.err.includes('943'))
  } finally {
    delete process.env.FDP_DEBUG
  }
})

test('an error of any module comes with its next step', async () => {
  const { status, err } = await run(['contract', 'show', 'Nothing'])
  assert.equal(status, 1)
  const [code] = Object.keys(contractErrors.specs).filter((each) => err.startsWith(each))
  assert.ok(code)
  assert.match(err, /\n {2}next: \S/)
})

test('every command has an example, and every example is a line that the command takes', async () => {
  const named = leafCommands(commandProgram((command) => command))
  assert.deepEqual(named.map(({ name }) => name).sort(), Object.keys(examples).sort())
  for (const { name } of named) {
    const { status, out } = await run([...name.split(' '), '--help'])
    assert.equal(status, 0)
    assert.ok(out.includes('For example:\n  ./fdp '), name)
  }
  for (const line of Object.values(examples).flat()) {
    const parsed = commandProgram((command) => command.action(() => undefined))
    const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '')
    await assert.doesNotReject(parsed.parseAsync(words, { from: 'user' }), line)
  }
})

test('nothing typed, or only a noun, prints what there is', async () => {
  for (const argv of [[], ['--help'], ['object']]) {
    const { status, out, err } = await run(argv)
    assert.deepEqual([status, err], [0, ''])
    assert.match(out, /^Usage: fdp/)
  }
})

test('data go to standard output, as JSON lines or as a table, and the rest does not', async () => {
  const argv = ['object', 'read', 'RttPeriod', '--columns', 'clockStartDate,statusCode', '--limit', '3', ...validating]
  const lines = await run(argv)
  const rows = lines.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.equal(rows.length, 3)
  assert.deepEqual(Object.keys(rows[0]), ['clockStartDate', 'statusCode'])
  assert.match(lines.err, /^3 rows at the level identifiable; entry \d+ of the ledger\n$/)
  const table = await run(argv, true)
  assert.match(table.out, /│ clockStartDate │ statusCode │/)
})

test('a table does not let data move the cursor', async () => {
  const { printRows } = await import('./io.ts')
  const io = catching(true)
  printRows(io, ['a'], [['\u001b[2Jgone\r\n']])
  assert.ok(!io.text.out.includes('\u001b['))
})

test('who could see what at an earlier day is told from the entries up to then', async () => {
  const now = await run(['access', 'list'])
  assert.ok(now.out.includes(validator))
  const before = await run(['access', 'list', '--as-of', '2020-01-31'])
  assert.deepEqual([before.status, before.out], [0, ''])
  const officers = await run(['access', 'officers'])
  assert.ok(officers.out.includes(owner) && !officers.out.includes(validator))
})

test('only an officer erases a detail, and the entry says so', async () => {
  const opened = await run([
    'object',
    'count',
    'RttPeriod',
    ...as('anil.rao@alder-vale.example', planning),
    '--because',
    'a look',
  ])
  assert.equal(opened.status, 0, opened.err)
  const shown = await run(['ledger', 'show', '--type', 'session.opened', '--last', '1', ...validating])
  const { entry } = JSON.parse(shown.out) as { entry: number }
  const erase = ['ledger', 'erase-detail', String(entry), '--reason', 'a test']
  const refused = await run([...erase, ...validating])
  assert.equal(refused.status, 1)
  assert.match(refused.err, /^FDP_NODE_NOT_OFFICER/)
  const officer = as(owner, validation)
  assert.equal((await run([...erase, ...officer])).status, 0)
  const after = JSON.parse((await run(['ledger', 'show', String(entry), ...officer])).out)
  assert.equal(after.detail, 'erased')
  assert.match((await run([...erase, ...officer])).err, /^FDP_LEDGER_NO_DETAIL/)
})

test('quarantined values are shown to those who may read the object type, with an entry, and to nobody else', async () => {
  const file = join(folder, 'patients.csv')
  const bad = '9434765910'
  await writeFile(file, `personId,nhsNumber,nhsNumberStatusIndicatorCode\nX1,${bad},01\nX2,9990000018,01\n`)
  const about = ['--controller', 'RZ1', '--as-at', '2026-01-30']
  const sent = await run(['flow', 'submit', 'Patient', file, ...about, ...managing])
  assert.equal(sent.status, 0, sent.err)
  assert.ok(!sent.out.includes(bad))
  const { submission } = JSON.parse(sent.out) as { submission: string }
  const listed = await run(['quarantine', 'list', submission, ...managing])
  assert.match(listed.out, /"row":1,"rule":"nhs-number\.modulus-11","column":"nhsNumber"/)
  assert.ok(!listed.out.includes(bad))
  const before = world.tenant().ledger.size
  const refused = await run([
    'quarantine',
    'show',
    submission,
    ...as('anil.rao@alder-vale.example', planning),
    '--because',
    'x',
  ])
  assert.deepEqual([refused.status, refused.out], [1, ''])
  assert.match(refused.err, /^FDP_GATE_NOT_AVAILABLE/)
  const shown = await run(['quarantine', 'show', submission, ...validating])
  assert.equal(shown.status, 0, shown.err)
  assert.equal(JSON.parse(shown.out.split('\n')[0]!).value, bad)
  const entries = await world.entries(before)
  const types = entries.map(({ type }) => type)
  assert.ok(types.indexOf('read.opened') >= 0 && types.indexOf('read.opened') < types.indexOf('read.completed'))
  assert.ok(!JSON.stringify(entries.map(({ governance }) => governance)).includes(bad))
})

test('a file is taken in by its format; what does not go together is refused before the file is opened', async () => {
  const file = join(folder, 'patients.ndjson')
  const patient = { resourceType: 'Patient', id: 'X9', name: [{ family: 'Canary-Delta' }], birthDate: '1950-02-03' }
  await writeFile(file, `${JSON.stringify(patient)}\n{"resourceType":"Patient"\n${JSON.stringify(patient)}\n`)
  const about = ['--controller', 'RZ1', '--as-at', '2026-01-29', ...managing]
  const view = fileURLToPath(new URL('../../mappings/fhir/Patient.json', import.meta.url))
  const sent = await run(['flow', 'submit', 'Patient', file, '--format', 'fhir-ndjson', '--view', view, ...about])
  assert.equal(sent.status, 0, sent.err)
  const { rows } = JSON.parse(sent.out)
  assert.deepEqual([rows.read, rows.published, rows.quarantined], [3, 1, 2])
  assert.doesNotMatch(`${sent.out}${sent.err}`, /Canary/)
  const again = await run(['flow', 'submit', 'Patient', file, '--format', 'fhir-bundle', '--view', view, ...about])
  assert.equal(again.status, 1)
  assert.match(again.err, /FDP_CLI_REFUSED/)
  for (const [more, words] of [
    [
      ['--format', 'pdf'],
      /--format` takes one of: csv, fhir-ndjson, fhir-bundle, fhir-resource, cds-xml, parquet, xlsx, zip/,
    ],
    [['--format', 'fhir-ndjson'], /needs a `--view`/],
    [['--view', view], /goes with a format of FHIR/],
    [['--part', 'June'], /^FDP_FLOWS_NO_PARTS/],
  ] as const) {
    const { status, err } = await run(['flow', 'submit', 'Patient', file, ...more, ...about])
    assert.ok(status === 1 || status === 2)
    assert.match(err, words)
  }
  assert.deepEqual(Object.keys(host.adapters.readers), [
    'csv',
    'fhir-ndjson',
    'fhir-bundle',
    'fhir-resource',
    'cds-xml',
    'parquet',
    'xlsx',
    'zip',
  ])
})

test('a file goes in through a declared mapping; made-up rows are tried with it, files of a node are not', async () => {
  const mapping = join(folder, 'patients.yaml')
  await writeFile(
    mapping,
    `format: openfdp/mapping\nversion: 1\nid: clinic-list\ntitle: A clinic list\nobject: Patient\nproperties:
  personId: { from: Number }\n  surname: { from: Name }
  dateOfBirth: { from: Born, date: '%d/%m/%Y' }
tests:\n  - { name: one, file: "Number,Name,Born\\n1,A,01/02/1990\\n", rows: [{ dateOfBirth: '1990-02-01' }] }\n`,
  )
  const file = join(folder, 'list.csv')
  await writeFile(file, 'Number,Name,Born\nM1,Canary-Theta,03/02/1950\n')
  const about = ['--controller', 'RZ1', '--as-at', '2026-01-28', ...managing]
  const sent = await run(['flow', 'submit', 'Patient', file, '--mapping', mapping, ...about])
  assert.equal(sent.status, 0, sent.err)
  assert.equal(JSON.parse(sent.out).rows.published, 1)
  const view = ['--format', 'fhir-ndjson', '--view', 'x.json', '--mapping', mapping]
  assert.match((await run(['flow', 'submit', 'Patient', file, ...view, ...about])).err, /`--mapping` goes with/)

  assert.equal((await run(['mapping', 'test', mapping])).out, '1 passed, 0 failed\n')
  const preview = await run(['mapping', 'preview', mapping, '--rows', file])
  assert.deepEqual(JSON.parse(preview.out), { dateOfBirth: '1950-02-03', personId: 'M1', surname: 'Canary-Theta' })
  assert.match((await run(['mapping', 'suggest', file, '--object', 'Patient'])).out, /surname: TODO|dateOfBirth|unused/)
  for (const command of [
    ['mapping', 'preview', mapping, '--rows', join(world.home, 'fdp.yaml')],
    ['mapping', 'suggest', join(world.home, 'fdp.yaml'), '--object', 'Patient'],
  ]) {
    const refused = await run(command)
    assert.deepEqual([refused.status, refused.out], [1, ''])
    assert.match(refused.err, /^FDP_CLI_NOT_MADE_UP/)
  }
})

test('over the socket of a running node a command gives the same, byte for byte', async () => {
  const served = await serveCommands(world.home, (line, far) => runCommand(line, far, host))
  try {
    const lines = [
      ['tenant', 'list'],
      ['contract', 'show', 'Patient'],
      ['access', 'list'],
      ['access', 'explain', 'Patient', ...managing],
      ['object', 'lst'],
      ['contract', 'show', 'Nothing'],
      ['quarantine', 'list', ...managing],
      ['ledger', 'key'],
      [],
    ]
    for (const argv of lines) {
      for (const isTerminal of [true, false]) {
        const io = catching(isTerminal)
        const status = await callNode(world.home, argv, io)
        assert.deepEqual({ status, ...io.text }, await run(argv, isTerminal), argv.join(' '))
      }
    }
  } finally {
    await served.close()
  }
})

test('a long answer waits for its reader, and is whole; line breaks of any kind survive', async () => {
  const part = `${'x'.repeat(100_000)}\u2028\u2029\r`
  let waited = 0
  const served = await serveCommands(world.home, async (_argv, far) => {
    for (let i = 0; i < 200; i++) {
      far.out(part)
      const since = performance.now()
      await far.drained()
      if (performance.now() - since > 1) waited += 1
    }
    return 7
  })
  try {
    const io = catching(false)
    const slow: Io = { ...io, drained: () => new Promise((resolve) => setTimeout(resolve, 1)) }
    assert.equal(await callNode(world.home, ['x'], slow), 7)
    assert.ok(io.text.out === part.repeat(200))
    assert.ok(waited > 0)
  } finally {
    await served.close()
  }
})

test('a socket left behind by a killed node is no node, and is replaced by the next one', async () => {
  const path = socketPath(world.home)
  spawnSync(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 9))`,
  ])
  assert.equal(await callNode(world.home, ['tenant', 'list'], catching(false)), null)
  const served = await serveCommands(world.home, async () => 0)
  assert.equal(await callNode(world.home, ['tenant', 'list'], catching(false)), 0)
  await served.close()
})

test('a node that stops in the middle is said to have stopped; a home too deep for a socket is refused by name', async () => {
  const served = await serveCommands(world.home, () => new Promise(() => undefined), 200)
  const called = callNode(world.home, ['x'], catching(false))
  await new Promise((resolve) => setTimeout(resolve, 100))
  const sockets = served.close()
  await assert.rejects(called, { code: 'FDP_CLI_NODE_GONE' })
  await sockets
  await assert.rejects(
    serveCommands(join(folder, 'd'.repeat(120)), async () => 0),
    { code: 'FDP_CLI_HOME_TOO_LONG' },
  )
})
