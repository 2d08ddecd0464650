import { objectTypes } from '#contracts'
import type { Level } from '#governance'
import type { Instant, JsonObject } from '#kernel'
import { keptFold, type LedgerEntry } from '#ledger'
import { endOf, type ReadFact, readOf } from '../reads.ts'
import { type Made, madeOf } from './made-of.ts'

/** Rows of a controller that are current, and where they came from. */
export interface PublicationFact {
  readonly entry: number
  readonly object: string
  readonly controller: string
  readonly submission: string
  readonly properties: readonly string[]
  /** Name of the mapping; null: the file had the properties by name. */
  readonly mapping: string | null
  readonly made: Made | null
  readonly report: JsonObject
  /** Of a model that made the rows. */
  readonly derived: DerivedFact | null
  readonly delivery: DeliveryFact | null
}

/** Columns of other types, as `RttPeriod.statusCode`. */
export interface DerivedFact {
  readonly columns: Readonly<Record<string, { readonly from: readonly string[]; readonly by: readonly string[] }>>
  readonly rows: readonly string[]
}

export interface DeliveryFact {
  readonly by: 'dock' | 'messages'
  readonly id: string
  readonly made: Made | null
}

/** Columns whose rows were read for a purpose at a level, by anybody, in however many reads; the last is named. */
export interface ReadingFact {
  readonly entry: number
  readonly purpose: string
  readonly level: Level
  readonly object: string
  readonly columns: ReadonlySet<string>
}

/** Figures that left, by what they are of; the last release is named. */
export interface ReleaseFact {
  readonly entry: number
  readonly time: Instant
  readonly purpose: string
  /** Null: of no declared statistic. */
  readonly metric: { readonly id: string; readonly version: number; readonly basis: string } | null
  readonly kind: string
  readonly policy: string
  /** By object type. */
  readonly columns: ReadonlyMap<string, ReadonlySet<string>>
}

/** Properties that an action changed. */
export interface EditFact {
  readonly entry: number
  readonly action: string
  readonly object: string
  readonly properties: ReadonlySet<string>
}

/** What a ledger says of where data came from and went. */
export interface LineageRecord {
  /** The last entry that it knows of. */
  asOf: { readonly entry: number; readonly time: Instant } | null
  readonly publications: Map<string, PublicationFact>
  readonly readings: Map<string, ReadingFact>
  readonly releases: Map<string, ReleaseFact>
  readonly edits: Map<string, EditFact>
  /** Reads that are under way. */
  readonly open: Map<number, ReadFact>
}

export function emptyRecord(): LineageRecord {
  return {
    ...{ asOf: null, publications: new Map(), readings: new Map(), releases: new Map() },
    ...{ edits: new Map(), open: new Map() },
  }
}

/** As of the last durable entry. */
export const lineageRecord = keptFold(emptyRecord, takeEntry)

/** As of an earlier one. */
export async function lineageRecordAt(entries: AsyncIterable<LedgerEntry>, last: number): Promise<LineageRecord> {
  const record = emptyRecord()
  for await (const entry of entries) {
    if (entry.index > last) break
    takeEntry(record, entry)
  }
  return record
}

/**
 * One entry more. A further way in which data are made, such as a build of derived data, is a further kind of entry here
 * and a further kind of box in `lineage-graph.ts`.
 */
function takeEntry(record: LineageRecord, entry: LedgerEntry): void {
  record.asOf = { entry: entry.index, time: entry.time }
  takers[entry.type]?.(record, entry)
}

const takers: Readonly<Record<string, (record: LineageRecord, entry: LedgerEntry) => void>> = {
  'ledger.opened': unended,
  'flow.published': published,
  'dock.delivered': delivered,
  'message.submitted': delivered,
  'read.opened': ({ open }, entry) => open.set(entry.index, readOf(entry)),
  'read.completed': ended,
  'release.made': ended,
  'action.applied': edited,
}

function published({ publications }: LineageRecord, { index, governance }: LedgerEntry): void {
  const { object, controller, submission, contract, mapping, report, derived } = governance as Record<
    string,
    JsonObject
  >
  const fact: PublicationFact = {
    ...{ entry: index, object: String(object), controller: String(controller), submission: String(submission) },
    properties: (contract?.properties ?? []) as readonly string[],
    ...{ mapping: mapping ? String(mapping.id) : null, made: madeOf(mapping?.made) },
    ...{ report: { findings: report?.findings ?? [] }, delivery: null },
    derived: derived ? (derived as unknown as DerivedFact) : null,
  }
  publications.set(standsFor(fact), fact)
}

/** A snapshot takes the place of the one before; where one is of a day or of one data set, those of other files stay. */
function standsFor({ object, controller, mapping }: PublicationFact): string {
  const type = objectTypes().find(({ name }) => name === object)
  const isWhole = type === undefined || (type.snapshot === 'all' && type.snapshotOf === undefined)
  return JSON.stringify([object, controller, isWhole ? null : mapping])
}

function delivered({ publications }: LineageRecord, { type, governance }: LedgerEntry): void {
  for (const [key, fact] of publications) {
    if (fact.submission !== governance.submission) continue
    const by = type === 'dock.delivered' ? 'dock' : 'messages'
    publications.set(key, { ...fact, delivery: { by, id: String(governance.dock), made: madeOf(governance.made) } })
  }
}

function ended(record: LineageRecord, entry: LedgerEntry): void {
  const ending = endOf(entry)
  const read = ending && record.open.get(ending.of)
  if (!read) return
  record.open.delete(read.entry)
  const { end } = ending
  if (end.type === 'release.made') released(record, read, entry)
  else if (end.rows > 0 || end.outcome === 'complete') takeReading(record.readings, read)
}

function released({ releases }: LineageRecord, read: ReadFact, { index, time, governance }: LedgerEntry): void {
  const { kind = 'question', metric, version, basis } = read.about
  const of = typeof metric === 'string' ? { id: metric, version: Number(version), basis: String(basis ?? '') } : null
  // Figures of no declared statistic are told together: each question would be a box of its own.
  const key = JSON.stringify(of ? [of.id, of.version, of.basis] : [kind, read.purpose])
  const columns = new Map(of ? [] : releases.get(key)?.columns)
  for (const relation of Object.values(read.relations)) {
    columns.set(relation.object, new Set([...(columns.get(relation.object) ?? []), ...relation.columns]))
  }
  const policy = String(governance.policy)
  releases.set(key, { entry: index, time, purpose: read.purpose, metric: of, kind: String(kind), policy, columns })
}

/** Reads of a process that is gone: nothing says how they ended, so they count as having seen all that they could. */
function unended({ open, readings }: LineageRecord): void {
  for (const read of open.values()) takeReading(readings, read)
  open.clear()
}

function takeReading(readings: Map<string, ReadingFact>, { entry, purpose, relations }: ReadFact): void {
  for (const { object, level, columns } of Object.values(relations)) {
    if (level === 'aggregate') continue
    const key = JSON.stringify([purpose, level, object])
    const before = readings.get(key)?.columns ?? []
    readings.set(key, { entry, purpose, level, object, columns: new Set([...before, ...columns]) })
  }
}

interface Group {
  readonly object: string
  readonly properties: readonly string[]
}

function edited({ edits }: LineageRecord, { index, governance }: LedgerEntry): void {
  const action = String((governance.about as JsonObject | undefined)?.action ?? 'action')
  for (const { object, properties } of (governance.edits ?? []) as unknown as readonly Group[]) {
    const key = JSON.stringify([action, object])
    const before = edits.get(key)?.properties ?? []
    edits.set(key, { entry: index, action, object, properties: new Set([...before, ...properties]) })
  }
}
