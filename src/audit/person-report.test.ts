import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { addMs, canonicalJson, isFdpError, type JsonObject, parseSubjectId } from '#kernel'
import { auditOf } from '#node'
import { parseWhere, questionOf, summaryOf } from '#ontology'
import { fc } from '../../test/random.ts'
import {
  analyst,
  ask,
  day,
  errorOf,
  guardian,
  openWorld,
  planning,
  validation,
  validator,
  type World,
} from '../../test/world.ts'
import {
  auditLeases,
  type PatientName,
  type PersonReport,
  personReport,
  signAudit,
  verifyPersonReport,
} from './index.ts'

const high = { assurance: 'P9', proxy: null } as const

describe('a report about who used a record', () => {
  let world: World
  const patients = () => world.rows().Patient
  const nameOf = (i: number): PatientName => ({
    controller: world.tenant().profile.controller,
    patientId: patients()[i]!.personId!,
  })
  const reportOn = async (i: number, requester: Parameters<typeof personReport>[3] = high): Promise<PersonReport> => {
    await using session = await world.session(validator, validation)
    return await personReport(auditOf(world.tenant()), session, nameOf(i), requester)
  }
  const keyOf = async (i: number) => (await reportOn(i)).keys[0]!
  const readOne = async (i: number) => {
    await using session = await world.session(validator, validation)
    const where = parseWhere([`personId=${patients()[i]!.personId}`])!
    await ask(session, questionOf({ object: 'Patient', select: ['surname'], where, limit: 5 }))
  }
  const verified = (report: PersonReport) =>
    verifyPersonReport(JSON.parse(canonicalJson(report)) as JsonObject, world.tenant().ledger.vkey)

  before(async () => {
    world = await openWorld({ patients: 12 })
  })
  after(() => world[Symbol.asyncDispose]())

  test('is refused below high assurance, for another purpose, for nobody and for two, and each time on record', async () => {
    const error = await errorOf(() => reportOn(0, { assurance: 'P5', proxy: null }))
    assert.ok(isFdpError(error, 'FDP_AUDIT_ASSURANCE'))
    await using planner = await world.session(analyst, planning)
    const asked = await errorOf(() => personReport(auditOf(world.tenant()), planner, nameOf(0), high))
    assert.ok(isFdpError(asked, 'FDP_AUDIT_PURPOSE'))
    await using session = await world.session(validator, validation)
    const report = (name: PatientName) => errorOf(() => personReport(auditOf(world.tenant()), session, name, high))
    const { controller } = world.tenant().profile
    assert.ok(isFdpError(await report({ controller, patientId: "x' OR 1=1" }), 'FDP_AUDIT_NO_PATIENT'))
    assert.ok(isFdpError(await report({ controller: 'ZZ9' as typeof controller, patientId: patients()[0]!.personId! })))
    assert.ok(isFdpError(await report({ nhsNumber: '943 476 5919' }), 'FDP_AUDIT_NO_PATIENT'))
    assert.ok(isFdpError(await errorOf(() => reportOn(0, { assurance: 'P9', proxy: 'nobody' })), 'FDP_AUDIT_NO_PROXY'))
    const refused = (await world.entries()).filter(({ type }) => type === 'audit.person-refused')
    assert.deepEqual(
      refused.map(({ governance }) => governance.reason),
      ['assurance', 'purpose', 'no-patient', 'no-patient', 'no-patient', 'no-proxy'],
    )
  })

  test('lists a read of the record with its proof, not one of another’s, and holds offline', async () => {
    await readOne(0)
    await readOne(1)
    const report = await reportOn(0)
    const [use] = report.uses.filter(({ data }) => data[0]!.columns.includes('surname'))
    assert.equal(report.uses.filter(({ data }) => data[0]!.columns.includes('surname')).length, 1)
    assert.deepEqual(
      [use!.certainty, use!.who.role, use!.who.name, use!.purpose.words],
      ['yes', 'Waiting list validator', null, 'your own care'],
    )
    assert.equal(canonicalJson(report).includes(validator), false)
    const found = verified(report)
    assert.equal(found.proved, found.uses)
    // By NHS number it is the same person; the lookups before are uses, too.
    await using session = await world.session(validator, validation)
    const again = await personReport(auditOf(world.tenant()), session, { nhsNumber: patients()[0]!.nhsNumber! }, high)
    assert.deepEqual(again.keys, report.keys)
    assert.ok(again.uses.length > report.uses.length)
  })

  test('a changed, swapped or foreign proof does not hold', async () => {
    const [mine, other] = [await reportOn(0), await reportOn(1)]
    const bad = (change: (report: { uses: Record<string, unknown>[] } & Record<string, unknown>) => void) => {
      const copy = JSON.parse(canonicalJson(mine))
      change(copy)
      return () => verifyPersonReport(copy, world.tenant().ledger.vkey)
    }
    const code = { code: 'FDP_AUDIT_BAD_REPORT' }
    assert.throws(
      bad((report) => Object.assign(report, { keys: other.keys })),
      code,
    )
    assert.throws(
      bad((report) => Object.assign(report.uses[0]!, { person: other.uses[0]!.person })),
      code,
    )
    assert.throws(
      bad((report) => Object.assign(report.uses[0]!, { person: null })),
      code,
    )
    assert.throws(
      bad((report) => Object.assign(report.uses[0]!, { read: 7 })),
      code,
    )
    assert.throws(
      bad((report) => Object.assign(report.uses[0]!, { opened: other.uses.at(-1)!.opened })),
      code,
    )
    assert.throws(
      () =>
        verifyPersonReport(
          mine,
          other.vkey.replace(/.$/, (last) => (last === 'x' ? 'y' : 'x')),
        ),
      code,
    )
    assert.throws(
      bad((report) => Object.assign(report, { version: 2 })),
      { code: 'FDP_FORMAT_NEWER' },
    )
  })

  test('counts are told from the query, and figures are said as what they are', async () => {
    await using session = await world.session(analyst, planning)
    await ask(session, summaryOf({ object: 'RttPeriod', groupBy: [], aggregations: [{ name: 'n', type: 'count' }] }))
    const where = parseWhere(['treatmentFunctionCode=100'])!
    await ask(
      session,
      summaryOf({ object: 'RttPeriod', groupBy: [], where, aggregations: [{ name: 'n', type: 'count' }] }),
    )
    const uses = (await reportOn(3)).uses.filter(({ data }) => data[0]!.object === 'RttPeriod')
    assert.deepEqual(
      uses.map(({ certainty }) => certainty),
      ['counted', 'maybe'],
    )
    assert.deepEqual((await auditLeases(auditOf(world.tenant()))).leasesWithoutEntry, [])
    // Somebody without a row in what a count saw was not part of it.
    const { keys } = await reportOn(3)
    const entry = (await world.entries()).findLast(({ type }) => type === 'audit.person-asked')!
    const { governance, gate } = world.tenant()
    const lakeManifest = governance.catalogue().lakeManifest('RttPeriod')!
    const of = [{ object: 'RttPeriod', lakeManifest, rows: { controllers: 'all' as const, where: [] } }]
    assert.deepEqual(await gate.holdsPerson({ entry: entry.index, person: keys[0]!, of }), ['yes'])
    assert.deepEqual(await gate.holdsPerson({ entry: entry.index, person: '12345', of }), ['no'])
    await assert.rejects(gate.holdsPerson({ entry: 0 as typeof entry.index, person: '12345', of }))
  })

  test('a guardian’s redaction hides a use from that person, with the class of reason, until its day', async () => {
    await readOne(4)
    const before = await reportOn(4)
    const { read } = before.uses.find(({ data }) => data[0]!.columns.includes('surname'))!
    const deps = auditOf(world.tenant())
    const redact = (by: string, person: string, ms: number) => {
      const body = { by: parseSubjectId(by), read, until: addMs(world.now(), ms), reason: 'serious-harm' } as const
      return signAudit(deps, 'audit.redacted', body, { persons: [person] })
    }
    assert.ok(isFdpError(await errorOf(() => redact(validator, before.keys[0]!, day)), 'FDP_AUDIT_NOT_ENTITLED'))
    // Written around the program by somebody without the duty: it hides nothing.
    await deps.ledger.append({
      type: 'audit.redacted',
      governance: { version: 1, by: validator, read, until: addMs(world.now(), day), reason: 'crime' },
      persons: [before.keys[0]!],
    })
    await redact(guardian, await keyOf(5), day)
    await redact(guardian, before.keys[0]!, -1)
    assert.equal((await reportOn(4)).withheld.length, 0)
    await redact(guardian, before.keys[0]!, day)
    const after = await reportOn(4)
    assert.equal(
      after.uses.some((use) => use.read === read),
      false,
    )
    assert.match(after.withheld[0]!.words, /Schedule 3, paragraph 5/)
  })

  test('a proxy on record is named as such, for that person only; staff are named where the tenant says so', async () => {
    const deps = auditOf(world.tenant())
    const until = addMs(world.now(), day)
    const body = {
      by: parseSubjectId(guardian),
      id: 'mother-of-6',
      authority: 'parental-responsibility',
      until,
    } as const
    await signAudit(deps, 'rights.proxy-recorded', body, {
      persons: [await keyOf(6)],
      detail: { proxy: 'their mother' },
    })
    const requester = { assurance: 'P9', proxy: 'mother-of-6' } as const
    assert.deepEqual((await reportOn(6, requester)).madeFor, {
      ...{ who: 'proxy', assurance: 'P9', authority: 'parental-responsibility', until },
    })
    assert.ok(isFdpError(await errorOf(() => reportOn(7, requester)), 'FDP_AUDIT_NO_PROXY'))
    await signAudit(deps, 'audit.naming-set', { by: parseSubjectId(guardian), staff: 'name' })
    const named = await reportOn(6)
    assert.equal(named.uses.find(({ certainty }) => certainty === 'yes')!.who.name, 'Vera Blake')
    assert.equal(verified(named).opened, named.uses.length)
    const lie = JSON.parse(canonicalJson(named))
    lie.uses[0].data[0].columns = ['sex']
    assert.throws(() => verifyPersonReport(lie, deps.ledger.vkey), { code: 'FDP_AUDIT_BAD_REPORT' })
    await signAudit(deps, 'audit.naming-set', { by: parseSubjectId(guardian), staff: 'role' })
  })

  test('never contains a value or a key of anybody else, whatever was read', async () => {
    const people = patients()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 11 }), fc.boolean()), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 11 }),
        async (reads, whom) => {
          await using session = await world.session(validator, validation)
          for (const [i, many] of reads) {
            const where = parseWhere([many ? `sex=${people[i]!.sex}` : `surname=${people[i]!.surname}`])!
            await ask(session, questionOf({ object: 'Patient', select: ['surname', 'nhsNumber'], where, limit: 9 }))
          }
          const report = await reportOn(whom)
          const text = canonicalJson(report)
          for (const [i, person] of people.entries()) {
            if (i === whom) continue
            for (const value of Object.values(person).filter((each) => each.length > 5)) {
              assert.equal(text.includes(value), false, `a value of person ${i}`)
            }
          }
          const listed = await Promise.all(
            report.uses.map(({ ended, person }) => (person ? [person.person] : [ended]) as unknown[]),
          )
          assert.ok(
            listed.flat().every((key) => key === null || report.keys.includes(String(key)) || typeof key === 'object'),
          )
          const others = await othersKeys(world, report.keys)
          for (const key of others) assert.equal(text.includes(key), false, 'a key of somebody else')
        },
      ),
      { numRuns: 6, seed: 7 },
    )
  })
})

async function othersKeys(world: World, own: readonly string[]): Promise<Set<string>> {
  const keys = new Set<string>()
  for (const { index, type } of await world.entries()) {
    if (type !== 'read.completed') continue
    for (const key of (await world.tenant().ledger.persons(index)) ?? []) if (!own.includes(key)) keys.add(key)
  }
  return keys
}
