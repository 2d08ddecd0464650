import { bareNhsNumber } from '#contracts'
import type { Session } from '#gate'
import { type EntryIndex, ident, type OdsCode, sql } from '#kernel'
import { auditErrors } from './errors.ts'

/** How a patient is named: by a controller's own id, or by NHS number. */
export type PatientName = { readonly controller: OdsCode; readonly patientId: string } | { readonly nhsNumber: string }

export interface FoundPatient {
  /** Person key of this tenant, as decimal text; never shown to anybody but the person. */
  readonly person: string
  /** The read by which they were found. */
  readonly lookup: EntryIndex
}

/** NHS Data Dictionary, NHS NUMBER STATUS INDICATOR CODE: 01 is a number present and verified. */
const verified = '01'
const statusColumn = 'nhsNumberStatusIndicatorCode'

/**
 * The one person so named, found through the gate at identifiable level like anything else: entry first, under the
 * grants of whoever asks. Where none or several fit nothing leaves, so no other patient is ever listed.
 * FDP_AUDIT_NO_PATIENT, and whatever the gate refuses.
 */
export async function findPatient(session: Session, name: PatientName): Promise<FoundPatient> {
  const byNumber = 'nhsNumber' in name
  const column = byNumber ? 'nhsNumber' : 'personId'
  const value = byNumber ? bareNhsNumber(name.nhsNumber) : name.patientId
  const columns = byNumber ? [column, statusColumn] : [column]
  const scope = byNumber ? sql`p.${ident(statusColumn)} = ${verified}` : sql`TRUE`
  const whose = byNumber ? {} : { controller: name.controller }
  await using result = await session.rows({
    about: { kind: 'person-lookup', object: 'Patient', by: column },
    detail: { named: byNumber ? { nhsNumber: value } : { controller: name.controller, patientId: value } },
    relations: { patients: { object: 'Patient', columns, level: 'identifiable', ...whose } },
    person: 'patients',
    build: ({ patients }) => sql`SELECT p."_person"::VARCHAR AS "who", p."_person" AS "_person"
      FROM ${patients} AS p WHERE ${scope} AND CAST(p.${ident(column)} AS VARCHAR) = ${value}
      GROUP BY p."_person" QUALIFY count(*) OVER () = 1`,
  })
  const found: string[] = []
  for await (const batch of result.batches()) found.push(...(batch.columns[0] ?? []).map(String))
  const [person] = found
  if (person === undefined) throw auditErrors('FDP_AUDIT_NO_PATIENT')
  return { person, lookup: result.entry }
}
