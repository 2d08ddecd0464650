import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { type OdsCode, seededRandom, sql } from '#kernel'
import type { Engine } from '#ports'
import { decidePersons, identityColumns } from './person-rule.ts'

const RJ1 = 'RJ1' as OdsCode
const numbers = { a: '9990000018', b: '9990000026', c: '9990000034' }
let engine: Engine
let seed = 0

interface Known {
  person: bigint
  nhs?: string
  controller?: string
  local: string
  apart?: number
}
interface Row {
  local: string
  nhs?: string
}

/** Puts known identity rows and a submission's rows into the engine, decides, and reads what came out by local id. */
async function decide(known: readonly Known[], rows: readonly Row[]) {
  const values = {
    person_key: known.map((k) => k.person),
    nhs_number: known.map((k) => k.nhs ?? null),
    controller: known.map((k) => k.controller ?? 'RJ1'),
    local_id: known.map((k) => k.local),
    patient_key: known.map((_, i) => BigInt(5_000 + i)),
    rule: known.map((k) => (k.nhs ? 'nhs-number' : 'own')),
    apart: known.map((k) => BigInt(k.apart ?? 0)),
  }
  await engine.registerEphemeral('identity', {
    columns: identityColumns.map(({ name, type }) => ({
      name,
      type: type === 'int64' ? 'BIGINT' : 'VARCHAR',
      values: values[name],
    })),
  })
  await engine.registerEphemeral('incoming', {
    columns: [
      { name: '_row', type: 'BIGINT', values: rows.map((_, i) => BigInt(i + 1)) },
      { name: 'patient_key', type: 'BIGINT', values: rows.map((_, i) => BigInt(100 + i)) },
      { name: 'local_id', type: 'VARCHAR', values: rows.map((row) => row.local) },
      { name: 'nhs', type: 'VARCHAR', values: rows.map((row) => row.nhs ?? null) },
    ],
  })
  const outcome = await decidePersons(engine, RJ1, seededRandom(`person-rule ${seed++}`))
  const after = await engine.rows(sql`SELECT * FROM identity_after ORDER BY local_id`)
  const persons = await engine.rows(sql`SELECT i.local_id, p.person_key FROM persons p JOIN incoming i USING (_row)`)
  const person = Object.fromEntries(persons.map((row) => [String(row.local_id), BigInt(row.person_key as number)]))
  const identity = Object.fromEntries(after.map((row) => [String(row.local_id), row]))
  return { outcome, person, identity }
}

describe('the person rule', () => {
  before(async () => {
    engine = await openDuckdbEngine({ memoryLimitMb: 512, threads: 1, tempDirectory: null })
  })
  after(() => engine.close())

  it('does not move a local id that comes with another verified number, and says so', async () => {
    const { person, outcome, identity } = await decide(
      [
        { person: 1n, nhs: numbers.a, local: 'p1' },
        { person: 2n, nhs: numbers.b, local: 'p2' },
      ],
      [{ local: 'p1', nhs: numbers.b }],
    )
    assert.equal(person.p1, 1n)
    assert.equal(identity.p1?.nhs_number, numbers.a)
    assert.equal(outcome.conflicts['number-changed'], 1)
    assert.equal(outcome.moved, 0)
  })

  it('leaves a local id apart that was told to stay apart', async () => {
    const { person, outcome } = await decide(
      [
        { person: 1n, nhs: numbers.a, local: 'p1' },
        { person: 9n, nhs: numbers.a, local: 'p2', apart: 1 },
      ],
      [
        { local: 'p1', nhs: numbers.a },
        { local: 'p2', nhs: numbers.a },
      ],
    )
    assert.deepEqual(person, { p1: 1n, p2: 9n })
    assert.deepEqual(outcome.conflicts, { 'number-changed': 0, 'number-shared': 0, joined: 0 })
  })

  it('never uses the number of someone told to stay apart to find a person', async () => {
    const { person } = await decide(
      [{ person: 9n, nhs: numbers.a, local: 'p2', apart: 1 }],
      [{ local: 'p3', nhs: numbers.a }],
    )
    assert.notEqual(person.p3, 9n)
  })

  it('does not join two controllers on the same local id', async () => {
    const { person } = await decide([{ person: 7n, local: 'p1', controller: 'RXX' }], [{ local: 'p1' }])
    assert.notEqual(person.p1, 7n)
  })

  it('finds a verified number with any controller of the tenant', async () => {
    const { person, outcome } = await decide(
      [{ person: 7n, nhs: numbers.a, local: 'x', controller: 'RXX' }],
      [{ local: 'p1', nhs: numbers.a }],
    )
    assert.equal(person.p1, 7n)
    assert.deepEqual(outcome.byRule, { 'nhs-number': 1 })
    assert.equal(outcome.newPersons, 0)
    assert.equal(outcome.added, 1)
  })

  it('keeps the person of a local id without a number', async () => {
    const { person, outcome } = await decide([{ person: 7n, local: 'p1' }], [{ local: 'p1' }])
    assert.equal(person.p1, 7n)
    assert.deepEqual(outcome.byRule, { 'local-id': 1 })
    assert.deepEqual([outcome.added, outcome.changed], [0, 0])
  })

  it('makes one person of two local ids with one number, and lists them', async () => {
    const { person, outcome } = await decide(
      [],
      [
        { local: 'p1', nhs: numbers.a },
        { local: 'p2', nhs: numbers.a },
        { local: 'p3', nhs: numbers.b },
        { local: 'p4' },
        { local: 'p5' },
      ],
    )
    assert.equal(person.p1, person.p2)
    assert.equal(new Set(Object.values(person)).size, 4)
    assert.equal(outcome.newPersons, 4)
    assert.equal(outcome.conflicts['number-shared'], 2)
    assert.deepEqual(outcome.byRule, { 'nhs-number': 3, own: 2 })
    assert.ok(Object.values(person).every((key) => key > 0n))
  })

  it('gives a newly verified number to the person that its local id already had', async () => {
    const { person, outcome, identity } = await decide(
      [{ person: 7n, local: 'p1' }],
      [
        { local: 'p1', nhs: numbers.a },
        { local: 'p2', nhs: numbers.a },
      ],
    )
    assert.deepEqual(person, { p1: 7n, p2: 7n })
    assert.equal(identity.p1?.nhs_number, numbers.a)
    assert.deepEqual([outcome.changed, outcome.added, outcome.moved], [1, 1, 0])
  })

  it('moves a local id whose newly verified number belongs to another person, and lists it', async () => {
    const { person, outcome } = await decide(
      [
        { person: 7n, local: 'p1' },
        { person: 8n, nhs: numbers.a, local: 'x', controller: 'RXX' },
      ],
      [{ local: 'p1', nhs: numbers.a }],
    )
    assert.equal(person.p1, 8n)
    assert.equal(outcome.conflicts.joined, 1)
    assert.equal(outcome.moved, 1)
  })

  it('keeps identity rows that a new snapshot does not mention', async () => {
    const { identity } = await decide([{ person: 7n, nhs: numbers.c, local: 'gone' }], [{ local: 'p1' }])
    assert.equal(BigInt(identity.gone?.person_key as number), 7n)
    assert.equal(identity.gone?.nhs_number, numbers.c)
  })
})
