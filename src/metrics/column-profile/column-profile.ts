import type { DateOnly, FormatSpec, Instant, JsonObject } from '#kernel'

/** The policy that every number of a profile passes; a grant that names another gives no profile. */
export const profilePolicy = 'subnational-0-7-5@1'

/** The purpose for which the controller lets its own service make profiles. */
export const profilePurpose = 'data-quality-profile'

/** What a value is given as: itself, the month, quarter, year or decade of a day, or the lower end of a band of numbers. */
export type ValueForm = 'value' | 'month' | 'quarter' | 'year' | 'decade' | 'band'

/** One column. Numbers are multiples of 5 over 7 people or more; null: fewer people than may be shown. */
export interface ProfiledColumn extends JsonObject {
  readonly name: string
  /** `vault`: identity, keys and free text, of which nothing is read; `lake`: care data, as coarse as an aggregate reader sees them. */
  readonly kept: 'lake' | 'vault'
  readonly form: ValueForm | null
  /** Rows without a value; null also for what is in the vault, where nobody looked. */
  readonly empty: number | null
  /** How many different values, as a band in words; null for the vault. */
  readonly different: string | null
  /** What at least 8 people have, with rounded numbers of rows; the commonest `valuesMax` of them, in order of text. */
  readonly values: readonly { readonly value: string; readonly rows: number }[]
}

/** How many rows of the submissions in force broke a rule. */
export interface ProfiledRule extends JsonObject {
  readonly rule: string
  readonly severity: string
  readonly column: string | null
  /** Multiple of 5; null: 1 to 7. 0 for a rule about the file as a whole. */
  readonly rows: number | null
}

/** What an engineer may know of an object type without seeing a row. Published; holds no number below 8. */
export interface ColumnProfile extends JsonObject {
  readonly format: string
  readonly version: number
  readonly tenant: string
  readonly object: string
  /** The latest day that the data speak of. */
  readonly asAt: DateOnly
  readonly madeAt: Instant
  /** The version of the data, by its manifest. */
  readonly lake: string
  /** The ledger entry `release.made` by which the numbers left the gate. */
  readonly release: number
  readonly policy: string
  readonly statement: string
  /** Rows in force; null: fewer people than may be shown. */
  readonly rows: number | null
  /** Rows of the files behind them, those that went to quarantine too; null: 1 to 7. */
  readonly rowsRead: number | null
  readonly columns: readonly ProfiledColumn[]
  readonly rules: readonly ProfiledRule[]
  /** Columns of the file that the contract does not have. */
  readonly unknownColumns: number
}

export const columnProfileFormat: FormatSpec<ColumnProfile> = {
  format: 'openfdp/column-profile',
  version: 1,
  migrations: {},
  check: (document) => {
    const texts = [document.tenant, document.object, document.asAt, document.madeAt, document.lake, document.policy]
    if (!texts.every((text) => typeof text === 'string')) throw new TypeError('column profile')
    if (typeof document.release !== 'number' || !Array.isArray(document.columns) || !Array.isArray(document.rules)) {
      throw new TypeError('column profile')
    }
    return document as ColumnProfile
  },
}
