import { type AccessRow, contradictions, type PolicyEngine, whoCanSee } from '#governance'
import { type FormatSpec, type Instant, type JsonObject, type TenantId, toHex, writeFormat } from '#kernel'
import { type LedgerEntry, parseCheckpoint, parseNote } from '#ledger'
import { accessSection, breadthSection, countsSection, elevatedSection, headcountSection } from './access-section.ts'
import {
  disclosuresSection,
  forbiddenSection,
  moversSection,
  openingsSection,
  switchedOnSection,
  usesSection,
} from './counts-section.ts'
import {
  agreementsSection,
  contractsSection,
  dpiasSection,
  instrumentsSection,
  organisationsSection,
  purposesSection,
} from './papers-section.ts'
import { PublicRecord } from './public-record.ts'
import { insteadInWords } from './untrue.ts'

/** What a document is drawn of besides the ledger: the tenant as its profile names it, and the signed head. */
export interface TransparencyAbout {
  readonly tenant: { readonly id: TenantId; readonly name: string; readonly kind: string; readonly synthetic: boolean }
  /** Signed note over exactly the entries that the record has taken. */
  readonly checkpoint: string
}

/** See spec/transparency.md. */
export type Transparency = ReturnType<typeof bodyOf> & { readonly format: string; readonly version: number }

export const transparencyFormat: FormatSpec<JsonObject> = {
  format: 'openfdp/transparency',
  version: 1,
  migrations: {},
  check: (document) => {
    if (document.status !== 'holds' && document.status !== 'contradicted')
      throw new RangeError('no transparency document')
    return document
  },
}

/**
 * What the public is told of a tenant at a moment. Pure: entries, moment and policies decide it, so an outsider who has
 * replayed the governance parts draws the same. `at` is not before the last entry. No registered person's name or id
 * is in it, and no patient's value.
 */
export function transparencyOf(
  record: PublicRecord,
  about: TransparencyAbout,
  at: Instant,
  engine: PolicyEngine,
  rows: readonly AccessRow[] = whoCanSee(record.state, at, engine),
): Transparency {
  const body = bodyOf(record, about, at, engine, rows)
  return writeFormat(transparencyFormat, body as unknown as JsonObject) as unknown as Transparency
}

/** The same from the entries alone, as whoever audits from outside has them. */
export function transparencyFromEntries(
  entries: Iterable<LedgerEntry>,
  about: TransparencyAbout,
  at: Instant,
  engine: PolicyEngine,
): Transparency {
  const record = new PublicRecord(about.tenant.id)
  for (const entry of entries) record.take(entry)
  return transparencyOf(record, about, at, engine)
}

function bodyOf(
  record: PublicRecord,
  { tenant, checkpoint }: TransparencyAbout,
  at: Instant,
  engine: PolicyEngine,
  rows: readonly AccessRow[],
) {
  const { state } = record
  const head = parseCheckpoint(parseNote(checkpoint).text)
  if (head.size !== record.size)
    throw new Error('a transparency document was drawn under the checkpoint of another size')
  const untrue = contradictions(state, at).map((each) => ({
    ...{ assessment: each.dpia, version: each.version, sentence: each.sentence },
    instead: insteadInWords(state, each),
    entries: each.grants.flatMap((id) => state.grants.get(id)?.entry ?? []).sort((a, b) => a - b),
  }))
  return {
    ...{ tenant, controller: state.controller as string | null, at },
    ledger: { size: head.size, root: toHex(head.root), checkpoint, lastChange: record.lastChange },
    status: untrue.length === 0 ? ('holds' as const) : ('contradicted' as const),
    contradictions: untrue,
    organisations: organisationsSection(record),
    purposes: purposesSection(record, at),
    instruments: instrumentsSection(record, at),
    contracts: contractsSection(record, at),
    agreements: agreementsSection(record, at),
    assessments: dpiasSection(record, at),
    ...{ access: accessSection(record, rows), people: countsSection(rows), breadth: breadthSection(record, rows) },
    headcount: headcountSection(rows),
    elevated: elevatedSection(record, rows, at),
    openings: openingsSection(record, at),
    disclosures: disclosuresSection(record),
    optOuts: { stricter: state.stricterOptOuts, flows: record.optOuts.counts() },
    movers: moversSection(record, at),
    audits: record.audits.counts(),
    deliveries: record.health.standing(),
    forbidden: forbiddenSection(record, engine),
    switchedOn: switchedOnSection(record, at),
    uses: usesSection(record, at),
    /** Events in the ledger that had no effect, because who signed them might not. */
    rejected: state.rejected.length,
    policies: engine.sha256,
  }
}
