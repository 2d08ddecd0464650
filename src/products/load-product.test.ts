import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { isFdpError } from '#kernel'
import { loadProduct } from './load-product.ts'
import { readProductFolder } from './product-folder.ts'

const files = readProductFolder(fileURLToPath(new URL('../../products/elective-recovery', import.meta.url)))
const metricFile = 'metrics/rtt-incomplete.yaml'
const sqlFile = 'metrics/rtt-incomplete.pathways.sql'

/** Changes one file and expects the complaint at the changed line. */
function refused(file: string, from: string | RegExp, to: string, problem: RegExp, help: RegExp): void {
  const text = files.get(file)!
  const changed = text.replace(from, to)
  assert.notEqual(changed, text, `${from} is not in ${file}`)
  const line = text
    .slice(0, text.search(typeof from === 'string' ? from.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : from))
    .split('\n').length
  assert.throws(
    () => loadProduct(new Map([...files, [file, changed]])),
    (error) => {
      assert.ok(isFdpError(error, 'FDP_METRICS_DECLARATION'), String(error))
      assert.match(error.message, problem)
      assert.match(error.help, help)
      assert.equal(error.params.file, file)
      assert.equal(error.params.line, line, error.message)
      return true
    },
  )
}

test('the product as it ships loads', () => {
  assert.equal(loadProduct(files).metrics['rtt-incomplete']?.definition.version, 1)
})

test('what is unknown is refused with its line and the nearest name', () => {
  refused(metricFile, 'period: month', 'period: week', /unknown value `week`/, /known: month/)
  refused(metricFile, /(?<=earlier:\n {6}- \{ )until/, 'untill', /`until` is missing/, /add `until:`/)
  refused(metricFile, 'kind: ratio', 'kind: ratoi', /unknown value `ratoi`/, /did you mean `ratio`/)
  refused(
    metricFile,
    'numerator: within18Weeks',
    'numerator: within18Week',
    /unknown value/,
    /did you mean `within18Weeks`/,
  )
  refused(metricFile, 'object: RttPeriod', 'object: RttPeriods', /unknown object type/, /did you mean `RttPeriod`/)
  refused(metricFile, '- clockStartDate\n', '- clockStart\n', /unknown value/, /did you mean `clockStartDate`/)
  refused(metricFile, 'groups: treatment-function-groups', 'groups: treatment-groups', /unknown reference table/, /./)
  refused(metricFile, 'official-true-counts@1', 'true-counts', /unknown value/, /./)
  refused(
    metricFile,
    'without: { commissioner',
    'without: { commisioner',
    /unknown dimension/,
    /did you mean `commissioner`/,
  )
  refused(
    'product.yaml',
    'level: pseudonymised',
    'level: pseudonymous',
    /unknown value/,
    /did you mean `pseudonymised`/,
  )
})

test('a key nobody reads is refused where it stands', () => {
  refused('product.yaml', /(?=objects: \[)/, 'colour: blue\n  ', /unknown key `colour`/, /./)
})

test('a value out of its range is refused', () => {
  refused(metricFile, 'percent: 50', 'percent: 100', /from 1 to 99/, /./)
  refused(metricFile, 'from: 104', 'from: 105', /does not exist/, /the last is 104/)
  refused(metricFile, 'openFrom: 104', "openFrom: '104'", /whole number/, /without quotes/)
  refused(metricFile, 'until: 2021-03', 'until: March', /month/, /./)
  refused('product.yaml', 'version: 1', 'version: 2', /version 1/, /start the release/)
})

test('SQL that names or reads what the metric does not declare is refused at its line', () => {
  refused(sqlFile, '{{ periods }}', '{{ patients }}', /unknown name `patients`/, /periods/)
  refused(sqlFile, 'from {{ periods }}', "from 'other.parquet'", /does not declare/, /relations/)
  refused(sqlFile, 'left join {{ groups }}', 'left join elsewhere', /does not declare/, /relations/)
  refused(
    sqlFile,
    'week_band(p.clockStartDate, last_day)',
    'week_band(p.clockStartDate)',
    /other arguments/,
    /since, to/,
  )
  refused(sqlFile, "distinct from '33'", "distinct from '33'; select 1", /one statement/, /semicolon/)
})

test('a reference table with another header, a missing field or a bad date is refused at its row', () => {
  const file = 'reference/treatment-function-groups.csv'
  refused(file, 'validFrom,validTo', 'validTo,validFrom', /header/, /validFrom,validTo/)
  refused(file, '101,C_101,2021-04-01,,published', '101,C_101,2021-04-01,published', /5 fields/, /./)
  refused(file, '101,C_101,2021-04-01', '101,C_101,2021-04-31', /date/, /YYYY-MM-DD/)
})

test('text that is no YAML is refused without being quoted', () => {
  refused('product.yaml', '  title: Elective', '  title: x: Elective', /not well-formed/, /indentation/)
})

test('a metric whose counts are all of some classes only is refused', () => {
  const text = files
    .get(metricFile)!
    .replace('kind: count\n    within18Weeks', 'kind: count\n      to: 9\n    within18Weeks')
  assert.throws(() => loadProduct(new Map([...files, [metricFile, text]])), { message: /no count is over all classes/ })
})
