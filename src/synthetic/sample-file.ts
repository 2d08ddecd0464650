import { type ObjectType, objectType, type Property, personPath } from '#contracts'
import { addDays, type DateOnly } from '#kernel'
import type { ColumnProfile } from '#metrics'
import type { Source } from '#ports'
import { type Chance, chanceOf } from './chance.ts'
import { type CsvRow, csvSource } from './csv.ts'
import { spoilRows } from './sample-defects.ts'
import { type Drawn, drawColumn } from './sample-values.ts'

/** Rows of one sample; the range of test NHS numbers ends the rest. */
export const sampleRowsMax = 100_000

export interface Sample {
  readonly source: Source
  readonly header: readonly string[]
  readonly rows: readonly CsvRow[]
  /** Rules that the profile names and the sample does not break. */
  readonly notMade: readonly string[]
}

/**
 * A file of people who do not exist, of the shape of a published profile and with its defects in its proportions.
 * Comes from profile and contract alone: what the profile does not hold cannot be in it. Columns are drawn each by
 * itself, so what goes together in life does not here, but for the rules of the contract. The same profile, number of
 * rows and seed give the same bytes; samples of two object types with as many rows link.
 */
export function sampleFile(profile: ColumnProfile, { rows, seed }: { rows: number; seed: string }): Sample {
  if (!Number.isInteger(rows) || rows < 1 || rows > sampleRowsMax) throw new RangeError('rows of a sample')
  const type = objectType(profile.object)
  const chance = chanceOf(`sample/${seed}/${profile.object}`)
  const columns = type.properties.filter((property) => isInFile(type, property, profile))
  const drawn = new Map(
    columns.map((property) => [property.name, drawColumn(property, { type, profile, rows, chance })]),
  )
  const good = Array.from({ length: rows }, (_, n) => {
    const row: Record<string, string> = {}
    for (const [name, column] of drawn) row[name] = column.value(n)
    keepRules(row, { type, drawn, n, asAt: profile.asAt, chance })
    return row
  })
  const { rows: spoilt, notMade } = spoilRows(good, { type, profile, chance })
  const more = Array.from({ length: profile.unknownColumns }, (_, i) => [`Not in the contract ${letters(i)}`, ''])
  const all = spoilt.map((row) => ({ ...row, ...Object.fromEntries(more) }))
  return {
    source: csvSource(`sample-${type.table}.csv`, all, { delimiter: ',', encoding: 'utf8' }),
    ...{ header: Object.keys(all[0] ?? {}), rows: all, notMade },
  }
}

const letters = (i: number) => 'abcdefghijklmnopqrstuvwxyz'[i % 26]!.repeat(1 + Math.trunc(i / 26))

/** Whether the files behind the profile had the column, as far as profile and contract tell. */
function isInFile(type: ObjectType, property: Property, { columns, rules }: ColumnProfile): boolean {
  const isSpokenOf = (rule: string | null) => rules.some((each) => each.column === rule && each.rows !== 0)
  const isMissing = rules.some(({ rule, column }) => rule === 'file.missing-column' && column === property.column)
  if (isMissing) return false
  const isLink = personPath(type)[0]?.property.name === property.name
  if (property.name === type.primaryKey || isLink || !property.nullable || isSpokenOf(property.name)) return true
  const column = columns.find(({ name }) => name === property.name)
  if (column?.kept === 'lake' && column.different !== 'none') return true
  // Left out without a word in the report: columns that the specification calls optional.
  const isOptional = property.lifecycle !== undefined || property.source === 'interface'
  return !isOptional && (column?.kept === 'vault' || property.source !== 'own')
}

interface Row {
  readonly type: ObjectType
  readonly drawn: ReadonlyMap<string, Drawn>
  readonly n: number
  readonly asAt: DateOnly
  readonly chance: Chance
}

/** Makes a row hold to the rules between columns; those of presence first, since they bring dates in. */
function keepRules(row: Record<string, string>, { type, drawn, n, asAt, chance }: Row): void {
  const has = (...names: string[]) => names.every((name) => row[name] !== undefined)
  for (const rule of type.rules) {
    if (rule.rule !== 'present.iff' || !has(rule.property, rule.other)) continue
    const wanted = rule.values.includes(row[rule.other]!)
    if (!wanted) row[rule.property] = ''
    else if (row[rule.property] === '') row[rule.property] = drawn.get(rule.property)!.some(n)
  }
  for (const rule of type.rules) {
    if (rule.rule === 'range' && row[rule.property]) {
      const value = Number(row[rule.property])
      row[rule.property] = String(Math.min(rule.max ?? value, Math.max(rule.min ?? value, value)))
    }
    if (rule.rule !== 'date.order') continue
    const [earlier, later] = [row[rule.earlier], row[rule.later]]
    if (!earlier || !later || later >= earlier) continue
    const day = addDays(earlier.slice(0, 10) as DateOnly, chance.below(60))
    row[rule.later] = day < asAt ? `${day}${earlier.slice(10)}` : earlier
  }
}
