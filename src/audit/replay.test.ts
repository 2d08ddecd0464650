import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openPolicyEngine, shippedPolicyFiles, sign } from '#governance'
import { addMs, type EntryIndex, isFdpError, type PurposeId, parseSubjectId } from '#kernel'
import type { LedgerEntry } from '#ledger'
import { auditOf } from '#node'
import { countObjects, questionOf } from '#ontology'
import {
  analyst,
  ask,
  errorOf,
  manager,
  openWorld,
  planning,
  validation,
  validator,
  type World,
} from '../../test/world.ts'
import { auditLeases, recordPolicies, replayReads, sessionsOf, workLog } from './index.ts'

const periods = questionOf({ object: 'RttPeriod', select: ['rttPeriodId'], limit: 5 })

/** The shipped policies with one more that refuses everything. */
const stricter = () => {
  const { schema, policies } = shippedPolicyFiles()
  return {
    schema,
    policies: `${policies}\n@id("nothing-more") @says("nothing is allowed") @help("wait")\nforbid (principal, action, resource);\n`,
  }
}

describe('replay', () => {
  let world: World
  const replay = (policies = world.tenant().governance.policies) =>
    replayReads(world.tenant().ledger, world.tenant().profile.id, policies)

  before(async () => {
    world = await openWorld({ patients: 20 })
    await using session = await world.session(validator, validation)
    await ask(session, periods)
    await errorOf(() => session.rows(questionOf({ object: 'Referral', select: ['referralId'], limit: 1 })))
    await using other = await world.session(analyst, planning)
    await errorOf(() => other.rows(questionOf({ object: 'Patient', select: ['surname'], limit: 1 })))
    await errorOf(() => world.session('nobody@nowhere.example', planning))
  })
  after(() => world[Symbol.asyncDispose]())

  test('an honest ledger has no finding, refusals included, by the text that it holds itself', async () => {
    const report = await replayReads(world.tenant().ledger, world.tenant().profile.id, null)
    assert.deepEqual([report.findings, report.undecided], [[], []])
    assert.deepEqual([report.reads, report.refusals], [1, 3])
    assert.deepEqual(report.policies, [
      { sha256: world.tenant().governance.policies.sha256, relations: 1, from: 'ledger' },
    ])
  })

  test('other policies of today do not make an honest old read look wrong, and old text is what decides it', async () => {
    const strict = await openPolicyEngine(stricter())
    assert.deepEqual((await replay(strict)).findings, [])
    // The same ledger, with the strict text where the shipped one was recorded, under the hash that it has.
    const { ledger, profile } = world.tenant()
    const document = JSON.stringify([stricter().schema, stricter().policies])
    const swap = async function* () {
      for await (const entry of ledger.entries()) {
        const { type, governance } = entry
        const of = governance.sha256 === undefined || !type.startsWith('audit.') ? null : strict.sha256
        const relations = Object.entries((governance.relations ?? {}) as Record<string, object>)
        const told = relations.map(([name, relation]) => [name, { ...relation, policies: strict.sha256 }])
        if (of)
          yield { ...entry, governance: { ...governance, sha256: of, ...(governance.text ? { text: document } : {}) } }
        else if (told.length > 0) yield { ...entry, governance: { ...governance, relations: Object.fromEntries(told) } }
        else yield entry
      }
    } as () => AsyncGenerator<LedgerEntry>
    const { findings } = await replayReads(
      { entries: swap, detail: (i) => ledger.detail(i), persons: (i) => ledger.persons(i) },
      profile.id,
      null,
    )
    assert.deepEqual(
      findings.map(({ kind, says }) => [kind, says.includes('nothing-more')]),
      [['not-allowed', true]],
    )
  })

  test('figures that anybody asked for freely left by a policy for small numbers; by the true counts of the grant they would be found', async () => {
    await using own = await openWorld({ patients: 10 })
    const { ledger, profile, keys } = own.tenant()
    const { clock, random } = own.node.adapters
    await using session = await own.session(manager, 'mandatory-return')
    await countObjects(session, 'RttPeriod', { keys, clock, random, reference: () => null })
    assert.deepEqual((await replayReads(ledger, profile.id, null)).findings, [])
    const lie = async function* () {
      for await (const entry of ledger.entries()) {
        const { type, governance } = entry
        if (type !== 'release.made') yield entry
        else yield { ...entry, governance: { ...governance, policy: 'official-true-counts@1' } }
      }
    } as () => AsyncGenerator<LedgerEntry>
    const told = { entries: lie, detail: (i: number) => ledger.detail(i), persons: (i: number) => ledger.persons(i) }
    const { findings } = await replayReads(told as never, profile.id, null)
    assert.deepEqual(
      findings.map(({ kind }) => kind),
      ['other-disclosure'],
    )
  })

  test('a text that does not fit its hash decides nothing', async () => {
    const { ledger, profile } = world.tenant()
    const lie = async function* () {
      for await (const entry of ledger.entries()) {
        yield entry.type === 'audit.policies-text'
          ? { ...entry, governance: { ...entry.governance, text: '["",""]' } }
          : entry
      }
    }
    const error = await errorOf(() =>
      replayReads(
        { entries: lie, detail: (i) => ledger.detail(i), persons: (i) => ledger.persons(i) },
        profile.id,
        null,
      ),
    )
    assert.ok(isFdpError(error, 'FDP_AUDIT_POLICY_TEXT'))
  })

  test('the text is recorded once; other policies are recorded when they come into force', async () => {
    const { ledger, governance } = world.tenant()
    const size = ledger.size
    await recordPolicies(ledger, shippedPolicyFiles(), governance.policies)
    assert.equal(ledger.size, size)
  })

  test('who is looking, and what was done', async () => {
    const { ledger, gate, governance } = world.tenant()
    await using session = await world.session(validator, validation)
    const states = async () => (await sessionsOf(ledger.entries(), gate.openSessions())).map(({ state }) => state)
    assert.deepEqual(await states(), ['closed', 'closed', 'open'])
    await session.close()
    assert.deepEqual(await states(), ['closed', 'closed', 'closed'])
    const lines = await workLog(() => ledger.entries(), governance.state(), { person: validator })
    assert.deepEqual(
      lines.map(({ did, object, rows }) => [did, object, rows]),
      [
        ['session', '', 0],
        ['read', 'RttPeriod', 5],
        ['refused', '', 0],
        ['session', '', 0],
      ],
    )
    assert.equal((await workLog(() => ledger.entries(), governance.state(), { outsiders: true })).length > 0, true)
  })

  test('a forged read, a lease without entry and an entry without lease are found', async () => {
    const { ledger, lake, governance } = world.tenant()
    const honest = (await world.entries()).find(({ type }) => type === 'read.opened')!
    const [name, relation] = Object.entries(honest.governance.relations as Record<string, object>)[0]!
    const opened = await ledger.append({
      type: 'read.opened',
      governance: {
        ...honest.governance,
        relations: { [name]: { ...relation, object: 'Patient', columns: ['surname'], grant: 'nobody-gave-it' } },
      } as LedgerEntry['governance'],
    })
    await ledger.append({ type: 'read.completed', governance: { of: opened.index, outcome: 'complete', rows: 3 } })
    const { findings } = await replay()
    assert.deepEqual([...new Set(findings.map(({ entry }) => entry))], [opened.index])
    assert.ok(findings.some(({ kind }) => kind === 'other-grant' || kind === 'not-allowed'))
    assert.ok(findings.some(({ kind }) => kind === 'no-session'))
    const manifest = governance.catalogue().lakeManifest('Patient')!
    await (await lake.lease(manifest, 0 as EntryIndex))[Symbol.asyncDispose]()
    const leases = await auditLeases(auditOf(world.tenant()))
    assert.deepEqual(leases.readsWithoutLease, [opened.index])
    assert.deepEqual(
      leases.leasesWithoutEntry.map(({ entry }) => entry),
      [0],
    )
  })

  test('a read by an access opened for one patient, with somebody else in its list, is found', async () => {
    const { ledger, governance } = world.tenant()
    const input = {
      ...{ by: parseSubjectId(validator), id: 'emergency', purpose: validation as PurposeId },
      ...{ until: addMs(world.now(), 60_000), objects: [{ object: 'Patient', columns: ['surname'] }] },
    }
    const opened = sign(governance.state(), 'governance.break-glass-opened', input, world.now())
    await ledger.append({ ...opened, detail: { person: '12' } })
    const honest = (await world.entries()).find(({ type }) => type === 'read.opened')!
    const [name, relation] = Object.entries(honest.governance.relations as Record<string, object>)[0]!
    const relations = { [name]: { ...relation, object: 'Patient', columns: ['surname'], grant: 'emergency.Patient' } }
    const see = async (...persons: string[]) => {
      const read = { ...honest.governance, relations } as LedgerEntry['governance']
      const { index: of } = await ledger.append({ type: 'read.opened', governance: read })
      const seen = { of, outcome: 'complete', rows: persons.length, persons: { how: 'listed', count: persons.length } }
      const { index } = await ledger.append({ type: 'read.completed', governance: seen, persons })
      const beyond = (await replay()).findings.filter(({ kind }) => kind === 'beyond-opening')
      return { index, of, found: beyond.map(({ entry }) => entry) }
    }
    assert.deepEqual((await see('12')).found, [])
    const more = await see('12', '34')
    assert.deepEqual(more.found, [more.of])
  })

  test('once stricter policies are in force, a read by the old ones is found', async () => {
    const { ledger } = world.tenant()
    await recordPolicies(ledger, stricter(), await openPolicyEngine(stricter()))
    await using session = await world.session(validator, validation)
    await ask(session, periods)
    const { findings } = await replay()
    assert.ok(findings.some(({ kind, entry }) => kind === 'other-policies' && entry > ledger.size - 5))
  })
})
