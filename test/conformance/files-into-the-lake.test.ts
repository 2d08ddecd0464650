import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { SubmissionReport } from '#flows'
import { sql } from '#kernel'
import { type LoadsWorld, mappingFile, openLoadsWorld } from '../loads-world.ts'
import { sharedPath, skipWithoutShared } from '../shared-data.ts'

/*
 * Published files as they are, through the mappings of the project into a tenant, and read through its gate. What they
 * hold is worked out here again, by a reader of delimited text that is nothing of ours.
 */

const isFull = process.env.FDP_TEST_FULL === '1'
const path = (file: string) => sharedPath(`data/${file}`)

let world: LoadsWorld
before(async () => {
  world = await openLoadsWorld()
})
after(async () => await world[Symbol.asyncDispose]())

/** Records of a file, the header first. */
function recordsOf(file: string, delimiter = ',', encoding = 'utf-8'): string[][] {
  const text = new TextDecoder(encoding).decode(readFileSync(path(file)))
  const field = new RegExp(`("(?:[^"]|"")*"|[^"\\r\\n\\${delimiter}]*)(\\${delimiter}|\\r?\\n|$)`, 'gy')
  const records: string[][] = []
  let record: string[] = []
  for (;;) {
    const match = field.exec(text)!
    const [whole, value = '', end] = match
    record.push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value)
    if (end === delimiter) continue
    if (record.length > 1 || record[0] !== '') records.push(record)
    record = []
    if (whole === '' || field.lastIndex >= text.length) return records
  }
}

const counts = ({ outcome, rows: { read, published, quarantined }, findings }: SubmissionReport) => ({
  ...{ outcome, read, published, quarantined },
  leftOut: findings.find(({ rule }) => rule === 'mapping.left-out')?.rows ?? 0,
  others: findings.filter(({ rule }) => rule !== 'mapping.left-out'),
})

interface Figures {
  readonly mapping: string
  readonly file: string
  readonly asAt: string
  /** Columns with figures: from the first of them to the last, all but those without a figure anywhere. */
  readonly from: number
  readonly to?: number
  /** The column of the organisation, and the texts there that are none. */
  readonly organisation: number
  readonly none?: readonly string[]
  /** Rows of the file that are no data. */
  readonly leftOut?: (record: readonly string[]) => boolean
  /** Taken in every day. */
  readonly daily?: true
}

const cancer = (name: string, mapping: string, from: number, more: Partial<Figures> = {}): Figures => ({
  ...{
    mapping: `cancer/${mapping}`,
    file: `cancer/AUGUST-2025_${name}.csv`,
    asAt: '2025-08-31',
    from,
    organisation: 2,
  },
  ...more,
})
const daily = { daily: true } as const
const monthEnd = (month: string) =>
  new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5, 7)), 0)).toISOString().slice(0, 10)
const filesOf = (folder: string) =>
  readdirSync(path(folder))
    .filter((name) => name.endsWith('.csv'))
    .sort()
    .map((name) => `${folder}/${name}`)
const monthsOf = (folder: string, rest: (month: string) => Omit<Figures, 'file' | 'asAt'>): Figures[] =>
  filesOf(folder).map((file) => {
    const month = /(\d{4}-\d{2})(-01)?\.csv$/.exec(file)![1]!
    return { file, asAt: monthEnd(month), ...rest(month) }
  })
const namesNoTrust = (record: readonly string[]) => record[0] === 'NA'

const figures = (): Figures[] => [
  cancer('28DAY_FDS_ALL_ROUTES', '28-day-all-routes', 5, daily),
  cancer('28DAY_FDS_BY_ROUTE', '28-day-by-route', 6),
  cancer('31DAY_ALL_CANCER', '31-day-all-cancer', 6, daily),
  cancer('31DAY_BY_CANCER', '31-day-by-cancer', 6),
  cancer('31DAY_BY_TREATMENT_MODALITY', '31-day-by-treatment', 6),
  cancer('62DAY_ALL_CANCER', '62-day-all-cancer', 6, daily),
  cancer('62DAY_BY_CANCER', '62-day-by-cancer', 6),
  cancer('62DAY_BY_TREATMENT_MODALITY', '62-day-by-treatment', 6),
  cancer('USC_referral_to_FOA', 'urgent-suspected-first-appointment', 5),
  cancer('UBS_referral_to_FHA', 'urgent-breast-first-appointment', 5),
  ...(['trust', 'icb'] as const).flatMap((by): Figures[] => {
    const about = { asAt: '2025-08-31', from: 2, organisation: 0 }
    const left = by === 'trust' ? { leftOut: namesNoTrust } : {}
    const file = (name: string) => `discharge/england_${by}_${name}.csv`
    return [
      { ...about, ...left, mapping: `discharge/discharged-by-${by}`, file: file('discharged_patients') },
      { ...about, ...left, mapping: `discharge/criteria-to-reside-by-${by}`, file: file('criteria_to_reside') },
    ]
  }),
  {
    ...{ mapping: 'beds/critical-and-general-acute', file: 'beds/england_critical_general_acute_beds.csv' },
    ...{ asAt: '2025-08-31', from: 2, organisation: 0 },
  },
  {
    ...{ mapping: 'beds/kh03-quarterly', file: 'beds/kh03_quarterly_trust.csv', asAt: '2025-03-31', from: 5 },
    ...{ organisation: 0, none: ['NAN'] },
  },
  {
    ...{ mapping: 'emergency-care/attendances-by-trust', file: 'emergency-care/england_trust_accidents_emergency.csv' },
    ...{ asAt: '2025-07-31', from: 1, to: 7, organisation: 0 },
  },
  {
    ...{ mapping: 'emergency-care/attendances-by-icb', file: 'emergency-care/england_icb_accidents_emergency.csv' },
    ...{ asAt: '2025-07-31', from: 1, to: 7, organisation: 0 },
  },
  {
    ...{ mapping: 'emergency-care/attribution-to-acute-trusts', from: 2, organisation: 0, ...daily },
    ...{ file: 'emergency-care/england_ae_acute_trust_attribution.csv', asAt: '2022-12-31' },
  },
  ...monthsOf('emergency-care/2016-2019', () => ({
    ...{ mapping: 'emergency-care/attendances-by-type', from: 3, organisation: 1 },
  })),
  ...monthsOf('emergency-care/monthly', (month) => ({
    ...{ mapping: 'emergency-care/monthly-return', from: 4, to: 22, organisation: 1 },
    ...{ leftOut: (record: readonly string[]) => /^total\s*$/i.test(record[0] ?? '') },
    // In this one more columns stand behind, with nothing in them.
    ...(month === '2024-09' ? daily : {}),
  })),
  ...monthsOf('workforce/sickness-absence', () => ({
    ...{ mapping: 'workforce/sickness-absence', from: 8, organisation: 5 },
  })),
  {
    ...{ mapping: 'medicines/prescribing', file: 'medicines/epd_201709.csv', asAt: '2017-09-30', from: 20, to: 25 },
    ...{ organisation: 8 },
  },
  {
    ...{ mapping: 'reference/provider-deprivation', file: 'reference/provider_imd.csv', asAt: '2019-12-31' },
    ...{ from: 3, to: 5, organisation: 0, ...daily },
  },
]

/** Of an organisation: sum of its figures, how many there are, and how many cells hold none. */
type Total = { sum: number; figures: number; without: number }

function totalsOf(load: Figures): { rows: number; leftOut: number; columns: number; of: Map<string, Total> } {
  const [header = [], ...all] = recordsOf(load.file)
  const data = all.filter((record) => !load.leftOut?.(record))
  const isFigures = (column: number) =>
    data.some((record) => /\d/.test(record[column] ?? '')) && !/^uec_f/.test(header[column]!)
  const columns = header.map((_, i) => i).filter((i) => i >= load.from && i < (load.to ?? 1e9) && isFigures(i))
  const of = new Map<string, Total>()
  for (const record of data) {
    const code = record[load.organisation]!
    const key = load.none?.includes(code) ? '' : code
    const total = of.get(key) ?? { sum: 0, figures: 0, without: 0 }
    for (const column of columns) {
      const text = record[column]!
      if (text === '' || text === 'NA') total.without++
      else {
        assert.match(text, /^-?[0-9.]+(e-?\d+)?$/i, `${load.file}: a figure`)
        total.sum += Number(text)
        total.figures++
      }
    }
    of.set(key, total)
  }
  return { rows: all.length, leftOut: all.length - data.length, columns: columns.length, of }
}

test('published figures: rows are accounted for, and every organisation has the totals that its file has', async (t) => {
  if (skipWithoutShared(t)) return
  for (const load of figures().filter((each) => isFull || each.daily)) {
    const expected = totalsOf(load)
    const report = await world.load(load.mapping, path(load.file), load.asAt)
    const published = (expected.rows - expected.leftOut) * expected.columns
    assert.deepEqual(
      counts(report),
      {
        ...{ outcome: 'published', read: expected.rows, published, quarantined: 0 },
        ...{ leftOut: expected.leftOut, others: [] },
      },
      load.file,
    )
    const { id } = (await mappingFile(load.mapping)).mapping
    const month = load.asAt.slice(0, 7)
    const ofTheFile = /\d{4}-\d{2}(-\d{2})?\.csv$/.test(load.file) ? sql`AND period = ${month}` : sql``
    const read = await world.read(
      'OfficialFigure',
      ['dataSet', 'period', 'organisationCode', 'value', 'status'],
      (r) => sql`SELECT coalesce("organisationCode", '') AS code, sum(value) AS sum, count(value) AS figures,
        count(*) FILTER (WHERE status = 'not-available') AS without FROM ${r}
        WHERE "dataSet" = ${id} ${ofTheFile} GROUP BY ALL`,
    )
    assert.equal(read.length, expected.of.size, load.file)
    for (const { code, sum, figures: some, without } of read) {
      const total = expected.of.get(String(code))!
      const about = `${load.file}, ${code}`
      assert.deepEqual([Number(some), Number(without)], [total.figures, total.without], about)
      assert.ok(Math.abs(Number(sum ?? 0) - total.sum) <= Math.abs(total.sum) * 1e-9, `${about}: ${sum}, ${total.sum}`)
    }
  }
})

test('England is told, treated and treated in time as often as its publisher says', async (t) => {
  if (skipWithoutShared(t)) return
  const expected = JSON.parse(readFileSync(path('cancer/expected_england_totals.json'), 'utf8'))['2025-08']
  const rows = await world.read(
    'OfficialFigure',
    ['dataSet', 'organisationLevel', 'breakdownValue', 'measure', 'value'],
    (r) => sql`SELECT "dataSet", measure, value FROM ${r} WHERE "organisationLevel" = 'country'
      AND "breakdownValue" IN ('ALL ROUTES', 'ALL STAGES') AND measure IN ('total', 'within-standard')`,
  )
  const of = (dataSet: string) =>
    ['total', 'within-standard'].map((measure) => {
      const found = rows.filter((row) => row.dataSet === dataSet && row.measure === measure)
      assert.equal(found.length, 1, `${dataSet} ${measure}`)
      return found[0]!.value
    })
  assert.deepEqual(
    {
      fds28: of('cancer-28-day-all-routes'),
      d31: of('cancer-31-day-all-cancer'),
      d62: of('cancer-62-day-all-cancer'),
    },
    expected,
  )
})

test('a sheet of the publisher’s workbook, below its titles, gives what the file of that name gives', async (t) => {
  if (skipWithoutShared(t)) return
  const book = path('cancer/AUGUST-2025-CWT-CRS-PROVIDER-WORKBOOK-FINAL.xlsx')
  const figuresOf = async () =>
    await world.read(
      'OfficialFigure',
      ['officialFigureId', 'dataSet', 'asAt', 'value'].filter((name) => name !== 'asAt'),
      (r) => sql`SELECT "officialFigureId" AS id, round(value, 9) AS value FROM ${r}
        WHERE "dataSet" = 'cancer-62-day-all-cancer' ORDER BY 1`,
    )
  const fromFile = await figuresOf()
  const report = await world.load('cancer/62-day-workbook-2025-08', book, '2025-08-31', {
    format: 'xlsx',
    part: '62-DAY (ALL CANCER)',
  })
  assert.equal(report.outcome, 'published', JSON.stringify(report))
  assert.equal(report.rows.quarantined, 0, JSON.stringify(report))
  assert.deepEqual(await figuresOf(), fromFile)
})

test('deprivation by area: every area has the rank and the decile of its file', async (t) => {
  if (skipWithoutShared(t)) return
  const loads = [
    { name: 'deprivation-2019', file: 'IMD2019_Index_of_Multiple_Deprivation', index: 'imd-2019', at: [0, 3, 4] },
    { name: 'deprivation-united-kingdom', file: 'UK_IMD_E', index: 'uk-imd-e', at: [1, 8, 9] },
  ] as const
  for (const { name, file, index, at } of isFull ? loads : loads.slice(0, 1)) {
    const [, ...records] = recordsOf(`reference/${file}.csv`)
    const report = await world.load(`reference/${name}`, path(`reference/${file}.csv`), '2025-12-31')
    const rows = records.length
    assert.deepEqual(counts(report), {
      ...{ outcome: 'published', read: rows, published: rows, quarantined: 0, leftOut: 0, others: [] },
    })
    const read = await world.read(
      'AreaDeprivation',
      ['deprivationIndex', 'areaCode', 'rank', 'decile'],
      (r) =>
        sql`SELECT "areaCode" || ' ' || rank || ' ' || decile AS said FROM ${r} WHERE "deprivationIndex" = ${index}`,
    )
    const decimal = (text: string) => (text.includes('.') ? text : `${text}.0`)
    assert.deepEqual(
      read.map(({ said }) => said).sort(),
      records.map((record) => `${record[at[0]]} ${decimal(record[at[1]]!)} ${record[at[2]]}`).sort(),
    )
  }
})

test('lists of organisations: codes, names, parents and the days on which they opened and closed', async (t) => {
  if (skipWithoutShared(t)) return
  const read = async () =>
    (
      await world.read(
        'Organisation',
        ['code', 'name', 'parentCode', 'openDate', 'closeDate'],
        (r) => sql`SELECT code, name, "parentCode", strftime("openDate", '%Y%m%d') AS opened,
          strftime("closeDate", '%Y%m%d') AS closed FROM ${r}`,
      )
    )
      .map((row) => Object.values(row).map((value) => value ?? ''))
      .sort()
  const load = async (name: string, file: string, rows: number, published = rows) => {
    const report = await world.load(`reference/${name}`, path(`reference/${file}.csv`), '2026-01-31')
    assert.deepEqual(
      [report.outcome, report.rows.read, report.rows.published, report.rows.quarantined],
      [...['published', rows, published, 0]],
    )
  }

  const trusts = recordsOf('reference/etr.csv')
  await load('trusts', 'etr', trusts.length)
  assert.deepEqual(await read(), trusts.map((each) => [0, 1, 3, 10, 11].map((i) => each[i]!)).sort())
  assert.equal(trusts.filter((each) => each[11] !== '').length, 68)

  const [, ...cohort] = recordsOf('reference/dim_organisation.csv')
  await load('trusts-in-cohort', 'dim_organisation', cohort.length)
  assert.deepEqual(await read(), cohort.map((each) => [each[0]!, each[1]!, each[5]!, '', '']).sort())

  const [, ...lookup] = recordsOf('reference/icb_region_lookup.csv')
  const all = new Set(
    lookup.flatMap((each) => [
      JSON.stringify([each[1], each[2], each[4], '', '']),
      JSON.stringify([each[4], each[5], each[7], '', '']),
      JSON.stringify([each[7], each[8], '', '', '']),
    ]),
  )
  await load('boards-and-regions', 'icb_region_lookup', lookup.length, all.size)
  assert.deepEqual(await read(), [...all].map((text) => JSON.parse(text)).sort())
})

test('vaccinations: patients in two encodings, each with the vaccination', async (t) => {
  if (skipWithoutShared(t)) return
  const names = async () =>
    (
      await world.read(
        'Patient',
        ['firstName', 'surname', 'dateOfBirth', 'sex', 'nhsNumber'],
        (r) =>
          sql`SELECT "firstName", surname, replace("dateOfBirth"::VARCHAR, '-', '') AS born, sex, "nhsNumber", _person FROM ${r}`,
      )
    )
      .map(({ firstName, surname, born, sex, nhsNumber }) => [firstName, surname, born, sex, nhsNumber ?? ''].join(' '))
      .sort()
  const sexes: Readonly<Record<string, string>> = { '0': 'unknown', '1': 'male', '2': 'female', '9': 'other' }
  for (const [file, encoding] of [
    ['test-batch-data', 'utf-8'],
    ['test-batch-data-cp1252', 'windows-1252'],
  ] as const) {
    const [, ...records] = recordsOf(`immunisation/${file}.csv`, '|', encoding)
    // The first with a key stays.
    const kept = records.filter((each, i) => records.findIndex((other) => other[9] === each[9]) === i)
    const patients = await world.load('immunisation/patients', path(`immunisation/${file}.csv`), '2025-07-31')
    assert.deepEqual(
      [patients.rows.read, patients.rows.published, patients.rows.quarantined],
      [...[records.length, kept.length, records.length - kept.length]],
    )
    assert.deepEqual(
      await names(),
      kept.map((each) => [each[1], each[2], each[3], sexes[each[4]!], each[0] === '0' ? '' : each[0]].join(' ')).sort(),
    )
    const given = await world.load('immunisation/vaccinations', path(`immunisation/${file}.csv`), '2025-07-31')
    assert.deepEqual(
      [given.rows.read, given.rows.published, given.rows.quarantined],
      [...[records.length, kept.length, records.length - kept.length]],
    )
    const read = await world.read(
      'Vaccination',
      ['vaccinationTimestamp', 'procedureSnomedCtCode', 'doseSequence', 'batchNumber'],
      (r) => sql`SELECT strftime("vaccinationTimestamp", '%Y%m%dT%H%M%S') AS at, "procedureSnomedCtCode" AS code,
        "doseSequence" AS dose, "batchNumber" AS batch, _person FROM ${r}`,
    )
    assert.deepEqual(
      read.map(({ at, code, dose, batch }) => [`${at}00`, code, dose, batch].join(' ')).sort(),
      kept.map((each) => [each[6], each[16], each[18], each[22]].join(' ')).sort(),
    )
  }
})

test('patients of a demographics service: those with a number that holds, or none, and the names they have', async (t) => {
  if (skipWithoutShared(t)) return
  const [, ...all] = recordsOf('immunisation/testData.csv')
  const report = await world.load('immunisation/registered-patients', path('immunisation/testData.csv'), '2026-01-31')
  const holds = (number: string) => {
    if (!/^[0-9]{10}$/.test(number)) return false
    const rest = 11 - ([...number].slice(0, 9).reduce((sum, digit, i) => sum + Number(digit) * (10 - i), 0) % 11)
    return rest % 11 === Number(number[9]) && !/^(.)\1*$/.test(number)
  }
  const kept = all.filter((each) => each[1] === 'none' || holds(each[1]!))
  assert.ok(kept.length < all.length)
  assert.deepEqual(report.rows.read, all.length)
  assert.equal(report.rows.published, kept.length, JSON.stringify(report.findings))
  assert.equal(report.rows.quarantined, all.length - kept.length)
  const read = await world.read(
    'Patient',
    ['firstName', 'surname'],
    (r) => sql`SELECT "firstName", surname, _person FROM ${r}`,
  )
  assert.deepEqual(
    read.map(({ firstName, surname }) => `${firstName} ${surname}`).sort(),
    kept.map((each) => `${each[3]!.trim()} ${each[2]!.trim()}`).sort(),
  )
})
