import type { DisclosurePolicy, SmallNumberRule } from './disclosure-policies.ts'
import { privacyErrors } from './errors.ts'
import { checkMeasureKinds, type MeasureKind, type MeasureKinds, safeName } from './measures.ts'

/** What a number may become. A suppressed one has no number in it anywhere. `none`: there is no figure (0 of 0, say). */
export type DisclosedValue =
  | { readonly shown: 'value'; readonly value: number }
  | { readonly shown: 'suppressed' }
  | { readonly shown: 'none' }

export interface TableToDisclose {
  /** `key` says which cell it is (text only); `measures` its true numbers. A ratio's number may be left out: it is not used. */
  readonly cells: readonly {
    readonly key: Readonly<Record<string, string | null>>
    readonly measures: Readonly<Record<string, number | null>>
  }[]
  readonly measures: MeasureKinds
  /** `national` only for figures of the whole nation, not broken down by place or organisation. */
  readonly geography: 'national' | 'subnational'
}

export interface DisclosedTable {
  readonly policy: string
  readonly geography: 'national' | 'subnational'
  /** In plain words what was done to the numbers; goes with the table wherever it goes. */
  readonly statement: string
  readonly measures: MeasureKinds
  /** Sorted by key, so that the order says nothing about numbers. */
  readonly cells: readonly {
    readonly key: Readonly<Record<string, string | null>>
    readonly measures: Readonly<Record<string, DisclosedValue>>
  }[]
}

const suppressed: DisclosedValue = { shown: 'suppressed' }
const none: DisclosedValue = { shown: 'none' }

/**
 * The only form in which numbers leave at aggregate level. Totals are cells like others: computed from true numbers by
 * the caller, treated here by themselves. No cell is added or dropped: a group that has 0 shows 0, a suppressed one
 * stays as suppressed. Primary suppression only; what that does not stop is in docs/concepts/disclosure.md.
 *
 * Throws FDP_PRIVACY_UNDECLARED_MEASURE, FDP_PRIVACY_MEASURE_MISFIT, FDP_PRIVACY_BAD_TABLE.
 */
export function disclose(policy: DisclosurePolicy, table: TableToDisclose): DisclosedTable {
  checkMeasureKinds(table.measures)
  checkTable(table)
  const geography = table.geography === 'national' ? 'national' : 'subnational'
  const rule = policy[geography]
  if (rule) checkNoMeanBesideSum(table.measures)
  const cells = table.cells.map((cell) => ({
    key: { ...cell.key },
    measures: discloseCell(rule, table.measures, cell),
  }))
  return {
    policy: policy.id,
    geography,
    statement: policy.statement[geography],
    measures: table.measures,
    cells: cells.sort((a, b) => compareText(keyText(a.key), keyText(b.key))),
  }
}

/** `*` for suppressed, `-` for no figure; decimal places as the policy left them. */
export function formatDisclosed(value: DisclosedValue): string {
  if (value.shown === 'value') return String(value.value)
  return value.shown === 'suppressed' ? '*' : '-'
}

type Cell = TableToDisclose['cells'][number]

function discloseCell(rule: SmallNumberRule | null, kinds: MeasureKinds, cell: Cell): Record<string, DisclosedValue> {
  const value = (measure: string): DisclosedValue => {
    const kind = kinds[measure]!
    return kind.kind === 'ratio'
      ? ratio(rule, value(kind.numerator), value(kind.denominator), kinds[kind.denominator]!)
      : plain(rule, kind, cell, cell.measures[measure] ?? null)
  }
  return Object.fromEntries(Object.keys(kinds).map((measure) => [measure, value(measure)]))
}

function plain(
  rule: SmallNumberRule | null,
  kind: Exclude<MeasureKind, { kind: 'ratio' }>,
  cell: Cell,
  raw: number | null,
) {
  if (rule === null || kind.kind === 'count') return raw === null ? none : shownAs(raw)
  if (kind.kind === 'person-count') return raw === null ? none : roundCount(rule, raw)
  const people = cell.measures[kind.population] ?? null
  // before looking at the number: whether few people have one at all is about them too
  if (people === null || isSmall(rule, people)) return suppressed
  if (people === 0 || raw === null) return none
  // A sum over flags is a count by another name, so sums are rounded like counts.
  return kind.kind === 'sum' ? roundCount(rule, raw) : shownAs(roundTo(raw, rule.decimals))
}

/** Percent. From released values only, so it tells nothing that they do not. */
function ratio(rule: SmallNumberRule | null, numerator: DisclosedValue, denominator: DisclosedValue, of: MeasureKind) {
  if (numerator.shown === 'suppressed' || denominator.shown === 'suppressed') return suppressed
  if (numerator.shown === 'none' || denominator.shown === 'none' || denominator.value === 0) return none
  const percent = (numerator.value / denominator.value) * 100
  if (rule === null || of.kind === 'count') return shownAs(percent)
  return shownAs(roundTo(percent, denominator.value >= rule.oneDecimalFrom ? 1 : 0))
}

function roundCount(rule: SmallNumberRule, raw: number): DisclosedValue {
  if (isSmall(rule, raw)) return suppressed
  return shownAs(Math.sign(raw) * Math.floor(Math.abs(raw) / rule.roundTo + 0.5) * rule.roundTo)
}

/** Above 0 and below the next whole number, so that 7.5 (halves of shared pathways) is small too. */
function isSmall(rule: SmallNumberRule, count: number): boolean {
  return count !== 0 && Math.abs(count) < rule.suppressUpTo + 1
}

function roundTo(value: number, decimals: number): number {
  const factor = 10 ** decimals
  return (Math.sign(value) * Math.floor(Math.abs(value) * factor + 0.5)) / factor
}

/** Without minus zero, which JSON and eyes read differently. */
function shownAs(value: number): DisclosedValue {
  return { shown: 'value', value: value === 0 ? 0 : value }
}

function checkTable(table: TableToDisclose): void {
  const declared = Object.keys(table.measures)
  const keyNames = Object.keys(table.cells[0]?.key ?? {}).sort()
  const seen = new Set<string>()
  for (const cell of table.cells) {
    const names = Object.keys(cell.key).sort()
    if (names.join('\0') !== keyNames.join('\0')) throw badTable('its cells have different keys')
    if (names.some((name) => declared.includes(name))) throw badTable('a key and a measure share a name')
    if (Object.values(cell.key).some((part) => part !== null && typeof part !== 'string')) {
      throw badTable('a key holds something else than text')
    }
    const text = keyText(cell.key)
    if (seen.has(text)) throw badTable('two cells have the same key')
    seen.add(text)
    checkNumbers(table.measures, cell)
  }
}

function checkNumbers(kinds: MeasureKinds, cell: Cell): void {
  for (const [measure, value] of Object.entries(cell.measures)) {
    if (!Object.hasOwn(kinds, measure))
      throw privacyErrors('FDP_PRIVACY_UNDECLARED_MEASURE', { measure: safeName(measure) })
    if (value === null) continue
    const isCount = kinds[measure]!.kind === 'person-count'
    if (!Number.isFinite(value)) throw misfit(measure, 'it holds something else than a finite number')
    if (isCount && (value < 0 || !Number.isInteger(value * 2)))
      throw misfit(measure, 'a count of people is 0 or more, in halves')
  }
  for (const [measure, kind] of Object.entries(kinds)) {
    if (kind.kind !== 'ratio' && !Object.hasOwn(cell.measures, measure))
      throw badTable('a cell lacks a declared measure')
  }
}

/** Sum ÷ mean is the count itself, which would undo its rounding. */
function checkNoMeanBesideSum(kinds: MeasureKinds): void {
  for (const [measure, kind] of Object.entries(kinds)) {
    if (kind.kind !== 'mean') continue
    const beside = Object.values(kinds).some((other) => other.kind === 'sum' && other.population === kind.population)
    if (beside) throw misfit(measure, 'a mean beside a sum over the same people gives back their number')
  }
}

const badTable = (reason: string) => privacyErrors('FDP_PRIVACY_BAD_TABLE', { reason })
const misfit = (measure: string, reason: string) =>
  privacyErrors('FDP_PRIVACY_MEASURE_MISFIT', { measure: safeName(measure), reason })

function keyText(key: Readonly<Record<string, string | null>>): string {
  return JSON.stringify(Object.entries(key).sort(([a], [b]) => compareText(a, b)))
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
