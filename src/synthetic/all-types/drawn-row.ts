import type { ObjectType, Property } from '#contracts'
import type { DateOnly } from '#kernel'
import { type Chance, quickChanceOf } from '../chance.ts'
import type { DrawnColumn } from './drawn-columns.ts'
import { drawnDay, firstDay, keepOrder } from './drawn-days.ts'
import { drawnWord, sentence, staffName } from './drawn-words.ts'
import type { PatientFacts } from './patient-facts.ts'
import { namedRow, type RecordMap } from './record-map.ts'

/** Property name → text of the cell. */
export type Fields = Record<string, string>

export interface RowRules {
  readonly type: ObjectType
  /** See `columnsOf`. */
  readonly columns: readonly DrawnColumn[]
  readonly map: RecordMap
  readonly patients: readonly PatientFacts[]
  readonly provider: string
  readonly today: DateOnly
  readonly seed: string
}

/** One row of a type, every property of its contract among its fields; empty where it has no value. */
export function drawnRow(about: RowRules, n: number): Fields {
  const { type, columns, map, patients, today, seed } = about
  const chance = quickChanceOf(`${seed}/${type.name}/${n}`)
  const patient = type.personLevel ? patients[type.name === 'Patient' ? n : map.patientOf(n)]! : null
  const first = firstDay(type, today, chance)
  const row: Fields = {}
  const drawing = { ...about, chance, patient, first, row }
  for (const column of columns) {
    const isLeftOut = chance.percent(column.emptyInHundred) && n !== (7 * column.index) % map.rows
    row[column.property.name] = isLeftOut ? '' : drawn(column, drawing, n)
  }
  keepPresence(drawing, n)
  keepOrder(type, row, today)
  return row
}

/** A value that the contract wants exactly where another column says so. */
function keepPresence(drawing: Drawing, n: number): void {
  const { type, columns, row } = drawing
  for (const rule of type.rules) {
    if (rule.rule !== 'present.iff') continue
    const isWanted = rule.values.includes(row[rule.other] ?? '')
    if (!isWanted) row[rule.property] = ''
    else if (!row[rule.property])
      row[rule.property] = drawn(columns.find(({ property }) => property.name === rule.property)!, drawing, n)
  }
}

interface Drawing extends RowRules {
  readonly chance: Chance
  readonly patient: PatientFacts | null
  readonly first: DateOnly
  readonly row: Fields
}

function drawn(column: DrawnColumn, drawing: Drawing, n: number): string {
  const { type, map, patient, chance, row } = drawing
  const { property, target } = column
  const { name } = property
  if (name === type.primaryKey) return map.keyOf(type.name, n)
  if (target !== null) return keysOf(property, target, drawing, n)
  const own = patient?.fields[name]
  if (own !== undefined && (name !== 'title' || type.name === 'Patient')) return own
  const told = nameTold(column, row, drawing, n)
  if (told !== null) return told
  if (name === 'providerCode') return drawing.provider
  if (property.role === 'external-id') return externalId(property, drawing, n)
  if (name === 'title' || name === 'admissionTitle') return `${sentence(type.name)} ${n}`
  switch (property.type) {
    case 'texts':
      return JSON.stringify(several(() => drawnWord(property, n, chance), chance))
    case 'date':
    case 'timestamp':
      return drawnDay(type, property, drawing)
    case 'boolean':
      return String(chance.percent(20 + (name.length % 4) * 20))
    case 'text': {
      const code = property.values ? '' : row[`${name}Code`]
      return code ? `${sentence(name)} ${code}` : drawnWord(property, n, chance)
    }
    default:
      return drawnNumber(property, chance)
  }
}

function externalId({ name, type }: Property, { provider, type: { name: object } }: Drawing, n: number): string {
  const id = `${provider}-${object}-${name}-${1_000 + n}`
  return type === 'texts' ? JSON.stringify([id]) : id
}

function keysOf(property: Property, target: string, { map, chance }: Drawing, n: number): string {
  const one = () => map.keyOf(target, namedRow(target, n, map, chance))
  return property.type === 'texts' ? JSON.stringify(several(one, chance)) : one()
}

function several(draw: () => string, chance: Chance): string[] {
  return [...new Set(Array.from({ length: 1 + chance.below(3) }, draw))]
}

/** What records of a type are called. */
const ownNames: Readonly<Record<string, string>> = {
  ...{ Specialty: 'specialtyName', Site: 'name', CareProfessional: 'name', ErsService: 'serviceName' },
  ClinicType: 'clinicTypeName',
}

function nameTold({ property, told }: DrawnColumn, row: Fields, { type, map }: Drawing, n: number): string | null {
  if (ownNames[type.name] === property.name) return calledOf(type.name, n)
  const key = told && row[told.by]
  return key ? calledOf(told.target, map.rowOf(key)) : null
}

function calledOf(object: string, n: number): string {
  const specialties = ['Orthopaedics', 'General surgery', 'Ophthalmology', 'Cardiology', 'Urology', 'Dermatology']
  if (object === 'CareProfessional') return staffName(n)
  if (object === 'Specialty') return `${specialties[n % specialties.length]} ${1 + Math.trunc(n / specialties.length)}`
  return `${sentence(object)} ${n + 1}`
}

function drawnNumber({ name, type }: Property, chance: Chance): string {
  if (type === 'double') return ((chance.below(1_000) + 1) / 10).toFixed(1)
  if (/minutes|duration|time/i.test(name)) return String(15 * (1 + chance.below(20)))
  if (/delta/i.test(name)) return String(chance.below(17) - 8)
  if (/grams/i.test(name)) return String(2_400 + chance.below(2_000))
  if (/weeks/i.test(name)) return String(1 + chance.below(60))
  if (/days|length/i.test(name)) return String(chance.below(240))
  return String(chance.below(12))
}
