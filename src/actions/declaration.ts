import type { PropertyType } from '#contracts'

/** A way to change records, as its YAML file declares it (spec/actions.md). */
export interface ActionDeclaration {
  /** Its name in the API. */
  readonly id: string
  readonly version: number
  readonly product: string
  readonly title: string
  readonly description: string
  readonly status: 'active' | 'experimental' | 'deprecated'
  readonly parameters: Readonly<Record<string, ActionParameter>>
  readonly criteria: readonly Criterion[]
  readonly edits: readonly EditRule[]
  /** Whether whoever acts says why, in the parameter `reason`. */
  readonly reason: 'required' | 'optional' | 'none'
  /** The system that owns the records, and has to catch up. */
  readonly sourceSystem: string
  readonly pendingHours: number
  readonly countsInReturns: { readonly counts: boolean; readonly rule: string }
  readonly undo: boolean
}

export type ActionParameter = {
  readonly title: string
  readonly description: string
  readonly required: boolean
} & (
  | { readonly kind: 'object'; readonly object: string }
  | {
      readonly kind: 'value'
      readonly type: PropertyType
      /** The values that it may have; null: any of its type. */
      readonly values: readonly string[] | null
    }
)

/** Where a value of an edit comes from. */
export type ValueSource =
  | { readonly from: 'parameter'; readonly parameter: string }
  /** A property of the object that a parameter names. */
  | { readonly from: 'property'; readonly parameter: string; readonly property: string }
  | { readonly from: 'constant'; readonly value: string | null }
  | { readonly from: 'now' | 'today' | 'subject' }

export type EditRule =
  | {
      readonly kind: 'create'
      readonly object: string
      /** `new`: the node makes it. */
      readonly key: 'new' | ValueSource
      /** The parameter whose object the new one belongs to. */
      readonly belongsTo: string
      readonly set: Readonly<Record<string, ValueSource>>
      readonly writeOnly: readonly string[]
    }
  | {
      readonly kind: 'modify'
      readonly of: string
      readonly set: Readonly<Record<string, ValueSource>>
      readonly writeOnly: readonly string[]
    }
  | { readonly kind: 'delete'; readonly of: string }

/** What must hold of the objects and the parameters, as the actor sees them. */
export interface Criterion {
  readonly of: ValueSource
  readonly test:
    | { readonly kind: 'is' | 'isNot' | 'before' | 'after'; readonly value: ValueSource }
    | { readonly kind: 'isOneOf'; readonly values: readonly string[] }
    | { readonly kind: 'isNull'; readonly isNull: boolean }
  /** What to tell whoever acts where it does not hold. */
  readonly message: string
}

/** The parameter in which whoever acts says why. */
export const reasonParameter = 'reason'
