import type { ObjectType } from '#contracts'
import { checkFlowPublished } from '#governance'
import { canonicalJson, type Json, type JsonObject, sha256Hex, sql } from '#kernel'
import { isOptOutList } from '#privacy'
import { clearAgain, listsWith, loadSaidNo } from './clear-care.ts'
import { layEvents, loadStaying, sealEvents, writeEventIdentity } from './events.ts'
import { currentVault } from './identify.ts'
import { type MovedLake, movePersons } from './move-persons.ts'
import { listedCare, writeLists } from './opt-out-persons.ts'
import type { PersonOutcome } from './person-rule.ts'
import type { FileRead } from './read-file.ts'
import { type Finding, findingsMax, reportFromJson, reportToJson, type SubmissionReport } from './report.ts'
import { sealCare, sealIdentity, writeCare, writeIdentity } from './split.ts'
import { splitPlan } from './split-plan.ts'
import { storing } from './stores.ts'
import { uniquenessOf } from './uniqueness.ts'
import type { Work } from './work.ts'

/** Record keys of persons to look at, listed in the erasable part of an entry. */
const conflictsListedMax = 1_000
/** Of what a mapping made of which field, in an entry: a quarter of what one may hold. */
const madeCharactersMax = 16_000

type Report = Omit<SubmissionReport, 'entry' | 'repeated'>

interface Kept {
  readonly findings: readonly Finding[]
  readonly quarantine: string | null
}

export interface Checked extends Kept {
  readonly rows: number
  readonly quarantined: number
  readonly warned: number
  readonly persons: PersonOutcome | null
  /** Names of the properties that the file has. */
  readonly present: ReadonlySet<string>
}

/** Nothing is published; the entry says why. */
export async function refuse(work: Work, read: FileRead, kept: Kept): Promise<SubmissionReport> {
  work.walk.go('refuse')
  const { by, purpose } = work.received
  const report: Report = { ...baseReport(work, read, kept), outcome: 'refused', persons: null, uniqueness: [] }
  const governance = { version: 1, by, purpose, report: reportToJson(report) }
  const receipt = await storing('ledger', 'refuse', () => work.deps.ledger.append({ type: 'flow.refused', governance }))
  return { ...report, entry: receipt.index, repeated: false }
}

/** Splits, seals and writes the entry that makes the new versions current: lake, vault and moved persons at once. */
export async function publish(work: Work, read: FileRead, checked: Checked): Promise<SubmissionReport> {
  const { deps, received, type } = work
  const { asAt, controller } = received
  const plan = splitPlan({ type, present: checked.present, asAt, controller, secrets: work.secrets })
  const before = {
    lake: deps.governance.catalogue().lakeManifest(type.name),
    vault: (await currentVault(work))?.manifestSha256 ?? null,
  }
  const isList = isOptOutList(type.name)
  const careRows = isList ? await listedCare(work.engine) : checked.rows
  const lists = type.name === 'Patient' ? await writeLists(deps, work.engine, received.entry) : []
  const manifests = listsWith(deps, lists)
  const apart = type.personLevel && (await loadSaidNo(deps, work.engine, manifests, received.entry))
  await using current = await currentLease(work)
  const laid = current && (await layEvents(work, current.version.files, current.lease?.files ?? []))
  const rows = laid ? await countTyped(work) : checked.rows
  const care = writeCare(work, plan, isList ? 'listed_care' : 'typed', apart ? manifests : null)
  const identity = laid
    ? writeEventIdentity(work, plan, laid, rows)
    : writeIdentity(work, plan, checked.rows, checked.persons)
  const [written] = await Promise.allSettled([identity, care])
  await using staged = await care
  if (written.status === 'rejected') throw written.reason
  const segments = written.value
  const staying = laid?.stays
    ? { rows: laid.stays, load: (columns: readonly string[]) => loadStaying(work, columns) }
    : null
  const uniqueness = await uniquenessOf(work, plan, checked.present, staying)
  work.walk.go('seal')
  const also = checked.persons?.moved
    ? await movePersons(deps, work.engine, { controller, entry: received.entry, except: [type.name] })
    : []
  also.push(...lists)
  const lake = laid
    ? await sealEvents(work, laid, staged, rows, apart ? manifests : null)
    : await sealCare(work, staged, careRows)
  if (isList) {
    const after = listsWith(deps, [{ object: type.name, lake: lake.manifestSha256 }])
    also.push(...(await clearAgain(deps, work.engine, received.entry, after)))
  }
  const vault = segments === null ? null : (await sealIdentity(work, segments)).manifestSha256
  work.walk.go('publish')
  const report: Report = {
    ...baseReport(work, read, checked),
    outcome: 'published',
    rows: {
      read: read.rowsRead,
      quarantined: checked.quarantined + read.unreadable,
      published: rows,
      warned: checked.warned,
    },
    ...(laid ? { events: laid.counts } : {}),
    persons: checked.persons,
    uniqueness,
  }
  const governance = publishedEntry(work, read, report, { lake: lake.manifestSha256, vault, before, also })
  const detail = await conflictDetail(work, checked.persons)
  const receipt = await storing('ledger', 'publish', () =>
    deps.ledger.append({ type: 'flow.published', governance, ...(detail ? { detail } : {}) }),
  )
  return reportFromJson(reportToJson(report), receipt.index, false)
}

/** The current version, where events are laid over it. */
async function currentLease(work: Work) {
  const { deps, received } = work
  if (received.mode !== 'events') return null
  const manifest = deps.governance.catalogue().lakeManifest(received.object)
  const version = manifest === null ? { files: [] } : await deps.lake.version(manifest)
  const lease =
    manifest === null ? null : await storing('lake', 'split', () => deps.lake.lease(manifest, received.entry))
  return { version, lease, [Symbol.asyncDispose]: async () => await lease?.[Symbol.asyncDispose]() }
}

async function countTyped({ engine }: Work): Promise<number> {
  const [count] = await engine.rows(sql`SELECT count(*) AS rows FROM typed`)
  return Number(count?.rows)
}

function publishedEntry(
  work: Work,
  read: FileRead,
  report: Report,
  made: {
    lake: string
    vault: string | null
    before: { lake: string | null; vault: string | null }
    also: readonly MovedLake[]
  },
): JsonObject {
  const { received, type } = work
  const body = {
    version: 1,
    by: received.by,
    submission: received.submission,
    object: type.name,
    controller: received.controller,
    asAt: received.asAt,
    rows: report.events?.total ?? report.rows.published,
    quarantined: report.rows.quarantined,
    lake: made.lake,
    vault: made.vault,
    replaces: made.before,
    mapping: received.mapping && { ...received.mapping, ...madeOf(work) },
    contract: {
      ...{ origin: type.origin, sha256: contractSha256(type), columnsSha256: columnsSha256(read) },
      properties: [...(read.texts?.columns.keys() ?? [])].sort(),
    },
    kReport: Object.fromEntries(report.uniqueness.map(({ level, columns, k }) => [level, { columns, ...k }])),
    ...(made.also.length > 0 ? { also: made.also } : {}),
    report: reportToJson(report),
  }
  checkFlowPublished(body)
  return body as unknown as JsonObject
}

/** Names of fields and kinds of steps; of a mapping that says more than an entry should hold, only how much it says. */
function madeOf({ mapping }: Work): JsonObject {
  if (!mapping?.origins) return {}
  const { sha256, properties, rows } = mapping.origins
  const made = { sha256, properties, rows } as unknown as JsonObject
  if (canonicalJson(made).length <= madeCharactersMax) return { made }
  return { made: { sha256, tooLarge: Object.keys(properties).length } }
}

/** Which contract the rows were held against: the hash of its canonical form. */
export function contractSha256(type: ObjectType): string {
  return sha256Hex(canonicalJson(JSON.parse(JSON.stringify(type)) as Json))
}

/** Lineage: which column of the file became which property. Only the hash, since a header may hold anything. */
function columnsSha256({ texts }: FileRead): string {
  return sha256Hex(canonicalJson([...(texts?.columns ?? [])].map(([property, column]) => [property, column])))
}

function baseReport(work: Work, read: FileRead, kept: Kept): Omit<Report, 'outcome' | 'persons' | 'uniqueness'> {
  const { submission, object, controller, asAt, labels } = work.received
  return {
    submission,
    object,
    controller,
    asAt,
    rows: { read: read.rowsRead, quarantined: 0, published: 0, warned: 0 },
    problem: read.problem,
    findings: kept.findings.slice(0, findingsMax),
    unknownColumns: read.unknownColumns.slice(0, findingsMax),
    quarantine: kept.quarantine,
    labels,
  }
}

/** Who should be looked at: record keys only, in the part of the entry that may be erased. */
async function conflictDetail(work: Work, persons: PersonOutcome | null): Promise<JsonObject | null> {
  if (!persons || Object.values(persons.conflicts).every((count) => count === 0)) return null
  const rows = await work.engine.rows(
    sql`SELECT conflict, patient_key::VARCHAR AS patient FROM person_conflicts ORDER BY 1, 2 LIMIT ${conflictsListedMax}`,
  )
  return { conflicts: rows.map((row) => ({ conflict: String(row.conflict), patient: String(row.patient) })) }
}
