import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { objectType, personPath } from '#contracts'
import { type SubmissionReport, submit } from '#flows'
import type { DateOnly, JsonObject, OdsCode, PurposeId, SubjectId } from '#kernel'
import { exportErrors } from '../export/errors.ts'
import type { ExportedRows, ExportManifest } from '../export/export-manifest.ts'
import { exportedSource, readExport } from '../export/read-export.ts'
import { makeAgain, mayMakeAgain, type PendingEdit, pendingOf } from '../pending-edits.ts'
import type { Tenant } from '../tenant.ts'
import { rowsInSource, rowsThatSay, saidIn } from './rows-in-source.ts'

export const importedType = 'tenant.imported'

export interface ImportInput {
  readonly tenant: Tenant
  readonly folder: string
  /** Who submits, for what: each object type needs a grant to submit. */
  readonly subject: SubjectId
  readonly purpose: PurposeId
  /** A reason, where the purpose asks for one. */
  readonly justification?: string
  progress?(label: string, done: number, total: number | null): void
}

export interface Imported {
  readonly files: readonly ImportedRows[]
  /** Edits that waited for their source: pending here too, or in the rows as values. */
  readonly edits: { readonly madeAgain: number; readonly asValues: number }
}

/** What became of one file of an export. */
export interface ImportedRows {
  readonly object: string
  readonly controller: string
  /** Rows that the manifest names, and rows that are published here. */
  readonly rows: number
  readonly published: number
  /** Why they differ, in words without a value; empty where they do not. */
  readonly says: string
}

/**
 * Takes an export into a tenant that holds nothing, elsewhere: each file is one submission like any other (of a type that
 * comes in parts one for each), with its labels and the day it speaks of, patients first. Edits that waited for their source wait for it here too, where whoever imports
 * may make them; their rows are then taken in as the source has them. What is in already is recognised.
 * Errors: FDP_EXPORT_DAMAGED, FDP_IMPORT_NOT_EMPTY, FDP_FLOWS_*.
 */
export async function importTenant(input: ImportInput): Promise<Imported> {
  const { tenant, folder, subject, purpose, justification } = input
  const { manifest, manifestSha256 } = await readExport(folder, input.progress)
  await checkEmpty(tenant, manifestSha256)
  const from = { tenant: manifest.tenant.id, vkey: manifest.vkey }
  const begun = { version: 1, by: subject, purpose, from, manifestSha256 }
  await tenant.ledger.append({ type: 'tenant.import-begun', governance: begun })
  const of = justification === undefined ? {} : { justification }
  await using session = await tenant.gate.open({ subject, purpose, ...of })
  const listed = await listedEdits(folder)
  const again = manifest.objects.flatMap(({ object }, i, all) =>
    all.findIndex((each) => each.object === object) === i
      ? pendingOf(listed, object).filter((edit) => mayMakeAgain(session, edit))
      : [],
  )
  const outcomes: ImportedRows[] = []
  for (const rows of inOrder(manifest)) {
    outcomes.push(outcomeOf(rows, rows.rows === 0 ? [] : await submitRows(input, manifest, rows, again)))
  }
  const made = await makeAgain(session, again, { address: manifest.tenant.id, now: tenant.flows.clock.now(), ...of })
  const edits = { madeAgain: made, asValues: listed.length - made }
  const published = outcomes.reduce((sum, each) => sum + each.published, 0)
  const differing = outcomes.filter(({ says }) => says !== '').length
  const governance = { ...begun, files: outcomes.length, rows: published, differing, edits }
  await tenant.ledger.append({ type: importedType, governance })
  return { files: outcomes, edits }
}

async function listedEdits(folder: string): Promise<readonly JsonObject[]> {
  const text = await readFile(join(folder, 'edits.jsonl'), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonObject)
}

/** Whoever was stopped half way may go on: only another export's data, or anybody's submission, stand in the way. */
async function checkEmpty({ ledger, governance, profile }: Tenant, manifestSha256: string): Promise<void> {
  if (governance.catalogue().publications().length === 0) return
  let begun = -1
  for await (const { index, type, governance: part } of ledger.entries()) {
    if (type === 'tenant.import-begun' && part.manifestSha256 === manifestSha256 && begun < 0) begun = index
  }
  const first = governance.catalogue().history[0]?.entry ?? -1
  if (begun < 0 || first < begun) throw exportErrors('FDP_IMPORT_NOT_EMPTY', { tenant: profile.id })
}

/** Rows find their patient through rows that are there before them. */
function inOrder({ objects }: ExportManifest): readonly ExportedRows[] {
  const distance = ({ object }: ExportedRows) => (object === 'Patient' ? -1 : personPath(objectType(object)).length)
  return objects.toSorted((a, b) => distance(a) - distance(b))
}

async function submitRows(
  input: ImportInput,
  manifest: ExportManifest,
  rows: ExportedRows,
  again: readonly PendingEdit[],
): Promise<SubmissionReport[]> {
  const { tenant, folder, subject, purpose, progress } = input
  const file = manifest.files.find(({ path }) => path === rows.path)!
  const told =
    progress && ((step: string, done: number, total: number | null) => progress(`${rows.object}: ${step}`, done, total))
  const edits = again.filter(({ object }) => object === rows.object)
  const { primaryKey, snapshotOf } = objectType(rows.object)
  const whole = rowsInSource(exportedSource(folder, file), primaryKey, edits)
  const sources =
    snapshotOf === undefined
      ? [whole]
      : (await saidIn(whole, snapshotOf)).map((text) => rowsThatSay(whole, snapshotOf, text))
  const reports: SubmissionReport[] = []
  for (const source of sources) {
    const submission = {
      ...{ object: rows.object, controller: rows.controller as OdsCode, asAt: rows.asAt as DateOnly, subject, purpose },
      ...{ source, dialect: { encoding: 'utf-8', delimiter: ',' } as const },
      labels: rows.labels,
    }
    reports.push(await submit(submission, { ...tenant.flows, ...(told ? { progress: told } : {}) }))
  }
  return reports
}

function outcomeOf({ object, controller, rows }: ExportedRows, reports: readonly SubmissionReport[]): ImportedRows {
  const published = reports.reduce((sum, report) => sum + report.rows.published, 0)
  const rules = reports.flatMap(({ findings }) =>
    findings.filter(({ severity }) => severity !== 'WARN').map(({ rule }) => rule),
  )
  const why = reports.some(({ outcome }) => outcome === 'refused')
    ? 'refused whole'
    : `${rows - published} rows stayed out`
  const says = published === rows ? '' : `${why}: ${[...new Set(rules)].join(', ')}`
  return { object, controller, rows, published, says }
}
