import { type ObjectType, objectType, type Property } from '#contracts'
import type { Chance } from '../chance.ts'

/*
 * Which record is whose, and which records may be named together. Row `n` of every type about patients is about the
 * same patient, so that whatever two records lead to by way of a third is the same person.
 */

/** Rows of each type by patient, ten by ten: some have none, most have one, a few have several. */
const recordsOfPatient = [1, 2, 0, 1, 3, 1, 0, 1, 1, 0] as const

const firstKey = 1_000

export interface RecordMap {
  readonly rows: number
  /** Which patient row `n` of a type about patients is about. */
  patientOf(n: number): number
  /** The rows about the same patient, `n` among them. */
  siblingsOf(n: number): readonly number[]
  keyOf(object: string, n: number): string
  /** The row that such a key is of. */
  rowOf(key: string): number
}

export function recordMap(provider: string, rows: number): RecordMap {
  const patients: number[] = []
  for (let patient = 0; patients.length < rows; patient++) {
    const count = recordsOfPatient[patient % recordsOfPatient.length]!
    patients.push(...Array.from({ length: count }, () => patient))
  }
  const siblings = Map.groupBy(patients.slice(0, rows).keys(), (n) => patients[n]!)
  return {
    rows,
    patientOf: (n) => patients[n]!,
    siblingsOf: (n) => siblings.get(patients[n]!)!,
    keyOf: (object, n) => keyOf(provider, object, n),
    rowOf: (key) => Number(key.slice(key.lastIndexOf('-') + 1)) - firstKey,
  }
}

function keyOf(provider: string, object: string, n: number): string {
  // What was validated was asked for, and has the key of the request.
  if (object === 'ValidatedChangelog') return keyOf(provider, 'ChangeLogRequest', n)
  if (object === 'ProcedureType') return `W${100 + n}`
  if (object === 'DatasetRefreshTime') {
    // The contract names fewer data sets than a type needs rows: local ones come behind them, with a warning each.
    const named = objectType(object).properties.find(({ name }) => name === 'datasetName')?.values ?? []
    return named[n] ?? `local-extract-${n}`
  }
  return `${provider}-${object}-${firstKey + n}`
}

/** The type whose keys a property holds: by its reference, or by a link that starts from it. Null: it holds no keys. */
export function targetOf(type: ObjectType, { name, references }: Property): string | null {
  if (references) return references.object
  if (name === type.primaryKey) return null
  return type.links.find(({ join }) => join?.from === name)?.object ?? null
}

/** Rows of `target` that row `n` may name: of the same patient, or any where it is not about patients. */
export function namedRow(target: string, n: number, map: RecordMap, chance: Chance): number {
  const type = objectType(target)
  if (target === 'Patient') return map.patientOf(n)
  if (type.personLevel) return chance.percent(75) ? n : chance.pick(map.siblingsOf(n))
  // A few specialties, sites and consultants are in most rows.
  return chance.percent(70) ? chance.below(Math.min(12, map.rows)) : chance.below(map.rows)
}
