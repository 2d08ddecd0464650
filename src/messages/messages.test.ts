import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, test } from 'node:test'
import { openFolderScratch } from '#adapters/messages-fs'
import { submit } from '#flows'
import { parseMessage, sayingOf, visitLogOf } from '#hl7v2'
import { isFdpError, systemRandom } from '#kernel'
import { findCanaries } from '../../test/canary.ts'
import {
  type FlowTenant,
  lakeRows,
  makeFlowTenant,
  openFlowTenant,
  submissionOf,
  vaultRows,
} from '../../test/flow-tenant.ts'
import { adt, dockOf, dockText, listenAt, mapText, openLanded, senderTo, type Told } from '../../test/message-dock.ts'
import { cases, fc } from '../../test/random.ts'
import { sharedPath, skipWithoutShared } from '../../test/shared-data.ts'
import { Facts } from './facts.ts'
import { eraseMessages, type MessageDock, parseMap, parseMessageDock, recordLanded, runMessages } from './index.ts'
import { type KindOfThing, kindsOfThing, type MessageMap } from './message-map.ts'
import { type Named, rowOf, thingsOf } from './rows-of.ts'

const nhsNumber = '9990000018'
const surname = 'Canary-Surname'

let root = ''
let made = ''
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'fdp-messages-'))
  made = join(root, 'made')
  await makeFlowTenant(made, undefined, ['Patient', 'Admission'])
})
after(() => rm(root, { recursive: true, force: true }))

let tenants = 0
async function newTenant(): Promise<FlowTenant> {
  const folder = join(root, `tenant-${++tenants}`)
  await (await import('node:fs/promises')).cp(made, folder, { recursive: true })
  return await openFlowTenant(folder)
}

/** Sends messages over a socket, one connection; the code of the refusal of each, or null. */
async function sendAll(port: number, messages: readonly Uint8Array[]): Promise<(string | null)[]> {
  await using sender = senderTo(port)
  const codes: (string | null)[] = []
  for (const message of messages) {
    codes.push(
      await sender.send(message).then(
        () => null,
        (error) => (isFdpError(error) ? error.code : 'fault'),
      ),
    )
  }
  return codes
}

const entriesOf = async ({ deps }: FlowTenant) => {
  const found: { type: string; governance: Record<string, unknown> }[] = []
  for await (const { type, governance } of deps.ledger.entries()) {
    if (type.startsWith('message.')) found.push({ type, governance })
  }
  return found
}

describe('a declaration', () => {
  it('is refused by its place and without its text', () => {
    const wrong: Readonly<Record<string, string>> = {
      'line 1': 'port: 1\n  secret: [',
      secret: dockText({ secret: 'x' }),
      port: dockText({ port: 'secret' }),
      tlsKey: dockText({ host: '10.0.0.1' }),
      tlsCert: dockText({ tlsKey: '/secret.pem' }),
      tlsCa: dockText({ tlsCa: '/secret.pem' }),
      'senders.0': dockText({ senders: '["secret"]' }),
      by: dockText({ by: 'a secret one' }),
      zone: dockText({ zone: '"+25:00"' }),
      maps: dockText({ maps: '[secret]' }),
    }
    for (const [where, text] of Object.entries(wrong)) {
      assert.throws(
        () => parseMessageDock('pas', text, mapText),
        (error: { code?: string; params?: Record<string, unknown>; message?: string }) => {
          assert.deepEqual([error.code, error.params?.where], ['FDP_MESSAGES_DECLARATION', where])
          assert.ok(where === 'secret' || !error.message?.includes('secret'), error.message)
          return true
        },
      )
    }
    assert.equal(dockOf({ host: '10.0.0.1', clear: true }).clear, true)
  })

  it('is refused where a map names what there is not', () => {
    const map = JSON.parse(mapText('Patient')) as { columns: Record<string, unknown> }
    const wrong: Readonly<Record<string, unknown>> = {
      object: { ...map, object: 'secret' },
      columns: { ...map, columns: { surname: { from: 'PID.names.family' } } },
      'columns/2': { ...map, columns: { personId: { from: 'number' }, secret: { from: 'number' } } },
      where: { ...map, where: { secret: ['x'] } },
    }
    for (const [where, text] of Object.entries(wrong)) {
      const read = () => parseMap('own', JSON.stringify(text))
      assert.throws(read, (error: Error & { params?: Record<string, unknown> }) => {
        assert.equal(error.params?.where, where)
        return !error.message.includes('secret')
      })
    }
    for (const from of ['PID.secret', 'PV1.location', 'PID.names.secret', 'PID.names.family.secret', 'status']) {
      const columns = { personId: { from: 'number' }, surname: { from } }
      assert.throws(() => parseMap('own', JSON.stringify({ ...map, columns })), { code: 'FDP_MESSAGES_MAP' })
    }
    const named = { personId: { from: 'number' }, sex: { from: 'PID.homeTelephone.text' } }
    assert.throws(() => parseMap('own', JSON.stringify({ ...map, columns: named })), /free text may name anybody/)
    for (const text of ['', '[]', '{']) assert.throws(() => parseMap('own', text), { code: 'FDP_MESSAGES_MAP' })
  })
})

const linesOf = (map: MessageMap, things: Iterable<Named>) =>
  [...things].flatMap((thing) => rowOf(map, thing)?.slice(0, -2) ?? [])

/** Rows as they would be submitted, from messages in this order. */
function rowsOf(told: readonly Told[], object: 'Patient' | 'Admission', dock: MessageDock = dockOf()): string[] {
  const zone = dock.zone === 'Europe/London' ? null : dock.zone
  const log = visitLogOf(told.map((each) => sayingOf(parseMessage(adt(each)), zone)))
  const map = dock.maps.find((each) => each.object === object)!
  return linesOf(map, thingsOf(map.of, log, dock).values())
}

const admitted: Told = { event: 'A01', at: '20260131091500', ward: 'W1^^B2', admitted: '20260131091000', nhsNumber }
const moved: Told = { event: 'A02', at: '20260131120000', ward: 'W2', occurred: '20260131115500' }
const discharged: Told = { event: 'A03', at: '20260202100000', ward: 'W2', discharged: '20260202095500' }

describe('rows', () => {
  it('follow admission, transfer, discharge, and what takes them back', () => {
    const row = (...told: Told[]) => rowsOf(told, 'Admission')
    const at = '2026-01-31T09:10:00.000Z'
    assert.deepEqual(row(admitted), [`V1,A1,A1,Admitted,${at},,,,,,,W1,B2,Unstated`])
    assert.deepEqual(row(admitted, moved), [`V1,A1,A1,Admitted,${at},,,,,,,W2,,Unstated`])
    const gone = `V1,A1,A1,Discharged,${at},2026-02-02T09:55:00.000Z,,,,,,W2,,Unstated`
    assert.deepEqual(row(admitted, moved, discharged), [gone])
    const back = { event: 'A13', at: '20260202110000', ward: 'W2' }
    assert.deepEqual(row(admitted, moved, discharged, back), [`V1,A1,A1,Admitted,${at},,,,,,,W2,,Unstated`])
    assert.deepEqual(row(admitted, moved, { event: 'A12', at: '20260131130000', ward: 'W1' }), [
      `V1,A1,A1,Admitted,${at},,,,,,,W1,,Unstated`,
    ])
    assert.deepEqual(row(admitted, { event: 'A11', at: '20260131100000' }), [])
  })

  it('of patients are what was said of them last; who was merged is gone, and visits go over', () => {
    const told: Told[] = [
      { event: 'A28', at: '20260101090000', number: 'A1', name: 'Old^Ann^^^Ms', birth: '19700102', nhsNumber },
      { event: 'A28', at: '20260102090000', number: 'A2', name: 'Other^Ann', birth: '19700102' },
      { event: 'A31', at: '20260103090000', number: 'A1', name: '"New, or so"^Ann' },
      { ...admitted, number: 'A2', nhsNumber: '' },
    ]
    assert.deepEqual(rowsOf(told, 'Patient'), [
      `A1,A1,${nhsNumber},,,Ann,"""New, or so""",1970-01-02,,,female,,,,,,,`,
      'A2,A2,,,,Ann,Other,1970-01-02,,,female,,,,,,,',
    ])
    const merged: Told[] = [...told, { event: 'A40', at: '20260201090000', number: 'A1', prior: 'A2', visit: '' }]
    assert.deepEqual(rowsOf(merged, 'Patient'), [
      `A1,A1,${nhsNumber},,,Ann,"""New, or so""",1970-01-02,,,female,,,,,,,`,
    ])
    assert.match(rowsOf(merged, 'Admission')[0]!, /^V1,A1,A1,/)
  })

  it('are the same in whatever order, and how often, messages came', () => {
    const kinds = fc.constantFrom('A01', 'A02', 'A03', 'A08', 'A11', 'A12', 'A13', 'A28', 'A31', 'A40')
    const one = fc.record({
      ...{ event: kinds, at: fc.integer({ min: 10, max: 59 }).map((minute) => `2026013109${minute}00`) },
      ...{ number: fc.constantFrom('A1', 'A2', 'A3'), visit: fc.constantFrom('V1', 'V2') },
      ...{ ward: fc.constantFrom('W1', 'W2'), name: fc.constantFrom('', 'X^Y', 'Z') },
    })
    const story = fc
      .array(one, { maxLength: 12 })
      .map((all) => all.map((each, i) => ({ ...each, id: `${i}`, ...(each.event === 'A40' ? { prior: 'A3' } : {}) })))
    const shuffled = story.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
    )
    fc.assert(
      fc.property(shuffled, ([all, others]) => {
        for (const object of ['Patient', 'Admission'] as const)
          assert.deepEqual(rowsOf(others, object), rowsOf(all, object))
      }),
      cases(50, 1_000),
    )
  })

  it('of appointments, referrals and results keep free text in free text', () => {
    const rows = (name: string, ...lines: string[]) => {
      const [trigger = '', ...rest] = lines
      const message = `MSH|^~\\&|PAS|RJ1|||20260131091500||${trigger}|${name}|P|2.4\r${rest.join('\r')}`
      const [map] = dockOf({ maps: `[${name}]` }).maps
      const log = visitLogOf([sayingOf(parseMessage(Buffer.from(message)))])
      return linesOf(map!, thingsOf(map!.of, log, dockOf()).values())[0]
    }
    const [pid, note] = ['PID|||A1^^^RJ1^MR', 'NTE|1||a "note"']
    const sch = 'SCH||F1||||||FU^Follow up|30|min|^^^202602031000^202602031030||||||||||||||Booked'
    const times = '2026-01-31T09:15:00.000Z,,2026-02-03T10:00:00.000Z,2026-02-03T10:30:00.000Z'
    assert.equal(
      rows('Appointment', 'SIU^S12', sch, note, pid, 'AIL|1||CL7^R2'),
      `F1,A1,Booked,,Booked,${times},30,,FU,,,CL7,,,"a ""note"""`,
    )
    assert.equal(
      rows('Referral', 'REF^I12', 'RF1|A|R|||O|R1|20260130||20260131|||', pid, note),
      'R1,A1,,Accepted,2026-01-30,2026-01-31,,1,R,,O,,,"a ""note"""',
    )
    const obx = 'OBX|1|NM|HB^Haemoglobin^L||13.50|g/L|||||F|||202601300800'
    assert.equal(
      rows('TestResult', 'ORU^R01', pid, 'OBR|1||L1|FBC', obx, note),
      'L1/HB,A1,HB,2026-01-30T08:00:00.000Z,,DoubleType,"13.50\na ""note""",13.50,g/L',
    )
  })

  it('keep the moment when clocks change, and the clock that a sender keeps all year', () => {
    const at = (time: string, dock?: MessageDock) =>
      rowsOf([{ event: 'A01', at: '20261101090000', admitted: time }], 'Admission', dock)[0]!.split(',')[4]
    assert.equal(at('20260329003000'), '2026-03-29T00:30:00.000Z')
    assert.equal(at('20260329013000'), '2026-03-29T01:30:00.000Z', 'never shown: 02:30 of summer time')
    assert.equal(at('20261025013000'), '2026-10-25T00:30:00.000Z', 'shown twice: the first')
    assert.equal(at('20261025013000+0000'), '2026-10-25T01:30:00.000Z')
    assert.equal(at('20260701093000'), '2026-07-01T08:30:00.000Z')
    assert.equal(at('20260701093000', dockOf({ zone: '"+00:00"' })), '2026-07-01T09:30:00.000Z')
    assert.equal(at('20260701'), '', 'a day is no moment')
  })
})

/** Things of every kind, as text, from messages in this order; worked out in so many parts. */
async function thingsIn(told: readonly Told[], partitions: number, memoryBytesMax: number): Promise<string[]> {
  const scratch = await openFolderScratch(join(root, 'spill'), systemRandom, memoryBytesMax)
  const facts = new Facts(scratch, partitions)
  for (const each of told) await facts.add(sayingOf(parseMessage(adt(each))))
  const now = await facts.now()
  const found: string[] = []
  for (const of of kindsOfThing) {
    for await (const thing of facts.things(of, dockOf(), now)) found.push(shown(of, thing))
  }
  await facts.close()
  return found.sort()
}

const shown = (of: KindOfThing, thing: Named) =>
  JSON.stringify([of, ...['number', 'nhsNumber', 'patient', 'status', 'PID.names', 'PV1.location'].map(thing)])

test('what messages come to is the same in one part and in many, in memory and spilled, in whatever order', async () => {
  const one = fc.record({
    ...{ event: fc.constantFrom('A01', 'A02', 'A08', 'A11', 'A28', 'A31', 'A40'), id: fc.constantFrom(...'123456789') },
    ...{ minute: fc.integer({ min: 10, max: 59 }), visit: fc.constantFrom('V1', 'V2', 'V3') },
    ...{ number: fc.constantFrom('A1', 'A2', 'A3'), prior: fc.constantFrom('A1', 'A2', 'A3') },
    ...{ ward: fc.constantFrom('W1', 'W2'), name: fc.constantFrom('', 'X^Y', 'Z'), nhsNumber: fc.constant(nhsNumber) },
  })
  // No two of one name at one time, of which content alone decides.
  const story = fc.uniqueArray(one, { maxLength: 10, selector: ({ id, minute }) => `${id} ${minute}` }).map((all) =>
    all.map(({ minute, prior, ...each }): Told => {
      const at = `2026013109${minute}00`
      return { ...each, at, ...(each.event === 'A40' ? { prior } : {}) }
    }),
  )
  const shuffled = story.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
  )
  await fc.assert(
    fc.asyncProperty(shuffled, async ([all, others]) => {
      const log = visitLogOf(all.map((each) => sayingOf(parseMessage(adt(each)))))
      const whole = kindsOfThing.flatMap((of) =>
        [...thingsOf(of, log, dockOf()).values()].map((each) => shown(of, each)),
      )
      assert.deepEqual(await thingsIn(others, 5, 300), whole.sort())
      assert.deepEqual(await thingsIn(all, 1, 1_000_000), whole)
    }),
    cases(15, 1_000),
  )
})

const bound = (value: unknown, to: object) => (typeof value === 'function' ? value.bind(to) : value)

describe('a message dock', () => {
  it('takes messages over a socket, makes rows of them, and shows nothing', async () => {
    await using tenant = await newTenant()
    const dock = dockOf()
    let landed = await openLanded(tenant, dock)
    await using listener = await listenAt(dock, landed)
    const known = { name: `${surname}^Ann`, birth: '19700102', nhsNumber }
    const first = [adt({ ...admitted, ...known }), adt(moved)]
    assert.deepEqual(await sendAll(listener.port, first), [null, null])
    assert.deepEqual(
      (await runMessages(dock, landed, tenant.deps)).map(({ object, what, rows }) => [object, what, rows]),
      [
        ['Patient', 'published', 1],
        ['Admission', 'published', 1],
      ],
    )
    assert.deepEqual(
      (await lakeRows(tenant, 'Admission')).map(({ ward }) => ward),
      ['W2'],
    )
    assert.deepEqual(await vaultRows(tenant, 'Patient', ['nhsNumber', 'surname']), [[nhsNumber, surname]])
    const nothing = await runMessages(dock, landed, tenant.deps)
    assert.deepEqual(
      nothing.map(({ what }) => what),
      ['unchanged', 'unchanged'],
    )

    // The same again, then what takes the transfer back, then the transfer once more under another name.
    const more = [...first, adt({ event: 'A12', at: '20260131130000', ward: 'W1' })]
    assert.deepEqual(await sendAll(listener.port, more), [null, null, null])
    assert.deepEqual(landed.tally.total, { landed: 3, again: 2, refused: 0 })
    await runMessages(dock, landed, tenant.deps)
    assert.deepEqual(
      (await lakeRows(tenant, 'Admission')).map(({ ward }) => ward),
      ['W1'],
    )
    await sendAll(listener.port, [adt({ ...moved, at: '20260131140000' })])
    await runMessages(dock, landed, tenant.deps)
    assert.deepEqual(
      (await lakeRows(tenant, 'Admission')).map(({ ward }) => ward),
      ['W2'],
    )

    // After a restart the messages are read again, and are known again.
    await listener.close()
    await landed.close()
    landed = await openLanded(tenant, dock)
    assert.deepEqual(landed.tally.total, { landed: 4, again: 2, refused: 0 })
    await using later = await listenAt(dock, landed)
    const other = adt({ ...admitted, number: 'A2', nhsNumber: '', visit: 'V2', ward: 'W9' })
    const last = [first[0]!, other, adt({ event: 'A11', at: '20260131150000' })]
    assert.deepEqual(await sendAll(later.port, last), [null, null, null])
    const done = await runMessages(dock, landed, tenant.deps)
    assert.deepEqual(
      done.map(({ what, rows }) => [what, rows]),
      [
        ['published', 2],
        ['published', 1],
      ],
    )
    assert.deepEqual(
      (await lakeRows(tenant, 'Admission')).map(({ ward }) => ward),
      ['W9'],
    )
    assert.equal(landed.tally.total.again, 3)
    await later.close()
    await landed.close()
    const entries = await entriesOf(tenant)
    assert.deepEqual(entries.filter(({ type }) => type === 'message.begun').length, 2)
    assert.deepEqual(await findCanaries(tenant.folder, [nhsNumber, surname]), [])
  })

  it('refuses who is not among its senders, and what it cannot read, by code, segment and field', async () => {
    await using tenant = await newTenant()
    const dock = dockOf()
    const landed = await openLanded(tenant, dock)
    await using listener = await listenAt(dock, landed)
    const refused = [
      adt({ event: 'A01', at: '20260131091500', sender: 'PAS|RXX' }),
      adt({ event: 'A01', at: '20260131091500', sender: `${surname}|RJ1` }),
      adt({ event: 'A14', at: '20260131091500' }),
      adt({ event: 'A01', at: '20260131091500', birth: surname }),
      Buffer.from(`nothing of HL7 but ${surname}`),
    ]
    const codes = await sendAll(listener.port, refused)
    assert.ok(codes.every((code) => code?.startsWith('FDP_MLLP_')))
    assert.deepEqual(landed.tally.total, { landed: 0, again: 0, refused: 5 })
    await listener.close()
    await landed.close()
    const again = await openLanded(tenant, dock)
    const kinds = again.tally.refused.map(({ event, code, place, messages }) => `${event} ${code} ${place} ${messages}`)
    assert.deepEqual(kinds.sort(), [
      'ADT^A01 FDP_HL7_TIME segment 3 (PID), field 7 1',
      'ADT^A01 FDP_MESSAGES_SENDER segment 1 (MSH), field 3 2',
      'ADT^A14 FDP_HL7_EVENT segment 1 (MSH), field 9 1',
      'unreadable FDP_HL7_HEADER segment 1 1',
    ])
    await recordLanded(dock, again, tenant.deps)
    assert.doesNotMatch(JSON.stringify([await entriesOf(tenant), kinds]), new RegExp(surname))
    assert.deepEqual(await findCanaries(tenant.folder, [surname]), [])
    await again.close()
  })

  it('does not replace rows that came from elsewhere, unless it is told to', async () => {
    await using tenant = await newTenant()
    await submit(submissionOf('Patient', ['personId', 'P1', 'P2']), tenant.deps)
    const landed = await openLanded(tenant, dockOf())
    await landed.store(adt(admitted), 'ADT^A01', null)
    const [failed] = await runMessages(dockOf(), landed, tenant.deps)
    assert.deepEqual([failed?.what, failed?.code], ['failed', 'FDP_MESSAGES_OTHERS'])
    await runMessages(dockOf(), landed, tenant.deps)
    assert.equal((await entriesOf(tenant)).filter(({ type }) => type === 'message.failed').length, 1, 'said once')
    const [published] = await runMessages(dockOf({ replaces: true }), landed, tenant.deps)
    assert.deepEqual([published?.what, published?.rows], ['published', 1])
    await landed.close()
  })

  it('makes the same rows where there is no room for what the messages say', async () => {
    await using tenant = await newTenant()
    const dock = dockOf()
    const landed = await openLanded(tenant, dock, { memoryBytesMax: 2_000, partitions: 3 })
    const said = Array.from({ length: 40 }, (_, i) =>
      adt({ ...admitted, nhsNumber: '', name: surname, number: `A${i}`, visit: `V${i}`, id: `M${i}` }),
    )
    for (const each of [...said, adt({ event: 'A11', at: '20260131100000', number: 'A7', visit: 'V7' })]) {
      await landed.store(each, 'ADT', null)
    }
    await landed.store(adt({ event: 'A40', at: '20260201090000', number: 'A1', prior: 'A2', visit: '' }), 'ADT', null)
    assert.deepEqual(await findCanaries(tenant.folder, [surname]), [])
    assert.deepEqual(
      (await runMessages(dock, landed, tenant.deps)).map(({ what, rows }) => [what, rows]),
      [
        ['published', 39],
        ['published', 39],
      ],
    )
    assert.deepEqual(await readdir(join(tenant.folder, 'spill')), [])
    await landed.close()
  })

  it('forgets somebody who is erased: them, and whoever was merged into them, and nobody else', async () => {
    await using tenant = await newTenant()
    const dock = dockOf()
    const landed = await openLanded(tenant, dock)
    const gone: Told[] = [
      { event: 'A28', at: '20260101090000', number: 'A1', name: surname, visit: '', nhsNumber: '999 000 0018' },
      { event: 'A40', at: '20260102090000', number: 'A1', prior: 'A2', visit: '' },
      { event: 'A40', at: '20260103090000', number: 'A2', prior: 'A3', visit: '' },
      { ...admitted, number: 'A3', nhsNumber: '', visit: 'V3' },
      { event: 'A31', at: '20260104090000', number: 'A9', visit: '', nhsNumber },
    ]
    const stay: Told[] = [
      { event: 'A28', at: '20260101090000', number: 'A4', name: 'Other', visit: '' },
      { event: 'A28', at: '20260101090000', number: 'A11', visit: '' },
    ]
    for (const each of [...gone, ...stay]) await landed.store(adt(each), `ADT^${each.event}`, null)
    await runMessages(dock, landed, tenant.deps)
    const was = await landed.facts()
    const now = await was.now()
    const who = { erasure: 'e1', numbers: [nhsNumber], localIds: [{ controller: 'RJ1', localId: 'A1' }] }
    // The ledger fails: before it holds the entry, and after.
    for (const isStored of [false, true]) {
      const append = async (entry: never) => {
        if (isStored) await tenant.deps.ledger.append(entry)
        throw new Error('the process died')
      }
      const { ledger } = tenant.deps
      const failing = new Proxy(ledger, {
        get: (of, name) => (name === 'append' ? append : bound(Reflect.get(of, name), of)),
      })
      await assert.rejects(eraseMessages('pas', dock, landed, failing, who), /died/)
      assert.equal(landed.tally.total.landed, 7)
    }
    await eraseMessages('pas', dock, landed, tenant.deps.ledger, who)
    await assert.rejects(was.things('patient', dock, now).next(), { code: 'FDP_MESSAGES_CHANGED' })
    const left = async (of: typeof landed) => {
      const numbers: string[] = []
      for await (const { message } of of.messages()) numbers.push(/PID\|\|\|(\w+)/.exec(`${Buffer.from(message)}`)![1]!)
      return numbers.sort()
    }
    assert.deepEqual([await left(landed), landed.tally.total.landed], [['A11', 'A4'], 2])
    const [patients] = await runMessages(dock, landed, tenant.deps)
    assert.deepEqual([patients?.what, patients?.rows], ['published', 2])
    const [erased, ...others] = (await entriesOf(tenant)).filter(({ type }) => type === 'message.erased')
    assert.deepEqual([erased?.governance.messages, erased?.governance.erasure, others.length], [5, 'e1', 0])
    assert.doesNotMatch(JSON.stringify(erased), /A1|Canary/)
    // Again changes nothing; what comes later is taken, also the same bytes.
    await eraseMessages('pas', dock, landed, tenant.deps.ledger, who)
    await landed.store(adt(gone[0]!), 'ADT^A28', null)
    await recordLanded(dock, landed, tenant.deps)
    await landed.close()
    const again = await openLanded(tenant, dock)
    assert.deepEqual([await left(again), again.tally.total.landed], [['A1', 'A11', 'A4'], 3])
    // Of a dock that nobody declares any more, any number that is theirs names them.
    await eraseMessages('pas', null, again, tenant.deps.ledger, { ...who, numbers: [] })
    assert.deepEqual(await left(again), ['A11', 'A4'])
    await again.close()
  })

  it('passes over what a crash left half written, and nothing that the ledger has committed to', async () => {
    await using tenant = await newTenant()
    const dock = dockOf()
    const folder = join(tenant.folder, 'messages', 'pas')
    const landed = await openLanded(tenant, dock)
    await landed.store(adt(admitted), 'ADT^A01', null)
    await recordLanded(dock, landed, tenant.deps)
    await landed.store(adt(moved), 'ADT^A02', null)
    await landed.close()
    const [name = ''] = await readdir(folder)
    const whole = await readFile(join(folder, name))
    const count = async () => {
      const opened = await openLanded(tenant, dock)
      await opened.close()
      return opened.tally.total.landed
    }
    assert.equal(await count(), 2)
    await appendFile(join(folder, name), whole.subarray(0, 40))
    assert.equal(await count(), 2)
    await writeFile(join(folder, name), whole.subarray(0, -1))
    assert.equal(await count(), 1)
    // The first record is committed to: neither less of it nor another one will do.
    const changed = Buffer.from(whole)
    changed[400] = changed[400]! ^ 1
    for (const bytes of [changed, whole.subarray(0, 400), Buffer.alloc(0)]) {
      await writeFile(join(folder, name), bytes)
      await assert.rejects(count(), { code: 'FDP_MESSAGELOG_DAMAGED' })
    }
    await rm(join(folder, name))
    await assert.rejects(count(), { code: 'FDP_MESSAGELOG_DAMAGED' })
  })
})

test('every published message is accepted or refused with its reason, over the wire', async (t) => {
  if (skipWithoutShared(t)) return
  const folder = sharedPath('data/hl7v2/')
  const messages = readdirSync(folder)
    .filter((name) => name.endsWith('.hl7'))
    .map((name) => readFileSync(`${folder}${name}`))
  const senders = new Set(
    messages.map((bytes) => {
      const { segments } = parseMessage(bytes)
      const [application, facility] = [3, 4].map((field) => segments[0]!.fields[field]?.[0]?.[0]?.[0] ?? '')
      return `${application}|${facility}`
    }),
  )
  await using tenant = await newTenant()
  const dock = dockOf({ senders: JSON.stringify([...senders]) })
  const landed = await openLanded(tenant, dock)
  await using listener = await listenAt(dock, landed)
  const codes = await sendAll(listener.port, messages)
  assert.equal(codes.filter((code) => code === null).length, 59)
  const reasons: Record<string, number> = {}
  for (const { code, place, messages: count } of landed.tally.refused) {
    reasons[`${code} ${place}`] = (reasons[`${code} ${place}`] ?? 0) + count
  }
  assert.deepEqual(reasons, { 'FDP_HL7_EVENT segment 1 (MSH), field 9': 79, 'FDP_HL7_EVENT segment 5 (PID)': 1 })
  const { landed: first, again, refused } = landed.tally.total
  assert.deepEqual([first + again, refused], [59, 80])
  await recordLanded(dock, landed, tenant.deps)
  const [entry] = await entriesOf(tenant)
  assert.equal(entry?.type, 'message.landed')
  await listener.close()
  await landed.close()
})
