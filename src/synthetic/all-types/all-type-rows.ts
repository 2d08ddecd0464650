import { linkTables, matchHeader, type ObjectType, objectType, objectTypes } from '#contracts'
import type { DateOnly } from '#kernel'
import type { Source } from '#ports'
import { csvSource } from '../csv.ts'
import { columnsOf } from './drawn-columns.ts'
import { drawnRow, type Fields } from './drawn-row.ts'
import { patientFacts } from './patient-facts.ts'
import { recordMap } from './record-map.ts'

export interface AllTypesInput {
  readonly seed: string
  /** ODS code of the trust; goes into its ids. */
  readonly provider: string
  readonly today: DateOnly
  /** Rows of each type; 120 unless told. */
  readonly rows?: number
  /** NHS numbers are taken from here on. */
  readonly firstNumber?: number
}

export interface TypeRows {
  readonly object: string
  /** By property name, as texts; every property is there, empty where it has no value. */
  readonly rows: readonly Readonly<Fields>[]
}

/**
 * The types of the canonical data model, and those of ours that they link to or through; in an order in which links lead
 * back.
 */
export function filledTypes(): readonly ObjectType[] {
  const first = ['Patient', 'Appointment', 'EalEntry', 'Admission', 'CancerPathway', 'CriticalCarePeriod']
  const tables = linkTables()
  const all = objectTypes().filter(
    (type) => type.origin === 'cdm-146' || type.name === 'RttPeriod' || tables.includes(type),
  )
  return [...first.map(objectType), ...all.filter(({ name }) => !first.includes(name))]
}

/**
 * Rows of every type: keys unique, links that lead somewhere, one patient however a row is followed to them, values of
 * the sets, dates in the order of life, and in every column at least one value. The same input gives the same rows.
 */
export function allTypeRows(input: AllTypesInput): readonly TypeRows[] {
  const { seed, provider, today, rows = 120, firstNumber = 0 } = input
  const map = recordMap(provider, rows)
  const patients = Array.from({ length: rows }, (_, n) =>
    patientFacts({ seed, personId: map.keyOf('Patient', n), nhsNumber: firstNumber + n, today }),
  )
  return filledTypes().map((type) => {
    const about = { type, columns: columnsOf(type), map, patients, provider, today, seed }
    return { object: type.name, rows: Array.from({ length: rows }, (_, n) => drawnRow(about, n)) }
  })
}

/** A file of such rows, under the columns of the output specification. */
export function typeFile({ object, rows }: TypeRows): Source {
  const type = objectType(object)
  const header = type.properties.map(({ name, column }) => [name, column] as const)
  const renamed = rows.map((row) => Object.fromEntries(header.map(([name, column]) => [column, row[name] ?? ''])))
  const read = matchHeader(
    type,
    type.properties.map(({ column }) => column),
  ).columns
  if (read.some(({ property, header: column }) => property.column !== column)) throw new Error('columns of a file')
  return csvSource(`${type.table}.csv`, renamed, { delimiter: ',', encoding: 'utf8' })
}
