import { type ObjectType, type Property, personProperty } from '#contracts'
import { addDays, type DateOnly } from '#kernel'
import type { ColumnProfile, ProfiledColumn } from '#metrics'
import type { Chance } from './chance.ts'

/** Draws values for one column of a made-up file; `n` is the row, from 0. */
export interface Drawn {
  /** As the column is, empty where it often is. */
  value(n: number): string
  /** Not empty. */
  some(n: number): string
}

export interface SampleRules {
  readonly type: ObjectType
  readonly profile: ColumnProfile
  readonly rows: number
  readonly chance: Chance
}

/** Never used in inward codes (Royal Mail's rules leave C, I, K, M, O and V out): of the right form, and no place. */
const noInwardCode = '9VV'
/** Tried in turn where a pattern is asked for. */
const madeUpCodes = ['ZZZ', '999', 'ZZ9', '1940-01', 'Z99999999'] as const
const firstMadeUpDay = '1940-01-01' as DateOnly
const madeUpDays = 25_000

/** How a column is drawn: from the profile where it says anything, otherwise from what the contract says it is. */
export function drawColumn(property: Property, about: SampleRules): Drawn {
  const column = about.profile.columns.find(({ name }) => name === property.name)
  const numbers = /nhsNumber$/i.test(property.name) ? testRangeNumbers(about.rows) : null
  const isKey = property.name === about.type.primaryKey
  const person = (n: number) => (about.type.name === 'Patient' || isKey ? n : linkedRow(n, about.rows))
  const identity = (n: number) => numbers?.[person(n)] ?? madeUp(property, about, n)
  if (column === undefined || column.kept === 'vault' || isKey) return { value: identity, some: identity }
  const { type, chance, profile } = about
  const isGood = goodValue(property, type)
  const values = column.values.filter(({ value }) => isGood(value))
  const some =
    values.length > 0 ? () => fromProfile(property, { ...column, values }, about) : nothingKnown(property, about)
  if (column.different === 'none' && property.nullable) return { some, value: () => '' }
  // Where a value must be there, a missing one is a defect, and those are made afterwards.
  const empty = property.nullable ? (column.empty ?? 0) : 0
  return { some, value: (n) => (chance.below(Math.max(profile.rows ?? 0, empty, 1)) < empty ? '' : some(n)) }
}

/** Values that break a rule with a warning are published too: here they come back as defects only. */
function goodValue({ values, name, type: of }: Property, type: ObjectType): (value: string) => boolean {
  const rule = type.rules.find((each) => each.rule === 'pattern' && each.property === name)
  const pattern = rule?.rule === 'pattern' ? new RegExp(`^(${rule.pattern})$`) : null
  return (value) => (of === 'texts' || !values || values.includes(value)) && (pattern?.test(value) ?? true)
}

function sampleKey(object: string, n: number): string {
  return `SYN-${object}-${n + 1}`
}

/** Links lead into the first half of another type's sample, where no row is spoilt: a defect costs its own row alone. */
export function linkedRow(n: number, rows: number): number {
  return n % Math.ceil(rows / 2)
}

/** The first NHS numbers of the range kept for tests: 999, then passing Modulus 11 (NHS Data Dictionary, NHS NUMBER). */
export function testRangeNumbers(count: number): readonly string[] {
  const numbers: string[] = []
  for (let base = 999_000_000; numbers.length < count; base++) {
    const digit = checkDigit(base)
    if (digit < 10) numbers.push(`${base}${digit}`)
  }
  return numbers
}

function checkDigit(base: number): number {
  const sum = [...String(base)].reduce((total, digit, i) => total + (10 - i) * Number(digit), 0)
  return (11 - (sum % 11)) % 11
}

function fromProfile(property: Property, column: ProfiledColumn, { chance, profile }: SampleRules): string {
  const total = column.values.reduce((sum, { rows }) => sum + rows, 0)
  let left = chance.below(total)
  const { value } = column.values.find(({ rows }) => (left -= rows) < 0)!
  if (/postcode$/i.test(property.name)) return `${value} ${noInwardCode}`
  if (column.form === 'band') return withinBand(property, Number(value), chance)
  if (column.form === 'value') return value
  return asMoment(property, earlierDay(dayWithin(value, chance), profile.asAt))
}

/** A day in `2020s`, `2026`, `2026-Q1` or `2026-01`. */
function dayWithin(value: string, chance: Chance): DateOnly {
  const year = value.slice(0, 4)
  if (value.length === 4) return addDays(`${year}-01-01` as DateOnly, chance.below(365))
  if (value.endsWith('s')) return addDays(`${year}-01-01` as DateOnly, chance.below(3_652))
  const quarter = /Q(\d)$/.exec(value)?.[1]
  if (quarter === undefined) return addDays(`${value}-01` as DateOnly, chance.below(28))
  const month = String(Number(quarter) * 3 - 2).padStart(2, '0')
  return addDays(`${year}-${month}-01` as DateOnly, chance.below(90))
}

function earlierDay(a: DateOnly, b: DateOnly): DateOnly {
  if (a < b) return a
  return b
}

function withinBand({ type }: Property, low: number, chance: Chance): string {
  if (low === 0) return '0'
  const size = 10 ** Math.floor(Math.log10(Math.abs(low)))
  const value = low + Math.sign(low) * chance.below(size)
  return type === 'decimal' || type === 'double' ? value.toFixed(1) : String(value)
}

/** The profile knows no value that 8 people share. A value of the contract is public; anything else is made up. */
function nothingKnown(property: Property, { type, profile, chance }: SampleRules): (n: number) => string {
  const { values, name } = property
  if (property.type === 'date' || property.type === 'timestamp') {
    return () => asMoment(property, addDays(profile.asAt, -chance.below(365)))
  }
  if (property.type !== 'text') return () => plainValue(property, 0)
  if (values) return (n) => values[n % values.length]!
  if (/postcode$/i.test(name)) return madeUpPostcode
  const isGood = goodValue(property, type)
  const made = (n: number) => `synthetic ${name} ${n + 1}`
  const fitting = isGood(made(0)) ? undefined : madeUpCodes.find(isGood)
  return (n) => fitting ?? made(n)
}

function madeUp(property: Property, { type, rows, chance }: SampleRules, n: number): string {
  const { name, references, role } = property
  if (/postcode$/i.test(name)) return madeUpPostcode(n)
  if (property.type === 'date' || property.type === 'timestamp') {
    return asMoment(property, addDays(firstMadeUpDay, chance.below(madeUpDays)))
  }
  if (property.type !== 'text') return role === 'primary-key' ? String(n + 1) : plainValue(property, n)
  if (property.values) return property.values[n % property.values.length]!
  if (name === type.primaryKey) return [sampleKey(type.name, n), `SYN${n + 1}`].find(goodValue(property, type)) ?? ''
  if (name === personProperty(type)?.name) return sampleKey('Patient', linkedRow(n, rows))
  if (references && role !== null) return sampleKey(references.object, linkedRow(n, rows))
  return `synthetic ${name} ${n + 1}`
}

const madeUpPostcode = (n: number) => `ZZ${1 + (n % 9)} ${noInwardCode}`

function plainValue({ type, values }: Property, n: number): string {
  switch (type) {
    case 'texts':
      return values ? JSON.stringify(values.slice(0, 1)) : '[]'
    case 'boolean':
      return n % 2 === 0 ? 'true' : 'false'
    case 'timestamp':
      return `${firstMadeUpDay}T09:00:00Z`
    case 'date':
      return firstMadeUpDay
    default:
      return String(n + 1)
  }
}

function asMoment({ type }: Property, day: DateOnly): string {
  return type === 'timestamp' ? `${day}T09:00:00Z` : day
}
