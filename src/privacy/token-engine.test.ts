import assert from 'node:assert/strict'
import { hkdfSync } from 'node:crypto'
import { after, before, test } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { ident, parsePurposeId, sql } from '#kernel'
import type { Engine, Keys } from '#ports'
import { fc } from '../../test/random.ts'
import { openTokeniser } from './tokeniser.ts'

const derive = (info: Uint8Array) => new Uint8Array(hkdfSync('sha256', 'root', '', info, 32))
const keys = { tenant: 'rj1', derive } as Partial<Keys> as Keys
const planning = openTokeniser(keys, parsePurposeId('planning'), 1)
const audit = openTokeniser(keys, parsePurposeId('audit'), 1)
const inPlanning = planning.engineFunction('Referral')
const inAudit = audit.engineFunction('Referral')

let engine: Engine
before(async () => {
  engine = await openDuckdbEngine({ memoryLimitMb: 256, threads: 2, tempDirectory: null })
  await engine.registerFunction(inPlanning)
  await engine.registerFunction(inAudit)
})
after(() => engine.close())

async function give(values: readonly (bigint | null)[]): Promise<void> {
  await engine.registerEphemeral('given', { columns: [{ name: 'k', type: 'BIGINT', values }] })
}

test('tokens of two purposes do not join in the engine, those of one do', async () => {
  await give(Array.from({ length: 5_000 }, (_, i) => BigInt(i)))
  const joined = (a: string, b: string) => sql`SELECT count(*) AS n
    FROM (SELECT ${ident(a)}(k) AS t FROM given) AS one JOIN (SELECT ${ident(b)}(k) AS t FROM given) AS two USING (t)`
  assert.deepEqual(await engine.rows(joined(inPlanning.name, inAudit.name)), [{ n: 0 }])
  assert.deepEqual(await engine.rows(joined(inPlanning.name, inPlanning.name)), [{ n: 5_000 }])
})

test('the engine gives the tokens that the tokeniser opens; null stays null', async () => {
  const anyKey = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(anyKey), { minLength: 1, maxLength: 80 }), async (values) => {
      await give(values)
      const rows = await engine.rows(sql`SELECT ${ident(inPlanning.name)}(k) AS t FROM given`)
      const opened = rows.map(({ t }) => (t === null ? null : planning.open('Referral', String(t))))
      assert.deepEqual(opened, values)
    }),
    { numRuns: 15 },
  )
})
