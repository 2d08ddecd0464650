import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusedWith } from './client.ts'
import type { Suite } from './suite.ts'

/** Metrics as queries; their figures are held against the metric's own in `src/http/ontology/queries.test.ts`. */
export function asking(suite: () => Suite): void {
  test('executeFunction gives the figures of a metric, each rounded as the grant says', async () => {
    const { as, world } = suite()
    const figures = await as('figures')
    const { parameters } = await figures.metadata({ type: 'query', apiName: 'rttIncomplete' })
    assert.ok('period' in (parameters as object))
    const period = world.day.slice(0, 7)
    const found = (await figures.query('rttIncomplete').executeFunction({ period, by: ['treatment-function'] })) as {
      readonly disclosurePolicy: string
      readonly rows: readonly Readonly<Record<string, unknown>>[]
    }
    assert.equal(found.disclosurePolicy, 'subnational-0-7-5@1')
    assert.ok(found.rows.length > 0)
    for (const { incomplete, suppressed } of found.rows) {
      assert.ok(typeof incomplete === 'number' || (suppressed as readonly string[]).includes('incomplete'))
      assert.equal(Number(incomplete ?? 0) % 5, 0)
    }
    const wrong = await refusedWith(() => figures.query('rttIncomplete').executeFunction({ period: 'soon' }))
    assert.deepEqual([wrong.statusCode, wrong.errorName], [400, 'InvalidQueryParameterValue'])
  })

  test('a query that somebody may not run is one that does not exist', async () => {
    const { as } = suite()
    for (const person of ['partial', 'nobody'] as const) {
      const application = await as(person)
      const refusal = async (name: string) => {
        const { errorName, errorCode, parameters } = await refusedWith(() =>
          application.query(name).executeFunction({}),
        )
        return [errorName, errorCode, JSON.stringify(parameters).replaceAll(name, '')]
      }
      assert.deepEqual(await refusal('rttIncomplete'), await refusal('noSuchQuery'))
    }
  })
}
