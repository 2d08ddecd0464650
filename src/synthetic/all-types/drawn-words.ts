import type { Property } from '#contracts'
import type { Chance } from '../chance.ts'

/* Words for columns of text, by what the column is called. Nobody and nothing here exists. */

const staff = ['Dr A Harrow', 'Dr B Linden', 'Mr C Osei', 'Ms D Quill', 'Prof E Rowan', 'Sr F Stone', 'Mr G Teal', 'Ms H Umber'] // biome-ignore format: one list
const notes = [
  'Seen in clinic; plan agreed with the patient.',
  'Awaiting imaging before a date can be offered.',
  'Patient asked to be called in the afternoon.',
  'Letter sent to the practice.',
  'To be discussed with the anaesthetist: "fit, but nervous".',
  'Date moved once already, please keep this one.',
]
const lists: readonly (readonly [RegExp, readonly string[]])[] = [
  [/commissionerCode/i, ['QZ1', 'QZ2', 'QZ3']],
  [/userIds?$|referrerId/i, ['user-01', 'user-02', 'user-03', 'user-04', 'user-05']],
  [/teamName/i, ['Booking team', 'Validation team', 'Theatre schedulers']],
  [/clinicName|clinicDisplayName/i, ['Hip clinic', 'Cataract clinic', 'Hernia clinic', 'Skin clinic']],
  [/specialtyNames$/i, ['Orthopaedics', 'General surgery', 'Ophthalmology']],
  [/OdsCode/i, ['ZT1', 'ZT2', 'ZT3', 'ZT4']],
  [/snomed/i, ['999000101', '999000202', '999000303', '999000404', '999000505']],
  [/Icd/, ['M17.1', 'H25.9', 'K40.9', 'I10.X', 'J44.9']],
  [/opcs|procedureCode/i, ['W37.1', 'C71.2', 'T20.1', 'J18.3', 'W40.1']],
  [/treatmentFunctionCode/i, ['100', '110', '120', '130', '301', '320', '330', '502', '650']],
  [/treatmentFunction/i, ['General Surgery', 'Trauma and Orthopaedics', 'Ear Nose and Throat', 'Ophthalmology']],
  [/localCode/i, ['L01', 'L02', 'L03', 'L04', 'L05']],
  [/^(country)$/i, ['England', 'Wales']],
  [/^(addressCity|city)$/i, ['Alderbrook', 'Brook Haven', 'Larchfield']],
  [/^county$/i, ['Aldershire', 'Brookshire']],
  [/^address/i, ['1 Mill Lane', '22 Quarry Road', '3 Tannery Row', '14 Weir Street', '5 Orchard Close']],
  [/^nextOfKinName$/i, ['Ida Ashdown', 'Kit Fernside', 'Moss Quayle', 'Wren Hollis']],
  [/^(nextOfKinNumber|phoneNumber)$/i, ['07700 900101', '07700 900202', '07700 900303', '07700 900404']],
  [/priority/i, ['Routine', 'Urgent', 'Two Week Wait', 'Soon']],
  [/division|directorate/i, ['Surgery', 'Medicine', 'Women and Children', 'Diagnostics']],
  [/modality/i, ['CT', 'MRI', 'Ultrasound', 'X-ray']],
  [/cancerS/i, ['Breast', 'Lung', 'Skin', 'Urological', 'Lower gastrointestinal']],
  [/pathwayStatus|^status$|examStatus|histologyStatus|treatmentStatus/i, ['Open', 'Closed', 'Waiting', 'Booked']],
  [/language/i, ['English', 'Polish', 'Urdu', 'Welsh']],
  [/dayOfWeek/i, ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday']],
  [/^amPm$/i, ['AM', 'PM', 'AD']],
  [/^unit$/i, ['g/L', 'mmol/L', 'mg/L']],
  [/sourceSystem/i, ['Patient administration', 'Theatres', 'Cancer register']],
  [/groupIds/i, ['group-elective', 'group-cancer', 'group-theatres', 'group-validation']],
  [/modules/i, ['waiting-list', 'cancer', 'theatres', 'outpatients']],
]
const isStaffName = ({ name, sensitivity }: Property) =>
  /By$/.test(name) ||
  (sensitivity === 'staff' &&
    /userNames$|(consultant|anaesthetist|professional)s?Names?$|consultant$|User$|mnemonic|displayName/i.test(name))

/** One value, from a short list by the column's name; the first ones come most often. */
export function drawnWord(property: Property, n: number, chance: Chance): string {
  const { name, sensitivity, values } = property
  if (values) return values[skewed(values.length, chance)]!
  if (sensitivity === 'text') return `${chance.pick(notes)} (${name}, ${n})`
  if (/rid$/i.test(name)) return `ri.synthetic.main.${name.toLowerCase()}.${n}`
  const list = lists.find(([pattern]) => pattern.test(name))?.[1] ?? (isStaffName(property) ? staff : null)
  if (list !== null) return list[skewed(list.length, chance)]!
  if (/code|id$/i.test(name)) return `${String(1 + skewed(9, chance)).padStart(2, '0')}`
  return `${sentence(name)} ${'ABCDEF'[skewed(6, chance)]}`
}

export const staffName = (n: number): string => `${staff[n % staff.length]} ${1 + Math.trunc(n / staff.length)}`

function skewed(below: number, chance: Chance): number {
  return Math.min(chance.below(below), chance.below(below))
}

/** `dischargePathway` → `Discharge pathway`. */
export function sentence(name: string): string {
  const words = name.replace(/[_0-9]/g, '').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return words.trim().replace(/^[a-z]/, (letter) => letter.toUpperCase())
}
