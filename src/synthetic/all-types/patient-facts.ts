import { addDays, type DateOnly } from '#kernel'
import { quickChanceOf } from '../chance.ts'
import { personRow, testNhsNumber } from '../people.ts'
import type { Fields } from './drawn-row.ts'

/** What every record of a patient says alike. */
export interface PatientFacts {
  readonly fields: Readonly<Fields>
}

/** A patient who does not exist; the n-th of a seed. */
export function patientFacts(of: { seed: string; personId: string; nhsNumber: number; today: DateOnly }): PatientFacts {
  const chance = quickChanceOf(`${of.seed}/patient/${of.personId}`)
  const nhsNumber = testNhsNumber(of.nhsNumber)
  const row = personRow(chance, { personId: of.personId, nhsNumber, today: of.today, latinOnly: false })
  const birth = row.dateOfBirth as DateOnly
  const isDead = chance.percent(6)
  const death = isDead ? laterOf(addDays(of.today, -chance.below(40)), birth) : ''
  const name = `${row.firstName} ${row.surname}`
  const { personId: _, ...facts } = row
  return {
    fields: {
      ...facts,
      title: row.sex === 'Female' ? chance.pick(['Mrs', 'Ms', 'Miss']) : 'Mr',
      ...{ fullName: name, patientName: name, patientDeceased: String(isDead), deceased: String(isDead) },
      ...{ dateOfDeath: death, deathDate: death, birthDate: birth, age: String(yearsBetween(birth, of.today)) },
      ...(chance.percent(4) ? { nhsNumber: '', nhsNumberStatusIndicatorCode: '04' } : {}),
    },
  }
}

function laterOf(a: DateOnly, b: DateOnly): DateOnly {
  return a > b ? a : b
}

/** Whole years from a day of birth to another day. */
function yearsBetween(birth: DateOnly, day: DateOnly): number {
  const years = Number(day.slice(0, 4)) - Number(birth.slice(0, 4))
  return day.slice(5) < birth.slice(5) ? years - 1 : years
}
