/** What a value of the property is to a person's privacy. Unlabelled counts as `direct`. */
export type Sensitivity = 'direct' | 'quasi' | 'clinical' | 'staff' | 'operational' | 'text' | 'restricted'

export const sensitivities: readonly Sensitivity[] = [
  'direct',
  'quasi',
  'clinical',
  'staff',
  'operational',
  'text',
  'restricted',
]

/** `texts` is a list of texts; in a file it is a JSON array of strings. */
export type PropertyType =
  | 'text'
  | 'integer'
  | 'long'
  | 'decimal'
  | 'double'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'texts'

export interface Property {
  /** camelCase name of the API. */
  readonly name: string
  /** snake_case name of the output specification; unique within the type, as `name` is. */
  readonly column: string
  readonly type: PropertyType
  readonly nullable: boolean
  /** What a value outside `values`, or a missing value where `nullable` is false, leads to; null: a warning. */
  readonly severity: 'FAIL' | 'WARN' | null
  readonly values: readonly string[] | null
  readonly sensitivity: Sensitivity
  /**
   * Set where the value is the key of a record. References to things that are no person's (site, ward, specialty,
   * member of staff) have `references` and no role.
   */
  readonly role: 'primary-key' | 'foreign-key' | 'external-id' | null
  readonly references?: { readonly object: string; readonly property: string }
  readonly lifecycle?: 'deprecated' | 'optional-derivable' | 'optional-not-derivable'
  /** Which of the two published files has it. Own types: `own`. */
  readonly source: 'both' | 'interface' | 'specification' | 'own'
}

/** `from` is a property of one type, `to` one of another; rows meet where they are equal. */
export interface Join {
  readonly from: string
  readonly to: string
}

export interface Link {
  readonly name: string
  /** The object type at the other end. */
  readonly object: string
  readonly cardinality: 'one' | 'many'
  /** From this type to the other. Null: no property of either says which rows are linked. */
  readonly join: Join | null
  /** Where no property does: the type of our own whose rows do, one for each pair. */
  readonly through?: Through
}

/** `near` joins the type that has the link to the link table, `far` the link table to the type at the other end. */
export interface Through {
  readonly object: string
  readonly near: Join
  readonly far: Join
}

/** A rule between columns of one row, from the guidance named with it. */
export type RowRule =
  | { readonly rule: 'date.order'; readonly earlier: string; readonly later: string; readonly severity: RowSeverity }
  | { readonly rule: 'date.future'; readonly property: string; readonly severity: RowSeverity }
  | {
      /** `property` is present exactly where `other` has one of `values`. */
      readonly rule: 'present.iff'
      readonly property: string
      readonly other: string
      readonly values: readonly string[]
      readonly severity: RowSeverity
    }
  | { readonly rule: 'pattern'; readonly property: string; readonly pattern: string; readonly severity: RowSeverity }
  | {
      readonly rule: 'range'
      readonly property: string
      readonly min: number | null
      readonly max: number | null
      readonly severity: RowSeverity
    }

/** FAIL refuses the submission, ROW quarantines the row, WARN lists it and keeps it. */
export type RowSeverity = 'FAIL' | 'ROW' | 'WARN'

export interface ObjectType {
  readonly name: string
  /** The name in API paths; differs from `name` for one type only (`mdtMeeting`). */
  readonly apiName: string
  readonly table: string
  readonly primaryKey: string
  /** Every row is about a patient. */
  readonly personLevel: boolean
  /** `derived`: its rows are made here by a model of the same name, and by nothing else. */
  readonly origin: 'cdm-146' | 'openfdp' | 'derived'
  /**
   * What one submission of a controller stands for. `all`: everything it has, so it replaces what it sent before. `day`:
   * what it has to say of one day, as returns do; other days stay. Types about patients are always `all`.
   */
  readonly snapshot: 'all' | 'day'
  /**
   * The property in which every row of a submission says the same. The submission stands for what it says, and replaces
   * what the controller sent of that before; all else stays. Without it, for everything.
   */
  readonly snapshotOf?: string
  readonly properties: readonly Property[]
  readonly links: readonly Link[]
  readonly rules: readonly RowRule[]
}
