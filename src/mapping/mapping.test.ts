import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { csvReader } from '#adapters/source-csv'
import { isFdpError } from '#kernel'
import { readMappingFile } from './read-mapping-file.ts'
import { runMapping, runMappingTest } from './run-mapping.ts'
import { suggestMapping } from './suggest-mapping.ts'

const shipped = fileURLToPath(new URL('../../mappings/', import.meta.url))
const openEngine = () => openDuckdbEngine({ memoryLimitMb: 256, threads: 1, tempDirectory: null })

/** A mapping to Organisation with these lines; `rest` stands behind its properties. */
const organisation = (properties: string, rest = '') => `format: openfdp/mapping
version: 1
id: a-test
title: A test
object: Organisation
properties:
${properties}
${rest}`

const codeAndName = `  code: { from: Code }
  name: { from: Name }`

async function become(mapping: string, file: string) {
  await using engine = await openEngine()
  async function* bytes() {
    yield Buffer.from(file)
  }
  const { columns, rows, ...rest } = await runMapping(readMappingFile(mapping).mapping, {
    ...{ engine, reader: csvReader, bytes },
  })
  return { rows: rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]]))), ...rest }
}

/** The complaint about a text, as a person sees it. */
function complaint(text: string): string {
  try {
    readMappingFile(text)
  } catch (error) {
    if (isFdpError(error)) return `${error.message}; ${error.help}`
    throw error
  }
  throw new Error('nothing was wrong')
}

it('every mapping of the project holds its tests', async () => {
  const files = globSync(`${shipped}*/*.yaml`).sort()
  assert.ok(files.length > 30)
  await using engine = await openEngine()
  for (const file of files) {
    const { mapping, tests } = readMappingFile(readFileSync(file, 'utf8'))
    assert.ok(tests.length > 0, file)
    for (const test of tests)
      assert.deepEqual(await runMappingTest(mapping, test, { engine, reader: csvReader }), [], file)
  }
})

it('a test that does not hold says what came', async () => {
  await using engine = await openEngine()
  const { mapping } = readMappingFile(organisation(codeAndName))
  const test = { name: 'x', file: 'Code,Name\nA1,B\n', rows: [{ code: 'A2' }, {}], found: { 'r p': 1 }, leftOut: 2 }
  assert.deepEqual(await runMappingTest(mapping, test, { engine, reader: csvReader }), [
    ...[
      '1 rows came, 2 are expected',
      'row 1, code: `A1` came, `A2` is expected',
      '0 rows were left out, 2 are expected',
    ],
    'r p: 0 rows came, 1 are expected',
  ])
})

describe('what a document may not say is told with its place', () => {
  const wrong: readonly [what: string, text: string, expected: RegExp][] = [
    [
      'a property that is none',
      organisation('  cod: { from: Code }'),
      /line 7, properties\.cod: unknown property of Organisation `cod`; did you mean `code`/,
    ],
    [
      'a property that must be there',
      organisation('  code: { from: Code }'),
      /line 7, properties: `name` of Organisation is missing/,
    ],
    [
      'a key that is none',
      organisation(`${codeAndName}\n  kind: { from: Kind, tranlate: { A: B } }`),
      /properties\.kind: unknown key `tranlate`; did you mean `translate`/,
    ],
    ['no source', organisation(`${codeAndName}\n  kind: { blank: A }`), /properties\.kind: nothing says where/],
    [
      'a date that is none',
      organisation(`${codeAndName}\n  openDate: { from: A, date: "%Q" }`),
      /properties\.openDate\.date: not a pattern/,
    ],
    ['`as` alone', organisation(`${codeAndName}\n  openDate: { from: A, as: day }`), /properties\.openDate\.as/],
    ['a cell without an each', organisation(`${codeAndName}\n  kind: { cell: value }`), /speaks of a cell/],
    [
      'a key of what is not there',
      organisation('  code: { key: [nam] }\n  name: { from: Name }'),
      /unknown property in the key `code` `nam`; did you mean `name`/,
    ],
    [
      'others and untranslated',
      organisation(`${codeAndName}\n  kind: { from: K, translate: { A: B }, others: C, untranslated: keep }`),
      /no value is left/,
    ],
    [
      'another type',
      organisation(codeAndName).replace('Organisation', 'Organization'),
      /line 5, object: unknown object type .*did you mean `Organisation`/,
    ],
    [
      'rows without a reason',
      organisation(codeAndName, 'leaveOut: [{ column: Code, is: X }]'),
      /leaveOut\.1: `because` is missing/,
    ],
    [
      'two readings',
      organisation(`${codeAndName}\n  kind: { from: K, date: '%Y', translate: { A: B } }`),
      /properties\.kind: a cell is a date/,
    ],
    ['no format', organisation(codeAndName).replace('openfdp/mapping', 'a/mapping'), /line 1, format: unknown value/],
    [
      'once and codes',
      organisation(`${codeAndName}\n  kind: { from: K, translate: { A: B } }`, 'once: true'),
      /once: rows with a code/,
    ],
    ['an alias', 'a: &x [1]\nb: *x', /aliases are not read/],
    ['bad YAML', 'a: [', /line 1: this is not well-formed YAML/],
    ['a list', '- a', /the mapping: keys and values are expected/],
    [
      'a test of another form',
      organisation(codeAndName, 'tests: [{ name: x, file: y, rows: [[a]] }]'),
      /tests\.1\.rows\.1: keys and values/,
    ],
  ]
  for (const [what, text, expected] of wrong) it(what, () => assert.match(complaint(text), expected))
})

it('title rows above the header are passed over; columns without a name, or with the same, have one', async () => {
  const mapping = organisation(
    '  code: { from: Code }\n  name: { from: Name }\n  kind: { from: Name (2) }\n  parentCode: { from: column 2 }',
    'header: { has: [Code, Name] }',
  )
  const { rows } = await become(mapping, 'A title, with a comma\n\n"of two\nlines"\nCode,,Name,Name\nA1,P1,N,K\n')
  assert.deepEqual(rows, [{ code: 'A1', name: 'N', kind: 'K', parentCode: 'P1' }])
  await assert.rejects(become(mapping, 'A title\nA1,N\n'), { code: 'FDP_CSV_NO_SUCH_HEADER' })
})

it('values: what says nothing, days, numbers with thousands and percent, and what cannot be read stays', async () => {
  const mapping = `format: openfdp/mapping
version: 1
id: a-test
title: A test
object: OfficialFigure
marks: { '*': suppressed, '-': not-applicable }
properties:
  officialFigureId: { key: [dataSet, period, measure] }
  dataSet: x
  publication: x
  period: { from: Month, date: ['%B %Y', '%d/%m/%Y'], as: month, blank: [unknown] }
  organisationLevel: country
  measure: of
  value: { cell: value, number: [thousands, percent] }
  status: { cell: status, otherwise: reported }
each: [{ cell: N }]
`
  const { rows } = await become(
    mapping,
    `Month,N\nMay 2025,"1,234.5"\n03/06/2025,12.5%\nunknown,*\nMay,"1,23"\n may 2025 , - \nMay 2025,\n`,
  )
  assert.deepEqual(
    rows.map(({ period, value, status }) => [period, value, status]),
    [
      ['2025-05', '1234.5', 'reported'],
      ['2025-06', '0.125', 'reported'],
      [null, null, 'suppressed'],
      ['May', '1,23', 'reported'],
      ['2025-05', null, 'not-applicable'],
      ['2025-05', null, null],
    ],
  )
  assert.equal(rows[2]!.officialFigureId, 'x//of')
})

it('translation: a table, a word for all others, or what is not in the table is found and stays', async () => {
  const of = (more: string) =>
    organisation(`${codeAndName}\n  kind: { from: K, translate: { '1': one, "it's": two }, ${more} }`)
  const file = "Code,Name,K\nA1,N,1\nA2,N,it's\nA3,N,3\nA4,N,\n"
  const kinds = async (more: string) => {
    const { rows, found } = await become(of(more), file)
    return { kinds: rows.map(({ kind }) => kind), found }
  }
  const found = { 'mapping.untranslated kind': 1 }
  assert.deepEqual(await kinds('untranslated: keep'), { kinds: ['one', 'two', '3', null], found })
  assert.deepEqual(await kinds('blank: []'), { kinds: ['one', 'two', '3', null], found })
  assert.deepEqual(await kinds("blank: ['3']"), { kinds: ['one', 'two', null, null], found: {} })
  assert.deepEqual(await kinds('others: more'), { kinds: ['one', 'two', 'more', 'more'], found: {} })
})

it('names and texts of a document are never more than names and texts in a statement', async () => {
  const odd = `"; DROP TABLE made_up; --`
  const mapping = organisation(
    `  code: { from: '${odd}' }\n  name: "'; DROP TABLE made_up; --"\n  kind: { from: '${odd}', translate: { "a' OR 1=1": "b'" } }`,
    `leaveOut: [{ column: '${odd}', is: "x'", because: y }]`,
  )
  const { rows, leftOut } = await become(mapping, `"${odd.replaceAll('"', '""')}",b\na' OR 1=1,1\nx',1\n`)
  assert.deepEqual(rows, [{ code: "a' OR 1=1", name: "'; DROP TABLE made_up; --", kind: "b'" }])
  assert.equal(leftOut, 1)
})

it('a draft holds names, patterns and marks, and no value of a row', async () => {
  await using engine = await openEngine()
  async function* bytes() {
    yield Buffer.from(
      'NHS Number,Forename,SURNAME,Date of birth\n9990000018,ANN,MADEUP,29/02/1980\nNA,BOB,MADEUP,01/03/1980\n',
    )
  }
  const draft = await suggestMapping('Patient', { engine, reader: csvReader, bytes })
  assert.match(draft, /nhsNumber: \{ from: 'NHS Number', blank: \['NA'\] \}/)
  assert.match(draft, /dateOfBirth: \{ from: 'Date of birth', date: '%d\/%m\/%Y' \}/)
  assert.match(draft, /personId: TODO/)
  assert.match(draft, /unused: \['Forename'\]/)
  assert.doesNotMatch(draft, /9990000018|MADEUP|1980|ANN/)
  assert.equal(readMappingFile(draft).mapping.object, 'Patient')
})
