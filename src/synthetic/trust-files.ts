import { addDays, type DateOnly } from '#kernel'
import type { Source } from '#ports'
import { type Chance, chanceOf } from './chance.ts'
import { type CsvRow, type CsvStyle, csvSource } from './csv.ts'
import { economyPerson, type PersonRow } from './people.ts'

export interface TrustFilesInput {
  readonly seed: string
  /** ODS code of the trust; goes into its ids. */
  readonly provider: string
  readonly commissioners: readonly string[]
  readonly patients: number
  readonly today: DateOnly
  /** NHS numbers are taken from here on, so that two trusts can share patients or not. */
  readonly firstNumber: number
  readonly style: CsvStyle
  /** Whether some rows are wrong, as in life. */
  readonly mistakes: boolean
}

export interface TrustFile {
  readonly object: 'Patient' | 'PatientPathway' | 'RttPeriod'
  readonly source: Source
}

const functions = ['100', '101', '110', '120', '130', '301', '320', '330', '400', '410', '502', '650', '420']

/** What a trust's patient administration system exports in one night, in the order the files depend on each other. */
export function trustFiles(input: TrustFilesInput): readonly TrustFile[] {
  const chance = chanceOf(`${input.seed}/${input.provider}`)
  const { provider, firstNumber } = input
  const latinOnly = input.style.encoding === 'latin1'
  const people = Array.from({ length: input.patients }, (_, n) =>
    economyPerson({ provider, n, firstNumber, latinOnly }),
  )
  const waits = people.flatMap((person, i) => waitsOf(chance, input, person, i))
  const pathways = waits.map(({ pathway }) => pathway)
  const periods = waits.map(({ period }) => period)
  const spoil = input.mistakes ? mistakes : { people: same, periods: same }
  const file = (object: TrustFile['object'], rows: readonly CsvRow[]): TrustFile => ({
    object,
    source: csvSource(`${input.provider}-${object}.csv`, rows, input.style),
  })
  return [
    file('Patient', spoil.people(people)),
    file('PatientPathway', pathways),
    file('RttPeriod', spoil.periods(periods)),
  ]
}

function waitsOf(chance: Chance, input: TrustFilesInput, person: PersonRow, i: number) {
  const count = chance.percent(25) ? 2 : 1
  return Array.from({ length: count }, (_, n) => {
    const { provider, today } = input
    // Most wait weeks, some wait a year, a few much longer: the shape of a real list.
    const days = chance.percent(60)
      ? chance.below(127)
      : chance.percent(92)
        ? chance.below(365)
        : 365 + chance.below(400)
    const start = addDays(today, -days)
    const stopped = chance.percent(15)
    const admitted = !stopped && chance.percent(17)
    const id = `${provider}-${20_000 + i * 2 + n}`
    const commissionerCode = chance.pick(input.commissioners)
    const treatmentFunctionCode = chance.pick(functions)
    const pathway: CsvRow = {
      pathwayId: `PW-${id}`,
      patientId: person.personId,
      patientName: `${person.firstName} ${person.surname}`,
      nhsNumber: person.nhsNumber,
      referralReceivedDate: start,
      treatmentFunctionCode,
      pathwayStatus: stopped ? 'Closed' : 'Open',
      intendedProcedureDescription: chance.percent(30) ? `Review with ${person.firstName} and family` : '',
    }
    const period: CsvRow = {
      rttPeriodId: `RP-${id}`,
      patientId: person.personId,
      pathwayId: `PW-${id}`,
      providerCode: provider,
      commissionerCode,
      treatmentFunctionCode,
      clockStartDate: start,
      clockStopDate: stopped ? addDays(start, chance.below(days + 1)) : '',
      statusCode: stopped ? chance.pick(['30', '31', '34', '35']) : '20',
      decisionToAdmitDate: admitted ? addDays(start, chance.below(days + 1)) : '',
    }
    return { pathway, period }
  })
}

const same = <T>(rows: readonly T[]): readonly T[] => rows

/** One of each mistake that files really have; each lands in quarantine or in the list of warnings under its rule. */
const mistakes = {
  people: (rows: readonly PersonRow[]): readonly CsvRow[] =>
    rows.map((row, i) => {
      if (i === 3) return { ...row, nhsNumber: changeLastDigit(row.nhsNumber) }
      if (i === 5) return { ...row, nhsNumber: '9999999999' }
      if (i === 8) return { ...row, dateOfBirth: '31/02/1961' }
      if (i === 11) return { ...row, nhsNumber: '', nhsNumberStatusIndicatorCode: '04' }
      if (i === 13) return { ...row, nhsNumberStatusIndicatorCode: '99' }
      return row
    }),
  periods: (rows: readonly CsvRow[]): readonly CsvRow[] => [
    ...rows.map((row, i) => {
      if (i === 2) return { ...row, patientId: 'nobody-here' }
      if (i === 4) return { ...row, clockStopDate: addDays(row.clockStartDate as DateOnly, -3), statusCode: '30' }
      if (i === 6) return { ...row, clockStartDate: 'yesterday' }
      return row
    }),
    ...rows.slice(20, 21),
  ],
}

function changeLastDigit(number: string): string {
  return `${number.slice(0, -1)}${(Number(number.slice(-1)) + 1) % 10}`
}
