import { addDays, type DateOnly } from '#kernel'
import type { Source } from '#ports'
import { chanceOf } from './chance.ts'
import { type CsvRow, csvSource } from './csv.ts'
import { personRow, testNhsNumber } from './people.ts'

export interface WaitingListInput {
  readonly seed: string
  readonly patients: number
  readonly today: DateOnly
}

/** What the system of the trust calls its specialties; the national codes are in mappings/waiting-list. */
const specialties = ['GENS', 'UROL', 'T&O', 'ENT', 'OPHT', 'GAST', 'CARD', 'DERM', 'RHEU', 'GYNA']
const commissioners = ['QZ1', 'QZ1', 'QZ1', 'QZ2']
/** NHS numbers of nobody else made here. */
const firstNumber = 40_000

/**
 * The waiting list of a trust that does not exist, as such lists are: one line a pathway, the patient in each, days as
 * 31/01/2026, the trust's own columns and codes, and some of the mistakes of life.
 */
export function waitingList({ seed, patients, today }: WaitingListInput): Source {
  const chance = chanceOf(`waiting-list/${seed}`)
  const rows: CsvRow[] = []
  for (let i = 0; i < patients; i++) {
    const number = testNhsNumber(firstNumber + i)
    const of = { personId: `W${500_000 + i}`, nhsNumber: number, today, latinOnly: false }
    const person = personRow(chance, of) as Readonly<Record<string, string>>
    for (let n = 0; n < (chance.percent(15) ? 2 : 1); n++) {
      const days = chance.percent(60)
        ? chance.below(127)
        : chance.percent(92)
          ? chance.below(400)
          : 365 + chance.below(300)
      const start = addDays(today, -days)
      const stopped = chance.percent(10)
      const admitted = !stopped && chance.percent(20)
      rows.push({
        'Hosp No': person.personId!,
        'NHS No': i === 7 ? `${number.slice(0, 9)}${(Number(number[9]) + 1) % 10}` : i === 12 ? '' : number,
        'NHS No Traced': i === 12 ? 'N' : 'Y',
        Surname: person.surname!,
        Forename: person.firstName!,
        DOB: british(person.dateOfBirth as DateOnly),
        Postcode: person.postcode!,
        'Pathway ID': `WV-${700_000 + i * 2 + n}`,
        'Ref Recd': british(addDays(start, -chance.below(5))),
        'Clock Start': i === 20 ? 'unknown' : british(start),
        'Clock Stop': stopped ? british(addDays(start, chance.below(days + 1))) : '',
        'RTT Status': stopped ? chance.pick(['30', '34', '36']) : '20',
        'DTA Date': admitted ? british(addDays(start, chance.below(days + 1))) : '',
        Specialty: i === 30 ? 'ORTH2' : chance.pick(specialties),
        'Comm Code': chance.pick(commissioners),
        'List State': stopped ? 'OFF' : 'ON',
        'Consultant Initials': chance.pick(['AB', 'KM', 'RS']),
      })
    }
  }
  return csvSource('waiting-list.csv', rows, { delimiter: ',', encoding: 'utf8' })
}

const british = (day: DateOnly) => day.split('-').reverse().join('/')
