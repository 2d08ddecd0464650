import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { runMetricTest } from '#metrics'
import { loadProduct, metricOf } from './load-product.ts'
import { readProductFolder } from './product-folder.ts'

const folder = fileURLToPath(new URL('../../products/elective-recovery', import.meta.url))
const product = loadProduct(readProductFolder(folder))

for (const [id, metric] of Object.entries(product.metrics)) {
  for (const given of metric.definition.tests) {
    test(`${id}: ${given.name}`, async () => {
      await using engine = await openDuckdbEngine({ memoryLimitMb: 256, threads: 1, tempDirectory: null })
      const { found, expected, passed } = await runMetricTest(engine, metric, given)
      assert.ok(passed, `found ${JSON.stringify(found)}\nexpected ${JSON.stringify(expected)}`)
    })
  }
}

test('a metric that the product does not have is refused with those it has', () => {
  assert.throws(() => metricOf(product, 'rtt-complete'), {
    code: 'FDP_PRODUCTS_UNKNOWN_METRIC',
    help: /rtt-incomplete/,
  })
})

test('a declared test that expects the wrong figure fails', async () => {
  const metric = metricOf(product, 'rtt-incomplete')
  const [first] = metric.definition.tests
  await using engine = await openDuckdbEngine({ memoryLimitMb: 256, threads: 1, tempDirectory: null })
  const { passed } = await runMetricTest(engine, metric, { ...first!, expected: first!.expected.slice(1) })
  assert.equal(passed, false)
})

test('every treatment function leads to one published group at a time', () => {
  const groups = product.references['treatment-function-groups']!.columns
  const [codes, targets] = [groups[0]!.values, groups[1]!.values]
  const published = product.references['reporting-groups']!.columns[0]!.values
  assert.equal(new Set(codes).size, codes.length)
  assert.deepEqual([...new Set(targets)].sort(), published.filter((code) => code !== 'C_999').sort())
})
