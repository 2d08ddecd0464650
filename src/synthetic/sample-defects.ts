import type { ObjectType, Property, RowRule } from '#contracts'
import { addDays, type DateOnly } from '#kernel'
import type { ColumnProfile, ProfiledRule } from '#metrics'
import type { Chance } from './chance.ts'
import type { CsvRow } from './csv.ts'

type Spoil = (row: CsvRow, n: number) => CsvRow

interface Defect {
  readonly spoil: Spoil
  /** Rows in which the mistake is that mistake alone. */
  readonly suits: (row: CsvRow) => boolean
}

/** Where a count is 1 to 7 and not shown, this many. */
const fewRows = 4
const anyRow = () => true

export interface Spoilt {
  readonly rows: readonly CsvRow[]
  /** Rules of the profile for which nothing was spoilt: a mapping's own, or of the file as bytes. */
  readonly notMade: readonly string[]
}

/** Breaks as many rows by each rule as the profile has for that many rows, at least one, each row by one rule where it can. */
export function spoilRows(
  rows: readonly CsvRow[],
  { type, profile, chance }: { type: ObjectType; profile: ColumnProfile; chance: Chance },
): Spoilt {
  const spoilt = [...rows]
  // The second half first: the first is what other samples link to. Its first row lends its key to those that come twice.
  const half = Math.ceil(rows.length / 2)
  const untouched = [...shuffled(half, rows.length, chance), ...shuffled(1, half, chance)]
  const notMade: string[] = []
  for (const rule of profile.rules) {
    const defect = defectOf(rule, { type, profile, keyTwice: rows[0]?.[type.primaryKey] ?? '' })
    if (defect === null) {
      if (!madeElsewhere.includes(rule.rule)) notMade.push(rule.column ? `${rule.rule} in ${rule.column}` : rule.rule)
      continue
    }
    for (let left = rowsToSpoil(rule, profile, rows.length); left > 0 && untouched.length > 0; left--) {
      const suiting = untouched.findIndex((at) => defect.suits(spoilt[at]!))
      const [at] = untouched.splice(Math.max(0, suiting), 1)
      spoilt[at!] = defect.spoil(spoilt[at!]!, at!)
    }
  }
  return { rows: spoilt, notMade }
}

/** By columns left out or added, or by the numbers that every sample has. */
const madeElsewhere: readonly string[] = ['file.missing-column', 'file.unknown-column', 'nhs-number.test-range']

function rowsToSpoil(rule: ProfiledRule, { rowsRead }: ColumnProfile, rows: number): number {
  if (rule.rows === 0) return 0
  return Math.max(1, Math.round(((rule.rows ?? fewRows) / Math.max(rowsRead ?? fewRows, 1)) * rows))
}

interface About {
  readonly type: ObjectType
  readonly profile: ColumnProfile
  readonly keyTwice: string
}

function defectOf(broken: ProfiledRule, about: About): Defect | null {
  const { type } = about
  const property = type.properties.find(({ name }) => name === broken.column)
  if (!property) return null
  const { name } = property
  const set = (value: string): Defect => ({ spoil: (row) => ({ ...row, [name]: value }), suits: anyRow })
  const where = (suits: Defect['suits'], defect: Defect): Defect => ({ ...defect, suits })
  const isFull = (row: CsvRow) => row[name] !== ''
  const { rule } = broken
  if (rule.startsWith('type.')) return where(isFull, set('not of its type'))
  switch (rule) {
    case 'key.missing':
    case 'required':
      return set('')
    case 'key.duplicate':
      return set(about.keyTwice)
    case 'value-set':
      return where(isFull, set(unlisted(property, about.profile)))
    case 'link.missing':
      return set('SYN-nobody')
    case 'postcode.format':
      return set('no postcode')
    case 'nhs-number.format':
      return set('999')
    case 'nhs-number.all-same':
      return set('9999999999')
    case 'nhs-number.sequence':
      return set('9876543210')
    case 'nhs-number.modulus-11':
      return where(isFull, { spoil: (row) => ({ ...row, [name]: nextLastDigit(row[name] ?? '') }), suits: anyRow })
    case 'nhs-number.status':
      return { spoil: (row) => ({ ...row, [name]: '01', nhsNumber: '' }), suits: anyRow }
    default: {
      const declared = type.rules.find((each) => each.rule === rule && aboutOf(each) === name)
      return declared ? where(isFull, { spoil: breaking(declared, about.profile), suits: anyRow }) : null
    }
  }
}

/** A wrong code that many have, where the profile shows one: that is the one to find. */
function unlisted({ name, type, values }: Property, { columns }: ColumnProfile): string {
  if (type === 'texts') return '["not in the list"]'
  const seen = columns.find((column) => column.name === name)?.values ?? []
  return seen.find(({ value }) => !values?.includes(value))?.value ?? 'not in the list'
}

const aboutOf = (rule: RowRule) => ('property' in rule ? rule.property : rule.later)

function breaking(rule: RowRule, { asAt }: ColumnProfile): Spoil {
  switch (rule.rule) {
    case 'date.order':
      return (row) => {
        const earlier = row[rule.earlier] || asAt
        return { ...row, [rule.earlier]: earlier, [rule.later]: shifted(earlier, -3) }
      }
    case 'date.future':
      return (row) => ({ ...row, [rule.property]: shifted(row[rule.property] || asAt, 0, addDays(asAt, 10)) })
    case 'present.iff':
      return (row) => ({ ...row, [rule.property]: row[rule.property] ? '' : asAt })
    case 'pattern':
      return (row) => ({ ...row, [rule.property]: '~' })
    case 'range':
      return (row) => ({ ...row, [rule.property]: String(rule.max === null ? (rule.min ?? 0) - 1 : rule.max + 1) })
  }
}

/** A day or a moment moved by days, or put on another day; keeps the form that it has. */
function shifted(text: string, days: number, onto: DateOnly = text.slice(0, 10) as DateOnly): string {
  return `${addDays(onto, days)}${text.slice(10)}`
}

function nextLastDigit(number: string): string {
  return `${number.slice(0, -1)}${(Number(number.slice(-1)) + 1) % 10}`
}

/** The whole numbers from `from` up to but not `to`, in an order of chance. */
function shuffled(from: number, to: number, chance: Chance): number[] {
  const order = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)
  for (let i = order.length - 1; i > 0; i--) {
    const j = chance.below(i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}
