import type { JsonObject, OdsCode } from '#kernel'
import type { KReport } from '#privacy'
import type { PersonOutcome } from './person-rule.ts'

/** One rule that rows (or the file) broke. Counts only. */
export interface Finding {
  readonly rule: string
  /** FAIL refused the submission, ROW put rows into quarantine, WARN listed them. */
  readonly severity: 'FAIL' | 'ROW' | 'WARN'
  /** A property of the contract, or a column that a mapping reads; null for other rules about the file. */
  readonly column: string | null
  /** Rows that broke it; 0 for rules about the file. */
  readonly rows: number
}

/** The rule of rows that stay out because they are about somebody who was erased: no value of them is kept. */
export const keptOutRule = 'person.erased'

/** How unique the rows of what was published are, at one level. */
export interface Uniqueness {
  readonly level: 'identifiable' | 'pseudonymised'
  readonly columns: readonly string[]
  readonly k: KReport
}

/** What a delivery of events did to those that were there. */
export interface EventCounts {
  /** Events that came for this day before; the delivery takes their place. */
  readonly earlierOfDay: number
  /** Events of the delivery that were there already, for this day or an earlier one. */
  readonly replaced: number
  /** Rows of the delivery that are not published, since the event is there for a later day. */
  readonly outdated: number
  /** Events of the controller that are there now. */
  readonly total: number
}

/** What became of a submission. Holds counts, names of rules and columns, positions and hashes; never a value. */
export interface SubmissionReport {
  readonly submission: string
  readonly object: string
  readonly controller: OdsCode
  readonly asAt: string
  readonly outcome: 'published' | 'refused'
  /** Index of the ledger entry that says so. */
  readonly entry: number
  /** The same submission had been dealt with before; nothing was done now. */
  readonly repeated: boolean
  readonly rows: {
    readonly read: number
    readonly quarantined: number
    readonly published: number
    /** Rows published with at least one warning. */
    readonly warned: number
  }
  /** Why the file could not be read as a table at all, in words without a value; null where it could. */
  readonly problem: string | null
  readonly findings: readonly Finding[]
  /** Positions (from 1) of columns that the object type does not have. Not their names: a file may lack its header. */
  readonly unknownColumns: readonly number[]
  /** The encrypted blob with the rows' positions, rules, columns and values. */
  readonly quarantine: string | null
  /** Of events that were published. */
  readonly events?: EventCounts
  readonly persons: PersonOutcome | null
  /** What stays with the rows and with everything made from them. */
  readonly labels: readonly string[]
  readonly uniqueness: readonly Uniqueness[]
}

/** Findings listed one by one in an entry; the rest is summed by severity. */
export const findingsMax = 200

/** The report as part of a ledger entry's governance part, and back. */
export function reportToJson(report: Omit<SubmissionReport, 'entry' | 'repeated'>): JsonObject {
  return report as unknown as JsonObject
}

export function reportFromJson(json: JsonObject, entry: number, repeated: boolean): SubmissionReport {
  const report = json as unknown as Omit<SubmissionReport, 'entry' | 'repeated'>
  return { ...report, labels: report.labels ?? [], entry, repeated }
}

/** The report in words, a line each, for people. */
export function readableReport(report: SubmissionReport): string[] {
  const { rows, findings } = report
  const head =
    report.outcome === 'published'
      ? `${report.object} of ${report.controller} as at ${report.asAt}: ${rows.published} rows published, ${rows.quarantined} in quarantine, ${rows.read} read`
      : `${report.object} of ${report.controller} as at ${report.asAt}: refused whole, nothing published`
  const words = { FAIL: 'refuses the file', ROW: 'to quarantine', WARN: 'warning' } as const
  const listed = findings.map(({ rule, severity, column, rows: count }) => {
    const where = column === null ? '' : ` in ${column}`
    return `${words[severity]}: ${rule}${where}${count > 0 ? `, ${count} rows` : ''}`
  })
  const conflicts = Object.entries(report.persons?.conflicts ?? {})
    .filter(([, count]) => count > 0)
    .map(([conflict, count]) => `look at persons: ${conflict}, ${count} rows`)
  const { events } = report
  const added = events
    ? [
        `events: ${events.total} are there now; ${events.replaced} were there already, ${events.earlierOfDay} had come for this day, ${events.outdated} are there for a later day`,
      ]
    : []
  return [head, ...added, ...(report.problem === null ? [] : [report.problem]), ...listed, ...conflicts]
}
