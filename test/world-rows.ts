import { addDays, type DateOnly } from '#kernel'
import { testNhsNumber } from '#synthetic'

/*
 * People who do not exist, each value of theirs a canary: long enough to be searched for in every byte, and nothing that
 * could be there by chance.
 */
export type Row = Readonly<Record<string, string>>

export interface WorldRows {
  readonly Patient: readonly Row[]
  readonly PatientPathway: readonly Row[]
  readonly RttPeriod: readonly Row[]
}

export type WorldObject = keyof WorldRows

const functions = ['100', '110', '120', '301', '650']
const commissioners = ['QZ1', 'QZ2', 'QZ3']

/** Rows of one trust. `from` numbers the people, so that two trusts may share some. Each has one pathway and one period. */
export function worldRows(of: { provider: string; patients: number; today: DateOnly; from?: number }): WorldRows {
  const people = Array.from({ length: of.patients }, (_, i) => personOf(of.provider, (of.from ?? 0) + i))
  const waits = people.map((person, i) => waitOf(of.provider, person, i, of.today))
  return {
    Patient: people,
    PatientPathway: waits.map(({ pathway }) => pathway),
    RttPeriod: waits.map(({ period }) => period),
  }
}

function personOf(provider: string, n: number): Row {
  const four = String(1_000 + n)
  return {
    personId: `${provider}-PERSON-${four}`,
    mrn: `HOSPITAL${provider}${four}`,
    nhsNumber: testNhsNumber(n),
    nhsNumberStatusIndicatorCode: '01',
    firstName: `Firstlike${four}`,
    surname: `Canaryhurst${four}`,
    dateOfBirth: addDays('1921-03-04' as DateOnly, n * 13),
    sex: n % 2 === 0 ? 'Female' : 'Male',
    postcode: `ZZ${10 + (n % 80)} ${1 + (n % 9)}${'ABDEFGHJLN'[n % 10]}${'PQRSTUWXYZ'[Math.trunc(n / 10) % 10]}`,
    addressLine1: `${four} Canary Wharf Lane`,
    phoneNumber: `0770090${four}`,
  }
}

function waitOf(provider: string, person: Row, i: number, today: DateOnly): { pathway: Row; period: Row } {
  const start = addDays(today, -(1 + ((i * 37) % 700)))
  const stopped = i % 7 === 3
  const id = `${provider}-WAIT-${10_000 + i}`
  const treatmentFunctionCode = functions[i % functions.length]!
  const pathway = {
    pathwayId: `PW-${id}`,
    patientId: person.personId!,
    patientName: `${person.firstName} ${person.surname}`,
    nhsNumber: person.nhsNumber!,
    referralReceivedDate: start,
    treatmentFunctionCode,
    pathwayStatus: stopped ? 'Closed' : 'Open',
    intendedProcedureDescription: `Talked with ${person.firstName} at length`,
  }
  const period = {
    rttPeriodId: `RP-${id}`,
    patientId: person.personId!,
    pathwayId: pathway.pathwayId,
    providerCode: provider,
    commissionerCode: commissioners[i % commissioners.length]!,
    treatmentFunctionCode,
    clockStartDate: start,
    clockStopDate: stopped ? start : '',
    statusCode: stopped ? '30' : '20',
    decisionToAdmitDate: i % 5 === 0 ? start : '',
  }
  return { pathway, period }
}

/** What may never be found outside the vault of a trust: every value of a person and of their records' ids. */
export function canariesOf(rows: WorldRows): string[] {
  const identity = rows.Patient.flatMap((row) =>
    [
      'personId',
      'mrn',
      'nhsNumber',
      'firstName',
      'surname',
      'dateOfBirth',
      'postcode',
      'addressLine1',
      'phoneNumber',
    ].map((name) => row[name]!),
  )
  const records = rows.PatientPathway.flatMap((row) => [
    row.pathwayId!,
    row.patientName!,
    row.intendedProcedureDescription!,
  ])
  return [...new Set([...identity, ...records, ...rows.RttPeriod.map((row) => row.rttPeriodId!)])]
}
