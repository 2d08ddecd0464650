/**
 * Law 7: an auditor can replay the ledger and re-decide every logged read.
 *
 * Tried here: reads that were right stay right after the grant is revoked and the reader has left; an entry that claims a
 * grant nobody gave, a column outside it, another level or another purpose is found by its index.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replayReads } from '#audit'
import type { JsonObject } from '#kernel'
import type { LedgerEntry } from '#ledger'
import { questionOf } from '#ontology'
import { openWorld, validation, validator } from '../world.ts'

test('every logged read is decided again as it was, whatever happened to the grant since', async () => {
  await using world = await openWorld({ patients: 20 })
  const tenant = world.tenant()
  const session = await world.session(validator, validation)
  for (const object of ['Patient', 'RttPeriod'] as const) {
    const key = object === 'Patient' ? 'personId' : 'rttPeriodId'
    await using result = await session.rows(questionOf({ object, select: [key], limit: 5 }))
    for await (const _ of result.batches());
  }
  await session.close()
  await world.revoke('validate-patient')

  const { policies } = tenant.governance
  const report = await replayReads(tenant.ledger, tenant.profile.id, policies)
  assert.equal(report.reads, 2)
  assert.deepEqual(report.findings, [])

  const entries: LedgerEntry[] = []
  for await (const entry of tenant.ledger.entries()) entries.push(entry)
  const at = entries.findIndex((entry) => entry.type === 'read.opened')
  const told = (lie: JsonObject) => ({
    entries: () => forged(entries, at, lie),
    detail: (index: number) => tenant.ledger.detail(index),
    persons: (index: number) => tenant.ledger.persons(index),
  })
  for (const lie of [
    { grant: 'nobody-gave-it' },
    { columns: ['nhsNumbers'] },
    { level: 'aggregate' },
    { object: 'Referral' },
  ]) {
    const { findings } = await replayReads(told(lie), tenant.profile.id, policies)
    assert.deepEqual([...new Set(findings.map((finding) => finding.entry))], [at], JSON.stringify(lie))
  }
  const other = await replayReads(told({ policies: '0'.repeat(64) }), tenant.profile.id, policies)
  assert.deepEqual(
    other.findings.map(({ entry, kind }) => [entry, kind]),
    [[at, 'other-policies']],
  )
})

/** The same ledger with one logged relation told otherwise. */
async function* forged(entries: readonly LedgerEntry[], at: number, lie: JsonObject): AsyncGenerator<LedgerEntry> {
  for (const entry of entries) {
    if (entry.index !== at) yield entry
    else {
      const [[name, relation] = ['objects', {}]] = Object.entries(entry.governance.relations as JsonObject)
      const relations = { [name]: { ...(relation as JsonObject), ...lie } }
      yield { ...entry, governance: { ...entry.governance, relations } }
    }
  }
}
