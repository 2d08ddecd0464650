import { addDays, type DateOnly } from '#kernel'
import { type Chance, chanceOf } from './chance.ts'
import type { CsvRow } from './csv.ts'

const firstNames = ['Ada', 'Bodhi', 'Cerys', 'Dafydd', 'Esmé', 'Femi', 'Grażyna', 'Hana', 'Idris', 'Jóhanna', 'Kofi', 'Leila', 'Mared', 'Nuala', 'Oluchi', 'Priya', 'René', 'Saoirse', 'Tomasz', 'Uzma'] // biome-ignore format: one list
const surnames = ['Ashdown', 'Brontë', 'Castellan', "D'Arcy", 'Eriksen', 'Fernside', 'Gudrun', 'Hollis', 'Iqbal', 'Jankowski', 'Kettering', 'Lovelace', 'Müller', 'Nakamura', "O'Hare", 'Pemberton', 'Quayle', 'Rahman', 'Sørensen', 'Treharne'] // biome-ignore format: one list
const streets = ['Mill Lane', 'Quarry Road', 'Tannery Row', 'Weir Street', 'Orchard Close']
const outward = ['ZZ1', 'ZZ2', 'ZZ3', 'ZZ4']

/** Only what a list of names in windows-1252 can hold, for files in that encoding. */
const latin = (text: string) => [...text].every((letter) => letter.charCodeAt(0) < 256)

export interface PersonRow extends CsvRow {
  readonly personId: string
  readonly nhsNumber: string
}

/** One row of Patient for somebody who does not exist. */
export function personRow(
  chance: Chance,
  of: { personId: string; nhsNumber: string; today: DateOnly; latinOnly: boolean },
): PersonRow {
  const usable = (names: readonly string[]) => (of.latinOnly ? names.filter(latin) : names)
  return {
    personId: of.personId,
    mrn: `H${of.personId.replace(/\D/g, '')}`,
    nhsNumber: of.nhsNumber,
    nhsNumberStatusIndicatorCode: '01',
    firstName: chance.pick(usable(firstNames)),
    surname: chance.pick(usable(surnames)),
    dateOfBirth: addDays(of.today, -365 - chance.below(33_000)),
    sex: chance.pick(['Female', 'Male']),
    postcode: `${chance.pick(outward)} ${chance.below(9) + 1}${chance.pick(['AA', 'AB', 'BD', 'DE', 'HJ'])}`,
    // Addresses with a line break in them are what real exports are made of.
    addressLine1: `${chance.below(200) + 1} ${chance.pick(streets)}${chance.percent(10) ? '\nFlat 2' : ''}`,
    phoneNumber: `07700 9${String(chance.below(100_000)).padStart(5, '0')}`,
  }
}

/** Ages are counted from here, so that nobody is younger in the files of another day. */
const bornBefore = '2025-01-01' as DateOnly

/** The n-th person of a trust, the same on every day and in every system of the trust. */
export function economyPerson(of: {
  readonly provider: string
  readonly n: number
  /** NHS numbers are taken from here on. */
  readonly firstNumber: number
  readonly latinOnly: boolean
}): PersonRow {
  return personRow(chanceOf(`person/${of.provider}/${of.n}`), {
    ...{ personId: `${of.provider}-P${10_000 + of.n}`, nhsNumber: testNhsNumber(of.firstNumber + of.n) },
    ...{ today: bornBefore, latinOnly: of.latinOnly },
  })
}

/** NHS numbers of the test range that begins with 9, the n-th of them, passing Modulus 11. */
export function testNhsNumber(n: number): string {
  for (let base = 900_000_000 + ((n * 48_271 + 7_919) % 99_000_000); ; base++) {
    const digits = String(base)
    const sum = [...digits].reduce((total, digit, i) => total + (10 - i) * Number(digit), 0)
    const check = (11 - (sum % 11)) % 11
    if (check < 10) return `${digits}${check}`
  }
}
