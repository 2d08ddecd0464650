import { checkDataPurged, type DataPurged } from '#governance'
import { type DateOnly, formatErrors, type JsonObject, type OdsCode, type PurposeId, type SubjectId } from '#kernel'
import { keptFold, type Ledger, type LedgerEntry } from '#ledger'
import type { CsvDialect } from '#ports'
import { keptOutRule, reportFromJson, type SubmissionReport } from './report.ts'
import type { Acknowledged, Received } from './submission.ts'

/** What the ledger says of submissions: a fold of its `flow.*` entries. */
export interface FlowLog {
  /** Acknowledged, in order; those with an outcome too. */
  readonly received: ReadonlyMap<string, Acknowledged>
  readonly outcomes: ReadonlyMap<string, SubmissionReport>
  /** Ids of blobs that an entry names. */
  readonly blobs: ReadonlySet<string>
}

interface Folding {
  readonly received: Map<string, Acknowledged>
  readonly outcomes: Map<string, SubmissionReport>
  readonly blobs: Set<string>
}

/** The log as of the last durable entry. */
export const flowLog: (ledger: Ledger) => Promise<FlowLog> = keptFold(
  (): Folding => ({ received: new Map(), outcomes: new Map(), blobs: new Set() }),
  foldEntry,
)

function foldEntry(folding: Folding, entry: LedgerEntry): void {
  if (entry.type === 'flow.received') {
    const received = receivedFromJson(entry.governance)
    folding.received.set(received.submission, { ...received, entry: entry.index })
    // Acknowledged once more, because what came of it is lost: it has to be finished once more.
    const before = folding.outcomes.get(received.submission)
    if (before?.quarantine) folding.blobs.delete(before.quarantine)
    folding.outcomes.delete(received.submission)
    folding.blobs.add(received.blob)
    if (received.view) folding.blobs.add(received.view)
  }
  if (entry.type === 'flow.published' || entry.type === 'flow.refused') {
    const json = entry.governance.report as JsonObject | undefined
    if (!json) return
    const report = reportFromJson(json, entry.index, true)
    folding.outcomes.set(report.submission, report)
    if (report.quarantine) folding.blobs.add(report.quarantine)
    if (report.findings.some(({ rule }) => rule === keptOutRule)) forgetLanded(folding, report.submission)
  }
  // What is live of a dock's mappings, and was, stays.
  if (entry.type === 'mapping.promoted') folding.blobs.add(String(entry.governance.blob))
  if (entry.type === 'data.purged') for (const each of checkDataPurged(entry.governance).blobs) purge(folding, each)
}

/** Bytes that hold somebody who was erased stay for no longer than some submission of them still has to be finished. */
function forgetLanded({ blobs, received, outcomes }: Folding, submission: string): void {
  const blob = received.get(submission)?.blob
  const others = [...received.values()].filter((each) => each.blob === blob)
  if (blob !== undefined && others.every((each) => outcomes.has(each.submission))) blobs.delete(blob)
}

/** A blob that is gone; of quarantined rows what stays may be another one. */
function purge({ blobs, outcomes }: Folding, { blob, now }: DataPurged['blobs'][number]): void {
  blobs.delete(blob)
  if (now !== null) blobs.add(now)
  for (const [submission, report] of outcomes) {
    if (report.quarantine === blob) outcomes.set(submission, { ...report, quarantine: now })
  }
}

const latest = 3

/**
 * What an earlier release would read as it is written has the form that it knows; it must not take the rest for CSV, for a
 * snapshot, or for whole.
 */
export function receivedToJson(received: Received): JsonObject {
  const { dialect, format, part, view, corrects, mode, rowsSaid, ...rest } = received
  const asEver = format === 'csv' && part === null && view === null && corrects === null
  const isPlain = mode === 'snapshot' && rowsSaid === null
  const more = { format, part, view, corrects }
  const written = !isPlain
    ? { version: latest, ...more, mode, rowsSaid }
    : asEver
      ? { version: 1 }
      : { version: 2, ...more }
  return { ...written, ...rest, dialect: { encoding: dialect.encoding, delimiter: dialect.delimiter } }
}

/** A later release may have acknowledged what this one cannot finish: refused, not guessed. */
function receivedFromJson(json: JsonObject): Received {
  if (json.version !== 1 && json.version !== 2 && json.version !== latest) {
    throw formatErrors('FDP_FORMAT_NEWER', { format: 'flow.received', found: Number(json.version), known: latest })
  }
  return {
    submission: json.submission as string,
    object: json.object as string,
    controller: json.controller as OdsCode,
    asAt: json.asAt as DateOnly,
    mapping: json.mapping as Received['mapping'],
    format: (json.format ?? 'csv') as string,
    part: (json.part ?? null) as string | null,
    view: (json.view ?? null) as string | null,
    dialect: json.dialect as unknown as CsvDialect,
    blob: json.blob as string,
    bytes: json.bytes as number,
    origin: (json.origin ?? null) as Received['origin'],
    labels: (json.labels ?? []) as string[],
    corrects: (json.corrects ?? null) as string | null,
    mode: (json.mode ?? 'snapshot') as Received['mode'],
    rowsSaid: (json.rowsSaid ?? null) as number | null,
    by: json.by as SubjectId,
    purpose: json.purpose as PurposeId,
  }
}
