import type { DisclosurePolicy, SmallNumberRule } from './disclosure-policies.ts'
import { checkMeasureKinds, checkNoMeanBesideSum, type MeasureKind, type MeasureKinds } from './measures.ts'
import { checkedCells } from './table-check.ts'

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
  const geography = table.geography === 'national' ? 'national' : 'subnational'
  const rule = policy[geography]
  if (rule) checkNoMeanBesideSum(table.measures)
  return {
    policy: policy.id,
    geography,
    statement: policy.statement[geography],
    measures: table.measures,
    cells: checkedCells(table).map((cell) => ({
      key: { ...cell.key },
      measures: discloseCell(rule, table.measures, cell),
    })),
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
