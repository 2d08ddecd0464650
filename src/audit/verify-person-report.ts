import { isFdpError, type JsonObject, readFormat } from '#kernel'
import { type LedgerEntry, verifyEntryProof, verifyPersonProof } from '#ledger'
import { auditErrors } from './errors.ts'
import { type PersonReport, personReportFormat, type ReportUse } from './report-format.ts'

/** What holds of a report, from the file and the verifier key alone. */
export interface VerifiedReport {
  readonly uses: number
  /** Uses for which the signed list of persons holds one of the report's keys. */
  readonly proved: number
  /** Uses whose opening entry shows who, for what and which columns; the others' text is withheld. */
  readonly opened: number
  readonly withheld: number
}

/**
 * Checks every proof of a report. What cannot be checked from one file is completeness: nobody can see from it that
 * nothing was left out. FDP_AUDIT_BAD_REPORT names the first use that does not hold.
 */
export function verifyPersonReport(document: JsonObject, vkey: string): VerifiedReport {
  const report = readOrBad(document)
  if (report.vkey !== vkey) throw bad('it was signed under another key than yours')
  let [proved, opened] = [0, 0]
  for (const use of report.uses) {
    const entry = inLedger(use, () => verifyEntryProof(use.opened, vkey))
    if (use.opened.index !== use.read) throw bad(`use ${use.read} shows another entry`)
    if (entry) checkOpened(use, entry)
    if (entry) opened += 1
    const end = use.ended === null ? null : inLedger(use, () => verifyEntryProof(use.ended!, vkey))
    if (use.ended !== null && end?.governance.of !== use.read)
      throw bad(`use ${use.read} shows the end of another read`)
    if (use.certainty !== 'yes') continue
    if (use.person === null) throw bad(`use ${use.read} has no proof of the person`)
    const shown = inLedger(use, () => verifyPersonProof(use.person!, vkey))
    if (!report.keys.includes(shown.person)) throw bad(`use ${use.read} is of another person`)
    if (shown.entry.governance.of !== use.read) throw bad(`use ${use.read} shows the end of another read`)
    proved += 1
  }
  return { uses: report.uses.length, proved, opened, withheld: report.withheld.length }
}

/** Where the text of the opening entry is shown, the line must say what it says. */
function checkOpened(use: ReportUse, { type, time, governance }: LedgerEntry): void {
  const relations = Object.values((governance.relations ?? {}) as Record<string, JsonObject>)
  const said = use.data.map(({ object, level, columns }) => ({ object, level, columns }))
  const logged = relations.map(({ object, level, columns }) => ({ object, level, columns }))
  const holds =
    type === 'read.opened' &&
    time === use.at &&
    governance.purpose === use.purpose.id &&
    JSON.stringify(said) === JSON.stringify(logged)
  if (!holds) throw bad(`use ${use.read} says something else than its entry`)
}

function inLedger<T>({ read }: ReportUse, check: () => T): T {
  try {
    return check()
  } catch (error) {
    if (!isFdpError(error)) throw error
    throw bad(`use ${read} is not in the signed ledger: ${error.message}`)
  }
}

function readOrBad(document: JsonObject): PersonReport {
  try {
    return readFormat(personReportFormat, document)
  } catch (error) {
    if (isFdpError(error, 'FDP_FORMAT_NEWER')) throw error
    throw bad('it is not a report about a person')
  }
}

const bad = (what: string) => auditErrors('FDP_AUDIT_BAD_REPORT', { what })
