/*
 * Ordinary days: whoever has a plain task does it without being asked anything. A ward clerk, a discharge worker of the
 * council, an analyst of the integrated care board and a general practice each work through a morning by the command
 * line as they would. What is counted: commands typed, choices made (who I am, for what, where), and prompts, that is
 * each time somebody has to give a reason. No refusal may be among them.
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileSource } from '#adapters/source-csv'
import { type Host, type Io, runCommand } from '#cli'
import { submit } from '#flows'
import { approveGrant, type EventType, type Input, sign } from '#governance'
import { addMs, type DateOnly, manualClock, type OdsCode, type PurposeId, type SubjectId } from '#kernel'
import { loadProduct, readProductFolder } from '#products'
import { csvSource } from '#synthetic'
import { withDocument } from '../governed-tenant.ts'
import { location, openSite } from '../sign-in.ts'
import { openWorld, type World } from '../world.ts'
import { type Row, worldRows } from '../world-rows.ts'

const clock = manualClock('2026-02-03T09:00:00.000Z')
const board = 'alderbrook'
const practice = 'ZG1' as OdsCode
const otherPractice = 'ZG2' as OdsCode
const chief = 'ruth.adeyemi@alderbrook.example' as SubjectId
const partner = 'isla.grant@alderbrook.example' as SubjectId
const otherPartner = 'omar.reid@alderbrook.example' as SubjectId
const practiceCare = 'practice-care' as PurposeId

let world: World
let host: Host
let folder: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openfdp-days-'))
  world = await openWorld({ tenants: ['alder-vale', board], patients: 30, adapters: { clock } })
  const { node, home } = world
  const product = loadProduct(readProductFolder(new URL('../../products/elective-recovery', import.meta.url).pathname))
  host = {
    ...{ home, version: '0.0.0', adapters: node.adapters, serving: node, openFile: fileSource },
    node: async () => node,
    products: async () => [product],
  }
  await theReturn()
  await thePractices()
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** What trusts reported, as the board took it in. */
async function theReturn(): Promise<void> {
  const rows = ['RZ1', 'RZ2'].flatMap((provider) =>
    [0, 17, 18, 52].map((band) => ({
      ...{
        rttReturnId: `2026-01/${provider}/${band}`,
        period: '2026-01',
        providerParentCode: 'QZ1',
        providerCode: provider,
      },
      ...{ commissionerParentCode: '', commissionerCode: 'QZ1', partCode: 'Part_2', treatmentFunctionCode: 'C_100' },
      ...{ bandLowerWeeks: String(band), pathways: '40' },
    })),
  )
  const about = { object: 'RttReturn', controller: 'QZ1' as OdsCode, asAt: '2026-01-31' as DateOnly }
  const by = { subject: 'joan.pike@alderbrook.example' as SubjectId, purpose: 'data-intake' as PurposeId }
  const source = csvSource('return.csv', rows, { delimiter: ',', encoding: 'utf8' })
  const { outcome } = await submit({ ...about, ...by, source }, world.tenant(board).flows)
  assert.equal(outcome, 'published')
}

/** Care with the practices: a purpose, a DPIA, an agreement that both sides sign, and grants over their own rows only. */
async function thePractices(): Promise<void> {
  const { ledger, governance } = world.tenant(board)
  const now = clock.now()
  const until = addMs(now, 90 * 86_400_000)
  const act = <T extends EventType>(type: T, input: Input<T>) =>
    ledger.append(sign(governance.state(), type, input, clock.now()))
  await act('governance.purpose-registered', {
    ...{ by: chief, id: practiceCare, name: 'Care at the practice', class: 'individual-care', article6: '6(1)(e)' },
    ...{ article9: '9(2)(h)', commonLaw: 'implied-consent', justification: 'never' },
  })
  const version = withDocument({
    title: 'Care at the practice',
    bounds: {},
    claims: [
      {
        kinds: ['care-partner'],
        objects: ['Patient'],
        levels: ['identifiable'],
        purposes: [practiceCare],
        daysMax: 120,
      },
    ],
  })
  const dpia = { id: 'practice-care', version: 1, sha256: version.sha256 }
  await act('governance.dpia-approved', { ...version, by: chief, id: dpia.id, dpiaVersion: 1, effectiveFrom: now })
  for (const [code, doctor] of [
    [practice, partner],
    [otherPractice, otherPartner],
  ] as const) {
    const id = `care-${code.toLowerCase()}`
    await act('governance.agreement-proposed', {
      ...{ by: chief, id, agreementVersion: 1, title: 'Care', parties: ['QZ1' as OdsCode, code], objects: ['Patient'] },
      ...{
        level: 'identifiable',
        rows: { controllers: [code], where: [] },
        reach: 'local',
        gpData: true,
        from: now,
        until,
      },
    })
    await act('governance.agreement-signed', { by: chief, id, agreementVersion: 1, party: 'QZ1' as OdsCode })
    await act('governance.agreement-signed', { by: doctor, id, agreementVersion: 1, party: code })
    for (const action of ['submit', 'read'] as const) {
      const grant = {
        ...{
          by: chief,
          id: `${action}-${id}`,
          subject: doctor,
          action,
          object: 'Patient',
          columns: 'all-at-level' as const,
        },
        ...{ level: 'identifiable' as const, rows: { controllers: [code], where: [] }, purpose: practiceCare },
        ...{ from: now, until, dpia, agreement: { id, version: 1 }, disclosurePolicy: null },
      }
      await ledger.append(approveGrant(governance.state(), grant, clock.now(), governance.policies))
    }
  }
}

interface Day {
  commands: number
  choices: number
  prompts: number
  readonly out: string[]
}

const choiceOptions = ['--tenant', '--as', '--purpose']

/** Runs a morning's commands, signing in first; each must do what it was asked to. */
async function morning(signIn: readonly string[], tasks: readonly (readonly string[])[]): Promise<Day> {
  const day: Day = { commands: 0, choices: 0, prompts: 0, out: [] }
  for (const [i, argv] of [['login', ...signIn], ...tasks].entries()) {
    const text = { out: '', err: '' }
    const io: Io = {
      ...{ out: (part: string) => void (text.out += part), err: (part: string) => void (text.err += part) },
      ...{ drained: async () => undefined, progress: () => undefined, isTerminal: false, cwd: folder },
    }
    const status = await runCommand(argv, io, host)
    assert.equal(status, 0, `${argv.join(' ')}: ${text.err}`)
    day.commands++
    day.choices += argv.filter((word) => choiceOptions.includes(word)).length
    day.prompts += argv.filter((word) => word === '--because').length
    assert.ok(
      i === 0 || !argv.some((word) => choiceOptions.includes(word)),
      'after sign-in nobody says again who they are',
    )
    if (i > 0) day.out.push(text.out)
  }
  return day
}

const as = (tenant: string, person: string, purpose: string) => [
  '--tenant',
  tenant,
  '--as',
  person,
  '--purpose',
  purpose,
]

async function refusals(tenant: string): Promise<string[]> {
  const found: string[] = []
  for await (const { type } of world.tenant(tenant).ledger.entries())
    if (/refus|not-allowed/.test(type)) found.push(type)
  return found
}

test('a ward clerk: nothing is asked after sign-in', async (t) => {
  const patient = world.rows().Patient[7]!
  const day = await morning(as('alder-vale', 'nia.patel@alder-vale.example', 'ward-care'), [
    ['object', 'list'],
    ['object', 'read', 'Patient', '--columns', 'surname,firstName,dateOfBirth', '--order-by', 'surname'],
    ['object', 'read', 'Patient', '--columns', 'surname,phoneNumber', '--where', `nhsNumber=${patient.nhsNumber}`],
    ['object', 'count', 'Patient'],
  ])
  assert.match(day.out[2]!, new RegExp(`${patient.surname}.*${patient.phoneNumber}`))
  assert.equal(day.prompts, 0)
  t.diagnostic(said('ward clerk', day))
  assert.deepEqual(await refusals('alder-vale'), [])
})

test('a discharge worker of the council: nothing is asked after sign-in', async (t) => {
  const patient = world.rows().Patient[3]!
  const day = await morning(as('alder-vale', 'bea.moss@alder-vale.example', 'discharge-coordination'), [
    [
      'object',
      'read',
      'Patient',
      '--columns',
      'surname,postcode,phoneNumber',
      '--where',
      `personId=${patient.personId}`,
    ],
    ['object', 'read', 'Patient', '--columns', 'surname,postcode', '--order-by', 'postcode', '--limit', '10'],
    ['object', 'count', 'Patient'],
  ])
  assert.match(day.out[0]!, new RegExp(`${patient.surname}.*${patient.postcode}`))
  assert.equal(day.prompts, 0)
  t.diagnostic(said('discharge worker', day))
  assert.deepEqual(await refusals('alder-vale'), [])
})

test('an analyst of the integrated care board: one reason for the session', async (t) => {
  const because = ['--because', 'the winter plan of the board']
  const metric = ['metric', 'run', 'rtt-incomplete', '--period', '2026-01', '--basis', 'return']
  const day = await morning(
    [...as(board, 'sam.tully@alderbrook.example', 'elective-planning'), ...because],
    [metric, [...metric, '--by', 'provider'], [...metric, '--by', 'treatment-function']],
  )
  assert.match(day.out[1]!, /RZ1/)
  assert.equal(day.prompts, 1)
  t.diagnostic(said('analyst', day))
  assert.deepEqual(await refusals(board), [])
})

test('a general practice: sends its list, sees its own patients, is asked nothing; the other practice’s are not there', async (t) => {
  const mine = worldRows({ provider: practice, patients: 12, today: world.today }).Patient
  const theirs = worldRows({ provider: otherPractice, patients: 9, today: world.today, from: 100 }).Patient
  await writeFile(join(folder, 'mine.csv'), csvOf(mine))
  await writeFile(join(folder, 'theirs.csv'), csvOf(theirs))
  const submitted = (code: string, file: string) => [
    'flow',
    'submit',
    'Patient',
    join(folder, file),
    '--controller',
    code,
    '--as-at',
    world.today,
  ]
  await morning(as(board, otherPartner, practiceCare), [submitted(otherPractice, 'theirs.csv')])
  const day = await morning(as(board, partner, practiceCare), [
    submitted(practice, 'mine.csv'),
    ['object', 'read', 'Patient', '--columns', 'surname,dateOfBirth', '--order-by', 'surname', '--limit', '100'],
    ['object', 'read', 'Patient', '--columns', 'surname,addressLine1', '--where', `nhsNumber=${mine[4]!.nhsNumber}`],
    ['object', 'count', 'Patient'],
  ])
  const surnames = mine.map((row) => row.surname!)
  assert.deepEqual(
    [...day.out[1]!.matchAll(/Canaryhurst\d+/g)].map(([name]) => name),
    surnames,
  )
  assert.match(day.out[2]!, new RegExp(mine[4]!.addressLine1!))
  assert.match(day.out[3]!, /"?count"?:?\s*12/)
  assert.equal(day.prompts, 0)
  t.diagnostic(said('practice', day))
  // What came from a practice carries the label by which no national tenant would take it (law 8).
  const { history } = world.tenant(board).governance.catalogue()
  const sent = history.filter(({ object, controller }) => object === 'Patient' && controller === practice)
  assert.deepEqual(
    sent.map(({ report }) => report?.labels),
    [['gp-record-system']],
  )
  assert.deepEqual(await refusals(board), [])
})

test('in a browser each of them arrives with two clicks, and nothing is asked on the way but who they are', async (t) => {
  await using site = await openSite(world.node)
  for (const [tenant, person, purpose] of [
    ['alder-vale', 'nia.patel@alder-vale.example', 'ward-care'],
    ['alder-vale', 'bea.moss@alder-vale.example', 'discharge-coordination'],
    [board, 'sam.tully@alderbrook.example', 'elective-planning'],
    [board, partner, practiceCare],
  ] as const) {
    // The link that begins, and the provider's form. A further page that waits for somebody redirects nowhere, and fails here.
    const browser = site.browser()
    let clicks = 1
    const wanted = `?tenant=${tenant}&purpose=${purpose}`
    const toProvider = location(await browser.get(`/sign-in${wanted}`))
    const back = await browser.choose(person, toProvider)
    clicks++
    const arrived = await browser.go(back)
    assert.equal(arrived.status, 303)
    const page = await browser.get(location(arrived))
    assert.equal(page.status, 200)
    const me = (await (await browser.get('/api/v1/me')).json()) as { subject: string }
    assert.equal(me.subject, person)
    assert.doesNotMatch(await page.text(), /type="checkbox"|<dialog|cookie banner/i)
    t.diagnostic(`${person}: ${clicks} clicks to arrive`)
  }
})

function csvOf(rows: readonly Row[]): string {
  const names = Object.keys(rows[0]!)
  return [names.join(','), ...rows.map((row) => names.map((name) => row[name]).join(','))].join('\n')
}

function said(who: string, { commands, choices, prompts }: Day): string {
  return `${who}: ${commands} commands, sign-in among them; ${choices} choices, all at sign-in; ${prompts} ${prompts === 1 ? 'reason' : 'reasons'} asked for`
}
