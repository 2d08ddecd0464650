import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { type DateOnly, ident, type OdsCode, type SqlValue, sql } from '#kernel'
import type { Engine } from '#ports'
import { type KeySpace, recordKey, recordKeyOf, recordKeySecrets } from '#privacy'
import { memoryKeys } from '../../test/memory-keys.ts'
import { fc } from '../../test/random.ts'
import { submissionId } from './submission.ts'

const vectors = JSON.parse(readFileSync(new URL('../../spec/flow-vectors.json', import.meta.url), 'utf8'))
const RJ1 = 'RJ1' as OdsCode
const patient: KeySpace = { object: 'Patient', controller: RJ1 }
const secrets = { inner: '11'.repeat(16), outer: '22'.repeat(16) }
let engine: Engine

async function keyOf(space: KeySpace, id: SqlValue, under = secrets): Promise<string | null> {
  const [row] = await engine.rows(
    sql`SELECT ${recordKey(space, ident('id'), under)}::VARCHAR AS key FROM (SELECT ${id}::VARCHAR AS id)`,
  )
  return row?.key as string | null
}

/** The rule once more, in another language. */
function expected(name: string, id: string): string {
  const sha = (text: string) => createHash('sha256').update(text).digest('hex')
  const outer = sha(`${secrets.outer}${sha(`${secrets.inner}${name}\u001f${id}`).slice(0, 23)}`)
  return (BigInt(`0x${outer.slice(0, 16)}`) >> 1n).toString()
}

describe('record keys', () => {
  before(async () => {
    engine = await openDuckdbEngine({ memoryLimitMb: 256, threads: 1, tempDirectory: null })
  })
  after(() => engine.close())

  it('differ by controller, object type, kind of space and secret', async () => {
    const keys = [
      await keyOf(patient, '1001'),
      await keyOf({ object: 'Patient', controller: 'RXX' as OdsCode }, '1001'),
      await keyOf({ object: 'Referral', controller: RJ1 }, '1001'),
      await keyOf({ external: 'Patient' }, '1001'),
      await keyOf(patient, '1001', { ...secrets, inner: '33'.repeat(16) }),
      await keyOf(patient, '1001', { ...secrets, outer: '33'.repeat(16) }),
    ]
    assert.equal(new Set(keys).size, keys.length)
  })

  it('keep null null and other ids apart', async () => {
    assert.equal(await keyOf(patient, null), null)
    assert.notEqual(await keyOf(patient, '1'), await keyOf(patient, '01'))
  })

  it('are what the specification says, for any text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
        async (id) => {
          assert.equal(await keyOf(patient, id), expected('Patient\u001fRJ1', id))
          assert.equal(String(recordKeyOf(patient, id, secrets)), expected('Patient\u001fRJ1', id))
        },
      ),
      { numRuns: 30 },
    )
  })

  it('come from secrets of the tenant alone', () => {
    const [one, again, other] = ['a', 'a', 'b'].map((tenant) => recordKeySecrets(memoryKeys(tenant, 'seed')))
    assert.deepEqual(one, again)
    assert.equal(new Set([one?.inner, one?.outer, other?.inner, other?.outer]).size, 4)
  })

  it('and submission names agree with the published vectors', async () => {
    for (const { space, id, key, inner, outer } of vectors.recordKeys)
      assert.equal(await keyOf(space, id, { inner, outer }), key)
    const undeclared = { origin: null, labels: [], format: 'csv', part: null }
    for (const { of, submission } of vectors.submissions)
      assert.equal(submissionId({ ...undeclared, ...of }), submission)
    const of = { ...undeclared, ...vectors.submissions[0].of, asAt: '2026-02-01' as DateOnly }
    assert.notEqual(submissionId(of), vectors.submissions[0].submission)
  })
})
