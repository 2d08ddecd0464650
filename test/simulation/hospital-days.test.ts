/*
 * Days of a hospital's system that does not exist, with the night on which an hour is shown twice: what it leaves in a
 * folder, sends, serves and holds is taken in by docks and a message dock as they are declared for the demo, and what a
 * person then reads is what the hospital's plan comes to.
 */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openMessageSender } from '#adapters/mllp'
import { promoteHospital } from '#cli'
import { agendaOf, DropWatch, dockLog, runDock } from '#docks'
import { submit } from '#flows'
import { hl7Language } from '#hl7v2'
import {
  addDays,
  type DateOnly,
  type Instant,
  isFdpError,
  manualClock,
  type OdsCode,
  type PurposeId,
  parseSubjectId,
  systemClock,
  systemRandom,
} from '#kernel'
import { listenOptions, recordLanded, runMessages } from '#messages'
import { Connections, dockDeps, landedAt, messageDockOf, readDocks, readMessageDocks, tenantHealth } from '#node'
import { questionOf, type Where } from '#ontology'
import {
  databaseSchema,
  declareHospital,
  economyPlan,
  freePort,
  type Hospital,
  hospitalEntries,
  hospitalPeople,
  hospitals,
  openPostgres,
  postgresFolder,
  resourcesAt,
  serveFhir,
  tellUpTo,
  trustFiles,
} from '#synthetic'
import { adapters } from '../../src/adapters.ts'
import { clockAt } from '../../src/synthetic/epr/hospital.ts'
import { historyAt, type Stay, standingAt, staysOf } from '../../src/synthetic/epr/journeys.ts'
import { patientAt, patientsAt } from '../../src/synthetic/epr/patients.ts'
import { databaseAt } from '../../src/synthetic/epr/tell-database.ts'
import { filesOf, listingsAt } from '../../src/synthetic/epr/tell-files.ts'
import { messagesBetween, messagesToBegin } from '../../src/synthetic/epr/tell-messages.ts'
import { ask, openWorld, type Record_, type World } from '../world.ts'

const isFull = process.env.FDP_TEST_FULL === '1'
const hospital: Hospital = { ...hospitals[0]!, people: isFull ? 300 : 40 }
const eve = '2026-10-24' as DateOnly
/** On the first an hour is shown twice, on the second somebody comes whom nobody knows, on the third it is known who it is. */
const days = ['2026-10-25', '2026-10-26', '2026-10-27'] as DateOnly[]
const evening = (day: DateOnly) => clockAt(day, 23 * 60 + 55)
const password = 'made-up'
const views = fileURLToPath(new URL('../../mappings/fhir/', import.meta.url))

class Running {
  readonly clock = manualClock(evening(eve))
  readonly #stack = new AsyncDisposableStack()
  #world: World | null = null
  #told: Instant | null = null
  #watch = new DropWatch(true)
  #tell!: (upTo: Instant) => Promise<unknown>
  drop = ''
  hasDatabase = false

  get world(): World {
    return this.#world!
  }

  static async open(): Promise<Running> {
    const made = new Running()
    await made.#open()
    return made
  }

  async #open(): Promise<void> {
    const world = this.#stack.use(await openWorld({ empty: true, adapters: { clock: this.clock } }))
    this.#world = world
    const tenant = world.tenant()
    const plan = economyPlan().find(({ id }) => id === hospital.tenant)!
    const { state, policies } = tenant.governance
    const entries = hospitalEntries({ hospital, plan, state: state(), policies, at: this.clock.now() })
    await Promise.all(entries.map((entry) => tenant.ledger.append(entry)))
    this.drop = await mkdtemp(join(tmpdir(), 'openfdp-hospital-'))
    this.#stack.defer(() => rm(this.drop, { recursive: true, force: true }))
    const fhir = this.#stack.use(
      await serveFhir(
        0,
        () => this.clock.now(),
        (at) => resourcesAt(hospital, at),
      ),
    )
    const programs = await postgresFolder()
    const postgres = programs === null ? null : this.#stack.use(await openPostgres({ programs, superuser: 'hospital' }))
    await postgres?.script(databaseSchema(password))
    this.hasDatabase = postgres !== null
    const messagesPort = await freePort()
    await declareHospital({
      ...{ hospital, folder: tenant.folder, views, drop: this.drop, since: days[0]!, messagesPort },
      fhirPort: Number(new URL(fhir.url).port),
      database: postgres && { port: postgres.port, password },
    })
    await promoteHospital(tenant)
    const dock = messageDockOf(tenant, 'infirmary')
    const landed = await landedAt(world.node, tenant, 'infirmary')
    const { adapters } = world.node
    const listener = await adapters.listenForMessages(listenOptions(dock, landed, null, adapters))
    this.#stack.defer(() => landed.close())
    this.#stack.defer(() => listener.close())
    const language = hl7Language({ clock: systemClock, random: systemRandom })
    const waits = { attemptsMax: 1, waitMs: 1, waitMsMax: 1, connectMsMax: 2_000, answerMsMax: 10_000 }
    const sender = openMessageSender({ host: '127.0.0.1', port: messagesPort, tls: null, language, ...waits })
    this.#stack.use(sender)
    const outlets = {
      drop: this.drop,
      send: (message: Uint8Array) => sender.send(message),
      script: postgres?.script ?? null,
    }
    this.#tell = async (upTo) => {
      await tellUpTo(hospital, this.#told, upTo, outlets)
      this.#told = upTo
    }
  }

  /** The hospital says what there is to say, and the node looks at everything. */
  async until(moment: Instant): Promise<readonly string[]> {
    this.clock.set(moment)
    await this.#tell(moment)
    const tenant = this.world.tenant()
    const { node } = this.world
    const dock = messageDockOf(tenant, 'infirmary')
    const landed = await landedAt(node, tenant, 'infirmary')
    await recordLanded(dock, landed, tenant.flows)
    const done = (await runMessages(dock, landed, tenant.flows)).map((each) => `${each.object} ${each.what}`)
    const connections = new Connections(tenant.folder, node.adapters.connections)
    for (const each of readDocks(tenant)) {
      if (isFdpError(each)) throw each
      const ran = await runDock(each, dockDeps(node, tenant, this.#watch, connections))
      done.push(...ran.map(({ day, what, code }) => `${each.object} ${day.slice(8)} ${code ?? what}`))
    }
    await connections.close()
    return done
  }

  async rows(object: string, select: readonly string[], where?: Where): Promise<readonly Record_[]> {
    await using session = await this.world.session(hospitalPeople.keeperOf(hospital.tenant), 'waiting-list-validation')
    return await ask(session, questionOf({ object, select: [...select], limit: 1_000, ...(where && { where }) }))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync()
  }
}

const figure = (rows: readonly unknown[], fits: (row: Record_) => boolean) => (rows as Record_[]).filter(fits).length

function counted(values: readonly unknown[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[String(value)] = (counts[String(value)] ?? 0) + 1
  return Object.fromEntries(Object.entries(counts).toSorted())
}

const begun = evening(eve)

/** Stays that the feed has told of: all that were not over when it began, unless somebody was admitted by mistake. */
function toldStays(at: Instant): readonly Stay[] {
  return staysOf(historyAt(hospital, at)).filter((stay) => stay.dischargedAt > begun && standingAt(stay, at) !== null)
}

/** In the full run: the parts of it are tested every day, below and beside each of them. */
const story = isFull ? test : () => {}
void story('what four outlets of a hospital tell of some days is what its plan comes to', async () => {
  await using running = await Running.open()
  const done = [...(await running.until(begun))]
  for (const day of days) {
    done.push(...(await running.until(clockAt(day, 2 * 60))))
    done.push(...(await running.until(clockAt(day, 10 * 60))))
    done.push(...(await running.until(evening(day))))
  }
  assert.deepEqual(
    done.filter((each) => !each.endsWith('published') && !each.endsWith('unchanged')),
    [],
  )
  const at = running.clock.now()
  const night = addDays(days.at(-1)!, -1)
  const history = historyAt(hospital, at)

  // By messages: everybody, and who came, went and was moved.
  const patients = await running.rows('Patient', ['personId', 'nhsNumber', 'surname', 'postcode'])
  const known = patientsAt(hospital, at)
  const unknown = toldStays(at).filter((stay) => stay.unknown !== null && at < stay.unknown.knownAt)
  assert.equal(patients.length, known.length + unknown.length)
  const saidOf = new Map(patients.map((row) => [row.personId, row]))
  for (const { number, nhsNumber, family, postcode } of known) {
    const row = saidOf.get(number)
    assert.deepEqual([row?.nhsNumber, row?.surname, row?.postcode], [nhsNumber, family, postcode])
  }
  const admissions = await running.rows('Admission', [
    'admissionId',
    'admissionStatus',
    'patientId',
    'ward',
    'admissionTimestamp',
  ])
  const stays = toldStays(at)
  assert.equal(admissions.length, stays.length)
  const isIn = (stay: Stay) => standingAt(stay, at)?.dischargedAt === null
  const inBed = admissions.filter(({ admissionStatus }) => admissionStatus === 'Admitted')
  assert.deepEqual(
    counted(inBed.map(({ ward }) => ward)),
    counted(stays.filter(isIn).map((stay) => standingAt(stay, at)!.moves.at(-1)!.ward)),
  )
  const numberOf = (stay: Stay) =>
    stay.unknown !== null && at < stay.unknown.knownAt
      ? stay.unknown.number
      : patientAt(hospital, stay.patient, at).number
  assert.deepEqual(
    admissions.map(({ admissionId, patientId }) => `${admissionId} ${patientId}`).toSorted(),
    stays.map((stay) => `${stay.id} ${numberOf(stay)}`).toSorted(),
  )

  // By files: the waiting list of the night, without the row whose code nobody knows, and the referrals.
  const listed = listingsAt(hospital, clockAt(night, 24 * 60 - 1))
  const entries = await running.rows('EalEntry', ['ealId', 'plannedDate', 'removalDate', 'intendedManagementCode'])
  const isSpoilt = Number(night.slice(-2)) % 2 === 0
  const taken = isSpoilt ? listed.slice(0, -1) : listed
  assert.deepEqual(entries.map(({ ealId }) => ealId).toSorted(), taken.map(({ id }) => id).toSorted())
  assert.equal(
    figure(entries, (row) => row.intendedManagementCode === '2'),
    taken.filter(({ asDaycase }) => asDaycase).length,
  )
  const referrals = await running.rows('Referral', ['referralId', 'status'])
  assert.equal(referrals.length, historyAt(hospital, clockAt(night, 720)).flatMap(({ journeys }) => journeys).length)

  // By FHIR: stays and appointments, what people have, what was done.
  const bookings = history
    .flatMap(({ journeys }) => journeys.flatMap((each) => each.bookings))
    .filter(({ bookedAt }) => bookedAt <= at)
  const told = staysOf(history).filter(({ admittedAt }) => admittedAt <= at)
  const ofType = (value: string) =>
    running.rows('Encounter', ['encounterType', 'removed'], { type: 'eq', property: 'encounterType', value })
  const encounters = [...(await ofType('Inpatient')), ...(await ofType('Outpatient'))]
  assert.deepEqual(counted(encounters.map((row) => row.encounterType)), {
    ...{ Inpatient: told.length, Outpatient: bookings.length },
  })
  const off = bookings.filter(({ outcome, outcomeAt }) => outcome !== 'attended' && outcomeAt <= at).length
  assert.equal(
    figure(encounters, ({ removed }) => removed === true),
    off + told.filter((stay) => standingAt(stay, at) === null).length,
  )
  const seen = bookings.filter(({ outcome, outcomeAt }) => outcome === 'attended' && outcomeAt <= at)
  const real = told.filter((stay) => standingAt(stay, at) !== null)
  const diagnoses = await running.rows('PatientDiagnosis', ['diagnosisId', 'diagnosisIcd10Code'])
  assert.deepEqual(
    counted(diagnoses.map(({ diagnosisIcd10Code }) => diagnosisIcd10Code)),
    counted([
      ...seen.map(({ referral }) => referral.specialty.condition.icd10),
      ...real.filter(({ kind }) => kind === 'emergency').map(({ specialty }) => specialty.condition.icd10),
    ]),
  )
  const twoHours = 7_200_000
  const operated = real.filter(
    (stay) => stay.kind === 'elective' && Date.parse(stay.admittedAt) + twoHours <= Date.parse(at),
  )
  assert.equal((await running.rows('Procedure', ['procedureId'])).length, operated.length)

  // By the database: what became of appointments, and who lies where.
  if (running.hasDatabase) {
    const words = { attended: 'Attended', 'not-there': 'Did not attend', cancelled: 'Cancelled', moved: 'Rescheduled' }
    const appointments = await running.rows('Appointment', ['attendanceId', 'bookingStatus'])
    assert.deepEqual(
      counted(appointments.map(({ bookingStatus }) => bookingStatus)),
      counted(bookings.map(({ outcome, outcomeAt }) => (outcomeAt <= at ? words[outcome] : 'Booked'))),
    )
    const wards = ['Admissions', 'Willow', 'Rowan', 'Alder', 'Beech', 'Hazel', 'Day unit']
    const wardStays: Record_[] = []
    for (const value of wards) {
      const where: Where = { type: 'eq', property: 'wardId', value }
      wardStays.push(...(await running.rows('WardStay', ['wardStayId', 'wardId', 'endTimestamp'], where)))
    }
    assert.equal(wardStays.length, real.flatMap((stay) => standingAt(stay, at)!.moves).length)
    // Who is in a bed by the database is in one by the messages.
    const lying = wardStays.filter(({ endTimestamp }) => endTimestamp === null)
    assert.deepEqual(counted(lying.map(({ wardId }) => wardId)), counted(inBed.map(({ ward }) => ward)))
  }
  // The hour that clocks show twice: whoever writes no zone tells of the first, and the other outlets know better.
  const second = stays.find(({ admittedAt }) => admittedAt === '2026-10-25T01:15:00.000Z')
  assert.ok(second)
  const toldAt = admissions.find(({ admissionId }) => admissionId === second.id)?.admissionTimestamp
  assert.equal(String(toldAt).replace(' ', 'T').slice(0, 16), '2026-10-25T00:15')

  // What was sent twice was taken once, and the list that broke off stands corrected.
  const tenant = running.world.tenant()
  const { tally } = await landedAt(running.world.node, tenant, 'infirmary')
  const events = [...tally.events.values()]
  assert.ok(events.some(({ again }) => again > 0))
  assert.ok(events.every(({ refused }) => refused === 0))
  const log = await dockLog(tenant.ledger)
  for (const dock of readDocks(tenant)) {
    if (isFdpError(dock)) throw dock
    const agenda = agendaOf(dock, log, at)
    assert.ok(
      agenda.every(({ state }) => state === 'published'),
      dock.id,
    )
    if (dock.id === 'waiting-list') assert.equal(agenda[0]?.corrections, 1)
  }
  const health = await tenantHealth(tenant)
  assert.deepEqual(
    health.filter(({ signs }) =>
      signs.some(({ sign, grade }) => sign === 'freshness' && (grade === 'watch' || grade === 'act')),
    ),
    [],
  )

  // The trust's own file is about the same people: nobody is new.
  const [own] = trustFiles({
    ...{ seed: 'same', provider: hospital.provider, commissioners: ['QZ1'], patients: hospital.people },
    ...{
      today: days[0]!,
      firstNumber: hospital.firstNumber,
      style: { delimiter: ',', encoding: 'utf8' },
      mistakes: false,
    },
  })
  const by = { subject: parseSubjectId('dot.finch@alder-vale.example'), purpose: 'data-intake' as PurposeId }
  const about = {
    object: 'Patient',
    controller: hospital.provider as OdsCode,
    asAt: days[0]!,
    source: own!.source,
    ...by,
  }
  const { persons } = await submit(about, tenant.flows)
  assert.deepEqual([persons?.newPersons, persons?.byRule['nhs-number']], [0, hospital.people])
})

test('every outlet says the same NHS number of a patient', async () => {
  const at = evening(days.at(-1)!)
  const said: Record<string, Map<string, string>> = {
    messages: new Map(),
    files: new Map(),
    fhir: new Map(),
    database: new Map(),
  }
  for (const { bytes } of messagesToBegin(hospital, at)) {
    const [, number, nhs] = /\rPID\|\|\|(\w+)\^\^\^RZ4\^MR~(\d{10})/.exec(bytes.toString()) ?? []
    if (number && nhs) said.messages!.set(number, nhs)
  }
  const [file] = filesOf(hospital, addDays(days[0]!, 1))
  for (const line of file!.bytes.toString().split('\r\n').slice(1, -1)) {
    const [, number = '', nhs = ''] = line.split('|')
    said.files!.set(number, nhs)
  }
  for (const patient of resourcesAt(hospital, at).Patient) {
    const [first] = patient.identifier as { system?: string; value: string }[]
    if (first?.system) said.fhir!.set(String(patient.id), first.value)
  }
  const [, copied = ''] = /COPY pas.patient_index FROM stdin;\n([\s\S]*?)\\\.\n/.exec(databaseAt(hospital, at)) ?? []
  for (const line of copied.split('\n').slice(0, -1)) {
    const [number = '', nhs = ''] = line.split('\t')
    if (nhs !== '\\N') said.database!.set(number, nhs)
  }
  const { messages, files, ...whole } = said
  assert.ok(files!.size > 20)
  for (const [outlet, numbers] of Object.entries(whole)) assert.deepEqual(numbers, messages, outlet)
  for (const [number, nhs] of files!) assert.equal(messages!.get(number), nhs)
})

test('what is declared for the demo can be read, with a database and without, and nothing that was there is changed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openfdp-hospital-'))
  const declare = (database: { port: number; password: string } | null) =>
    declareHospital({
      ...{ hospital, folder, views, drop: '/srv/hospital', since: days[0]!, fhirPort: 1, messagesPort: 2, database },
    })
  const docks = () => readDocks({ folder }).map((dock) => (isFdpError(dock) ? dock.message : dock.id))
  const connections = () => new Connections(folder, adapters.connections).list().map(({ problem }) => problem)
  try {
    await declare(null)
    assert.deepEqual(docks(), ['diagnoses', 'encounters', 'procedures', 'referrals', 'waiting-list'])
    assert.deepEqual(connections(), [null])
    const mine = join(folder, 'docks', 'referrals.yaml')
    await writeFile(mine, 'object: Referral')
    await declare({ port: 3, password })
    assert.equal(await readFile(mine, 'utf8'), 'object: Referral')
    assert.equal(docks().length, 7)
    assert.deepEqual(connections(), [null, null])
    assert.ok(readMessageDocks({ folder }).every((each) => 'dock' in each))
    assert.equal((await stat(join(folder, 'connections', 'infirmary.password'))).mode & 0o077, 0)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('refused: a parameter that the hospital’s FHIR server does not know, and what it does not hold', async () => {
  await using server = await serveFhir(
    0,
    () => evening(eve),
    (at) => resourcesAt(hospital, at),
  )
  const status = async (path: string, method = 'GET') => (await fetch(`${server.url}${path}`, { method })).status
  assert.deepEqual(
    await Promise.all([
      ...[status('/Patient?name=a'), status('/Patient?_count=0'), status('/Observation'), status('/Patient/1')],
      ...[
        status('/$export?_type=Observation'),
        status('/jobs/7'),
        status('/file-1/Patient'),
        status('/Patient', 'POST'),
      ],
    ]),
    [400, 400, 404, 404, 400, 404, 404, 405],
  )
})

test('the same day is told in the same bytes, and one that comes later begins where it ended', () => {
  const [from, upTo] = [evening(eve), evening(days[0]!)]
  const whole = messagesBetween(hospital, from, upTo)
  const half = clockAt(days[0]!, 12 * 60)
  const parts = [...messagesBetween(hospital, from, half), ...messagesBetween(hospital, half, upTo)]
  assert.deepEqual(
    parts.map(({ bytes }) => bytes.toString()),
    whole.map(({ bytes }) => bytes.toString()),
  )
  assert.ok(whole.length > 10)
})
