import type { Check, ColumnOrigins, ValueFormats } from '#contracts'
import type { Catalogue, GovernanceState, PolicyEngine } from '#governance'
import {
  type Clock,
  canonicalJson,
  type DateOnly,
  type EntryIndex,
  type FdpError,
  type Instant,
  type JsonObject,
  type OdsCode,
  type PurposeId,
  type Random,
  type Sql,
  type SubjectId,
  sha256Hex,
  type TenantId,
} from '#kernel'
import type { Ledger } from '#ledger'
import type { BlobStore, CsvDialect, Keys, Lake, OpenEngine, Readers, Source, TableLayout, Vault } from '#ports'
import type { OriginName } from '#privacy'
import type { Step } from './life.ts'

/** A full snapshot of one object type by one controller: publishing it replaces that controller's rows; or events of a day. */
export interface Submission {
  readonly object: string
  readonly controller: OdsCode
  /** The day the snapshot is about. */
  readonly asAt: DateOnly
  /** `events`: the events of that day (or since the delivery before), which are added to those that are there. */
  readonly mode?: 'snapshot' | 'events'
  readonly source: Source
  /** Name of a reader; `csv` if left out. */
  readonly format?: string
  /** Of a format that holds several tables: the name of the one that is meant. Kept as a keyed hash, as names may say who. */
  readonly part?: string
  readonly dialect?: CsvDialect
  /** Without one, the columns of the file are the properties of the object by name. */
  readonly mapping?: Mapping
  /**
   * In place of a mapping, where the file is FHIR resources: a ViewDefinition whose columns are properties. It is kept
   * with the landed bytes, so that the submission can be finished, and looked into, without the file that held it.
   */
  readonly view?: JsonObject
  /** In place of a mapping: one that is declared (spec/mappings.md), without its tests. It is kept as a view is. */
  readonly declared?: JsonObject
  /** Where the rows come from, as the sender declares it; law 8 hangs on it. */
  readonly origin?: OriginName
  /** Object types of this tenant that the rows were made from: their labels pass on. */
  readonly derivedFrom?: readonly string[]
  /** Labels that the rows bring along from another tenant. */
  readonly labels?: readonly string[]
  /** How many rows the file has, as its sender says: with any other number it is refused. */
  readonly rowsSaid?: number
  /** A submission in whose place this one comes: so that a file which was sent before is a submission again. */
  readonly corrects?: string
  readonly subject: SubjectId
  readonly purpose: PurposeId
}

/** How the columns of a file become the properties of an object. A changed mapping gets a new version. */
export interface Mapping {
  readonly id: string
  /** The only object type that it makes; any, if left out. */
  readonly object?: string
  readonly version: number
  /** From the raw table (all VARCHAR and `_row`) to a query with the object's property names (all VARCHAR) and `_row`. */
  sql(raw: Sql): Sql
  /** Where the table begins in the file, and how its columns are called; the reader's own way otherwise. */
  readonly layout?: TableLayout
  /** Columns of the file: one of the first that is not there refuses the file, one that is in neither is told. */
  readonly source?: { readonly reads: readonly string[]; readonly unused: readonly string[] }
  /** One row, `rows`: how many of the raw table it declares to be no data. */
  leftOut?(raw: Sql): Sql
  /** What it finds in the rows by itself: `_row` of the mapped table, `rule`, `severity`, `property`; null: nothing. */
  found?(raw: Sql): Sql | null
  /** Checks over the raw table, row by row. */
  readonly fileChecks?: readonly Check[]
  /** How the mapped values are written; ISO dates and plain numbers otherwise. */
  readonly formats?: ValueFormats
  /** What it makes each property of, for the ledger, and the hash of the document that it is; null: it is code of ours. */
  readonly origins?: ColumnOrigins & { readonly sha256: string | null }
  /** What to say of a statement that failed because of what the rows hold; null: not because of that. */
  problem?(error: unknown): FdpError | null
}

/** What the tenant has set about who its rows are about. */
export interface ControllerPolicy {
  /** Whose data this tenant may hold; `all`: every organisation that governance has registered. */
  readonly controllers: 'all' | readonly OdsCode[]
  /** Whether an NHS number that passes Modulus 11 counts as verified where the file gives no status indicator. */
  readonly numberWithoutStatus: 'verified' | 'unverified'
  /** Whether NHS numbers of the test range (999…) may be kept: synthetic data only. */
  readonly testNumbersAllowed: boolean
}

/** By what somebody is known where no key of ours is. */
export interface ErasedPerson {
  /** The order. */
  readonly erasure: string
  /** NHS numbers, ten digits. */
  readonly numbers: readonly string[]
  readonly localIds: readonly { readonly controller: string; readonly localId: string }[]
}

export interface FlowDeps {
  readonly tenant: TenantId
  readonly controllerPolicy: ControllerPolicy
  /** A national tenant takes no data from GP record systems, whatever else holds (law 8). No setting reaches this. */
  readonly tenantKind: 'trust' | 'icb' | 'national'
  /** Whether an agreement between this tenant and that practice about these data is in force; without it there is none. */
  gpAgreement?(of: { practice: OdsCode; object: string; at: Instant }): boolean
  /** Whether an organisation is a general practice, as governance has it registered. */
  isPractice?(organisation: OdsCode): boolean
  readonly ledger: Ledger
  readonly lake: Lake
  readonly vault: Vault
  readonly blobs: BlobStore
  readonly keys: Keys
  /** Destroys the keys by which backups open what no entry of the ledger names any more; durable when it resolves. */
  destroyBackupKeys(): Promise<void>
  readonly openEngine: OpenEngine
  /** For one submission at a time; such an engine never spills to disk. */
  readonly engine?: { readonly memoryLimitMb: number; readonly threads: number }
  readonly readers: Readers
  readonly governance: { state(): GovernanceState; catalogue(): Catalogue; readonly policies: PolicyEngine }
  readonly clock: Clock
  readonly random: Random
  /** Every mapping this program has, so that a submission can be finished after a crash. */
  readonly mappings?: readonly Mapping[]
  /** Takes a person who is erased out of whatever holds people outside of what flows keep. The same again changes nothing. */
  eraseElsewhere?(who: ErasedPerson): Promise<void>
  progress?(step: Step, done: number, total: number | null): void
  /** Told once a submission is in the ledger: from here on no crash loses it. */
  acknowledged?(submission: string, entry: EntryIndex): void
}

/** What an acknowledged submission is, as its `flow.received` entry has it. */
export interface Received {
  readonly submission: string
  readonly object: string
  readonly controller: OdsCode
  readonly asAt: DateOnly
  readonly mapping: { readonly id: string; readonly version: number } | null
  readonly format: string
  /** Keyed hash of the name of the part that is meant; null: the file has one. */
  readonly part: string | null
  /** Blob of the document that the mapping is made from, a ViewDefinition or a declared mapping; null: of none. */
  readonly view: string | null
  readonly dialect: CsvDialect
  /** Of the landed file: named by a keyed hash, so that nobody outside can guess at its content. */
  readonly blob: string
  readonly bytes: number
  /** As declared; null: nothing was. */
  readonly origin: OriginName | null
  /** What stays with the rows and with everything made from them. */
  readonly labels: readonly string[]
  /** The submission in whose place it comes; null: none was named. */
  readonly corrects: string | null
  readonly mode: 'snapshot' | 'events'
  /** As the sender says; null: they said nothing. */
  readonly rowsSaid: number | null
  readonly by: SubjectId
  readonly purpose: PurposeId
}

/** In the ledger, at that entry. */
export type Acknowledged = Received & { readonly entry: EntryIndex }

/**
 * The name of a submission: the same file for the same object, controller, day and mapping, read in the same format and
 * dialect, is the same submission, whoever sends it; another declared origin or label makes another one, and so does
 * another submission that it corrects, another mode or another number of rows that it is said to have. Hexadecimal SHA-256 of the canonical JSON of those.
 */
export function submissionId(of: Omit<Received, 'submission' | 'by' | 'purpose' | 'bytes' | 'view'>): string {
  const { object, controller, asAt, mapping, blob } = of
  const dialect = { encoding: of.dialect.encoding, delimiter: of.dialect.delimiter }
  const declared = {
    ...(of.format === 'csv' ? {} : { format: of.format }),
    ...(of.part === null ? {} : { part: of.part }),
    ...(of.origin === null ? {} : { origin: of.origin }),
    ...(of.labels.length === 0 ? {} : { labels: [...of.labels] }),
    ...(of.corrects === null ? {} : { corrects: of.corrects }),
    ...(of.mode === 'snapshot' ? {} : { mode: of.mode }),
    ...(of.rowsSaid === null ? {} : { rowsSaid: of.rowsSaid }),
  }
  return sha256Hex(
    canonicalJson({
      format: 'openfdp/submission-id',
      version: 1,
      object,
      controller,
      asAt,
      mapping,
      dialect,
      blob,
      ...declared,
    }),
  )
}
