import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { ident, isFdpError, sql } from '#kernel'
import { fc } from '../../test/random.ts'
import { canBePostcode, checkPostcode, isPseudoPostcode, postcodeBreaksSql } from './postcode.ts'

test('refuses what has not the form, without saying it back', () => {
  for (const text of ['', 'LS1', '1LS 4AP', 'LS1 44P', 'LSS1 4AP', 'LS123 4AP', 'ＬS1 4AP', 'LS1-4AP', 'GIR 0AB']) {
    assert.throws(
      () => checkPostcode(text),
      (error: unknown) => isFdpError(error, 'FDP_CONTRACTS_POSTCODE') && (text === '' || !String(error).includes(text)),
      JSON.stringify(text),
    )
  }
})

test('takes any spacing and case, and the padded form of organisation files', () => {
  assert.equal(checkPostcode('ls14ap'), 'LS1 4AP')
  assert.equal(checkPostcode('LS1  4AP'), 'LS1 4AP')
  assert.equal(checkPostcode('EC1A 1BB'), 'EC1A 1BB')
  assert.equal(checkPostcode('GIR 0AA'), 'GIR 0AA')
})

test('pseudo postcodes have the form and are told apart', () => {
  assert.ok(canBePostcode('ZZ99 3VZ') && isPseudoPostcode('zz993vz'))
  assert.ok(!isPseudoPostcode('LS1 4AP') && !isPseudoPostcode('ZZ99'))
})

test('SQL and TypeScript agree', async () => {
  await using engine = await openDuckdbEngine({ memoryLimitMb: 256, threads: 1, tempDirectory: null })
  const piece = fc.constantFrom('A', 'l', 'Z', '0', '9', ' ', '', 'GIR', 'ZZ99', 'é')
  const texts = fc.sample(
    fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join('')),
    { numRuns: 5_000, seed: 3 },
  )
  texts.push('LS1 4AP', 'GIR 0AA', 'ec1a1bb')
  await engine.registerEphemeral('raw', { columns: [{ name: 'postcode', type: 'VARCHAR', values: texts }] })
  const rows = await engine.rows(sql`SELECT postcode, ${postcodeBreaksSql(ident('postcode'))} AS broken FROM raw`)
  assert.ok(rows.some((row) => row.broken === false) && rows.some((row) => row.broken === true))
  for (const row of rows) assert.equal(row.broken, !canBePostcode(row.postcode as string), JSON.stringify(row.postcode))
})
