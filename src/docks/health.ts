import type { SubmissionReport } from '#flows'
import type { DateOnly } from '#kernel'
import type { Day } from './agenda.ts'

/** `watch`: somebody should look; `act`: something is missing or wrong; `unknown`: too little is known to say. */
export type Grade = 'good' | 'watch' | 'act' | 'unknown'

export type SignName = 'freshness' | 'completeness' | 'volume' | 'quality' | 'schema' | 'sending'

/** One thing that is looked at, with the figures that the grade follows from. Counts and names of the contract only. */
export interface Sign {
  readonly sign: SignName
  readonly grade: Grade
  readonly says: string
}

/** How deliveries of one object type by one controller are, worked out from their reports and from the days of its dock. */
export interface Health {
  readonly object: string
  readonly controller: string
  readonly lastAsAt: string | null
  readonly signs: readonly Sign[]
  /** The worst of the signs that are known. */
  readonly grade: Grade
}

/** Local choices, to be set by who answers for the data; none comes from published guidance. */
export const healthThresholds = {
  /** Snapshots before the last one that say what is usual; fewer than `earlierMin` say nothing. */
  earlierMax: 8,
  earlierMin: 3,
  /** The last snapshot's rows beside the median of the earlier ones. */
  volumeWatch: { from: 0.8, to: 1.25 },
  volumeAct: { from: 0.5, to: 2 },
  /** More rows kept out, as a share of those read, than the median of the earlier ones by so much. */
  keptOutWatch: 0.01,
  keptOutAct: 0.05,
  /** Days without a delivery among those that a dock looks back on. */
  missingAct: 2,
} as const

type Thresholds = typeof healthThresholds

export interface Known {
  /** In the order of their entries. */
  readonly reports: readonly SubmissionReport[]
  /** Of docks, by `<object> <controller>`. */
  readonly days: ReadonlyMap<string, readonly Day[]>
  /** By the entry of a publication: a hash of which columns became which properties. */
  readonly columns: ReadonlyMap<number, string>
  readonly today: DateOnly
}

/** Every object type and controller that something is known of, by name. */
export function healthOf(
  { reports, days, columns, today }: Known,
  of: Thresholds = healthThresholds,
): readonly Health[] {
  const byId = Map.groupBy(reports, ({ object, controller }) => `${object} ${controller}`)
  const ids = [...new Set([...byId.keys(), ...days.keys()])].sort()
  return ids.map((id) => {
    const [object = '', controller = ''] = id.split(' ')
    const own = byId.get(id) ?? []
    const expected = days.get(id) ?? null
    const signs = [
      freshness(own, expected, today, of),
      ...(expected === null ? [] : [completeness(expected, of)]),
      volume(own, of),
      quality(own, of),
      schema(own, columns),
    ]
    return { object, controller, lastAsAt: lastPublished(own)?.asAt ?? null, signs, grade: worst(signs) }
  })
}

/** Of a dock: how its last day stands. Without one: the age of the data beside the usual time between two snapshots. */
function freshness(
  reports: readonly SubmissionReport[],
  days: readonly Day[] | null,
  today: DateOnly,
  of: Thresholds,
): Sign {
  const sign = 'freshness'
  const due = days?.filter(({ state }) => state !== 'waiting').at(-1)
  if (due) {
    const grade =
      due.state === 'published' || due.state === 'superseded' ? 'good' : due.state === 'late' ? 'watch' : 'act'
    return { sign, grade, says: `${due.day} is ${due.state}` }
  }
  const dates = [...new Set(published(reports).map(({ asAt }) => asAt))].sort()
  const gaps = dates.slice(1).map((date, i) => daysBetween(dates[i]!, date))
  const last = dates.at(-1)
  if (last === undefined || gaps.length < of.earlierMin)
    return { sign, grade: 'unknown', says: 'too few snapshots to say' }
  const age = daysBetween(last, today)
  const usual = median(gaps.slice(-of.earlierMax))
  const grade = age <= usual + 1 ? 'good' : age <= 2 * usual + 1 ? 'watch' : 'act'
  return { sign, grade, says: `${age} days old; a snapshot comes every ${usual} days` }
}

function completeness(days: readonly Day[], of: Thresholds): Sign {
  const due = days.filter(({ state }) => state !== 'waiting')
  const missing = due.filter(({ state }) => state === 'overdue' || state === 'refused' || state === 'failing').length
  const grade = due.length === 0 ? 'unknown' : missing === 0 ? 'good' : missing < of.missingAct ? 'watch' : 'act'
  return { sign: 'completeness', grade, says: `${due.length - missing} of ${due.length} days are there` }
}

function volume(reports: readonly SubmissionReport[], of: Thresholds): Sign {
  const sign = 'volume'
  const all = published(reports)
  const last = all.at(-1)
  const earlier = earlierOf(all, of).map(({ rows }) => rows.published)
  if (!last || earlier.length < of.earlierMin) return { sign, grade: 'unknown', says: 'too few snapshots to say' }
  const usual = median(earlier)
  const times = usual === 0 ? (last.rows.published === 0 ? 1 : Number.POSITIVE_INFINITY) : last.rows.published / usual
  const isWithin = ({ from, to }: { readonly from: number; readonly to: number }) => times >= from && times <= to
  const grade = isWithin(of.volumeWatch) ? 'good' : isWithin(of.volumeAct) ? 'watch' : 'act'
  return { sign, grade, says: `${last.rows.published} rows; the median of ${earlier.length} before is ${usual}` }
}

/** Whether more is kept out than usual, and whether the last file was refused whole. */
function quality(reports: readonly SubmissionReport[], of: Thresholds): Sign {
  const sign = 'quality'
  const last = reports.at(-1)
  if (!last) return { sign, grade: 'unknown', says: 'nothing has come' }
  if (last.outcome === 'refused') {
    const rules = last.findings.filter(({ severity }) => severity === 'FAIL').map(({ rule }) => rule)
    return { sign, grade: 'act', says: `the last file was refused: ${[...new Set(rules)].sort().join(', ')}` }
  }
  const earlier = earlierOf(published(reports), of).map(keptOut)
  const isKnown = earlier.length >= of.earlierMin
  const usual = isKnown ? median(earlier) : 0
  const share = keptOut(last)
  const more = share - usual
  const grade = more <= of.keptOutWatch ? 'good' : more <= of.keptOutAct ? 'watch' : 'act'
  return {
    sign,
    grade,
    says: `${percent(share)} of the rows are in quarantine${isKnown ? `; ${percent(usual)} were` : ''}`,
  }
}

/** Whether the columns are those of the snapshot before: one that came, went or is called otherwise. */
function schema(reports: readonly SubmissionReport[], columns: ReadonlyMap<number, string>): Sign {
  const sign = 'schema'
  const [last, before] = published(reports).slice(-2).reverse()
  if (!last || !before) return { sign, grade: 'unknown', says: 'there is no snapshot before it' }
  const unknown = last.unknownColumns.length - before.unknownColumns.length
  if (columns.get(last.entry) === columns.get(before.entry) && unknown === 0) {
    return { sign, grade: 'good', says: 'the columns are those of the snapshot before' }
  }
  const more =
    unknown === 0 ? '' : `; ${last.unknownColumns.length} that no contract has, ${before.unknownColumns.length} before`
  return { sign, grade: 'watch', says: `the columns are others than those of the snapshot before${more}` }
}

function published(reports: readonly SubmissionReport[]): readonly SubmissionReport[] {
  return reports.filter(({ outcome }) => outcome === 'published')
}

function lastPublished(reports: readonly SubmissionReport[]): SubmissionReport | undefined {
  return published(reports).at(-1)
}

/** Snapshots of days before the last one; of a day that was corrected, what stood in the end. */
function earlierOf(all: readonly SubmissionReport[], of: Thresholds): readonly SubmissionReport[] {
  const last = all.at(-1)
  const byDay = new Map(all.filter(({ asAt }) => asAt !== last?.asAt).map((report) => [report.asAt, report]))
  return [...byDay.values()].slice(-of.earlierMax)
}

function keptOut({ rows }: SubmissionReport): number {
  return rows.read === 0 ? 0 : rows.quarantined / rows.read
}

function worst(signs: readonly Sign[]): Grade {
  const order: readonly Grade[] = ['act', 'watch', 'good', 'unknown']
  return order.find((grade) => signs.some((sign) => sign.grade === grade)) ?? 'unknown'
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000)
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`
}
