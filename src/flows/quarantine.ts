import { type JsonObject, readFormat } from '#kernel'
import type { LedgerEntry, Receipt } from '#ledger'
import { fail } from './errors.ts'
import { flowLog } from './flow-log.ts'
import { quarantineFormat } from './quarantine-file.ts'
import type { Finding } from './report.ts'
import type { FlowDeps } from './submission.ts'

/** One bad row, by position: no value. */
export interface QuarantinedRow {
  /** 1-based data row of the file, in file order. */
  readonly row: number
  readonly rule: string
  readonly column: string | null
}

export interface Quarantine {
  readonly submission: string
  readonly object: string
  readonly findings: readonly Finding[]
  /** At most 10,000, in file order. */
  readonly rows: readonly QuarantinedRow[]
}

const rowsListedMax = 10_000

/** What stayed out of a submission and why. Errors: FDP_FLOWS_NOT_FOUND. */
export async function quarantine(deps: FlowDeps, submission: string): Promise<Quarantine> {
  const report = (await flowLog(deps.ledger)).outcomes.get(submission)
  if (!report) throw fail('FDP_FLOWS_NOT_FOUND')
  const rows: QuarantinedRow[] = []
  for await (const { row, rule, column } of report.quarantine ? lines(deps, report.quarantine) : []) {
    rows.push({ row, rule, column })
    if (rows.length >= rowsListedMax) break
  }
  const findings = report.findings.filter(({ severity }) => severity !== 'WARN')
  return { submission, object: report.object, findings, rows }
}

/**
 * The same with values, under a read that the gate decided and the ledger holds: the receipt of its `read.opened` entry,
 * which names this submission as `about.quarantine` and whose relation gives the object type at identifiable level. Only
 * values of the columns of that relation come out; the others are null. Errors: FDP_FLOWS_NOT_FOUND,
 * FDP_FLOWS_NOT_DECIDED.
 */
export async function* quarantineValues(
  deps: FlowDeps,
  submission: string,
  receipt: Receipt,
): AsyncGenerator<QuarantinedRow & { readonly value: string | null }> {
  const report = (await flowLog(deps.ledger)).outcomes.get(submission)
  if (!report) throw fail('FDP_FLOWS_NOT_FOUND')
  const columns = permittedColumns(await deps.ledger.entry(receipt.index), receipt, submission, report.object)
  if (!report.quarantine) return
  for await (const line of lines(deps, report.quarantine)) {
    yield { ...line, value: line.column !== null && columns.has(line.column) ? line.value : null }
  }
}

function permittedColumns(entry: LedgerEntry, receipt: Receipt, submission: string, object: string): Set<string> {
  const about = entry.governance.about as JsonObject | undefined
  const isRead = entry.type === 'read.opened' && entry.time === receipt.time && about?.quarantine === submission
  const relations = Object.values((entry.governance.relations ?? {}) as Record<string, JsonObject>)
  const granted = relations.filter((relation) => relation.object === object && relation.level === 'identifiable')
  if (!isRead || granted.length === 0) throw fail('FDP_FLOWS_NOT_DECIDED')
  return new Set(granted.flatMap((relation) => relation.columns as readonly string[]))
}

export type QuarantineLine = QuarantinedRow & { readonly value: string | null }

/** Every line of a quarantine blob after its header, values included: for flows alone. */
export async function* lines(deps: Pick<FlowDeps, 'blobs'>, blob: string): AsyncGenerator<QuarantineLine> {
  let rest = ''
  let isHeader = true
  const decoder = new TextDecoder()
  for await (const chunk of deps.blobs.open(blob)) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      if (isHeader) readFormat(quarantineFormat, JSON.parse(part) as JsonObject)
      else yield JSON.parse(part) as QuarantineLine
      isHeader = false
    }
  }
}
