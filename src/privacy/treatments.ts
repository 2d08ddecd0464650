import type { ObjectType, Property } from '#contracts'
import type { ReadRule, StoredRule } from './coarse.ts'

/** How much a read may identify people; each grant names one. */
export type Level = 'identifiable' | 'pseudonymised' | 'aggregate'

/**
 * Where flows store a property. Lake: `none`; `clear` the value; `key` a 64-bit tenant-local key in its place;
 * `coarse` the value made coarser before it is written. Vault: whether the exact value is kept there.
 */
export interface Placement {
  readonly lake: 'none' | 'clear' | 'key' | { readonly coarse: StoredRule }
  readonly vault: boolean
}

/**
 * What a read of a property gives at a level, and from where.
 * `clear`: the lake's value as it lies there; `stored` says how it was made coarser on its way in, or null.
 * `coarse`: the lake's value through `coarseSql`. `token`: the lake's key through the tokeniser of the purpose.
 * `vault`: the exact value from the vault; `onlyIfNamed`: only if the grant names this very column (restricted).
 */
export type Shown =
  | { readonly kind: 'hidden' }
  | { readonly kind: 'clear'; readonly stored: StoredRule | null }
  | { readonly kind: 'coarse'; readonly rule: ReadRule }
  | { readonly kind: 'token'; readonly keyType: string }
  | { readonly kind: 'vault'; readonly onlyIfNamed: boolean }

/** One row of the treatment table in docs/concepts/tokens.md. */
type Treatment =
  | { readonly as: 'vault-only'; readonly onlyIfNamed: boolean }
  | { readonly as: 'key'; readonly keyType: string; readonly tokens: boolean }
  | { readonly as: 'coarse-stored'; readonly rule: StoredRule }
  | { readonly as: 'coarse-on-read'; readonly rule: ReadRule }
  | { readonly as: 'clear' }

export function placement(type: ObjectType, property: Property): Placement {
  const treatment = treatmentOf(type, property)
  switch (treatment.as) {
    case 'vault-only':
      return { lake: 'none', vault: true }
    case 'key':
      return { lake: 'key', vault: type.origin !== 'derived' }
    case 'coarse-stored':
      return { lake: { coarse: treatment.rule }, vault: true }
    case 'coarse-on-read':
    case 'clear':
      return { lake: 'clear', vault: false }
  }
}

/**
 * At `aggregate` no row leaves: what is not hidden there may be filtered and grouped by, nothing else. Derived types are
 * made of what a pseudonymised read shows, so that is what they show at identifiable level too.
 */
export function shown(type: ObjectType, property: Property, level: Level): Shown {
  const treatment = treatmentOf(type, property)
  if (level === 'identifiable' && type.origin !== 'derived') {
    if (treatment.as === 'vault-only') return { kind: 'vault', onlyIfNamed: treatment.onlyIfNamed }
    const exactInLake = treatment.as === 'clear' || treatment.as === 'coarse-on-read'
    return exactInLake ? { kind: 'clear', stored: null } : { kind: 'vault', onlyIfNamed: false }
  }
  switch (treatment.as) {
    case 'vault-only':
      return { kind: 'hidden' }
    case 'key':
      return treatment.tokens && level !== 'aggregate'
        ? { kind: 'token', keyType: treatment.keyType }
        : { kind: 'hidden' }
    case 'coarse-stored':
      return { kind: 'clear', stored: treatment.rule }
    case 'coarse-on-read':
      return { kind: 'coarse', rule: treatment.rule }
    case 'clear':
      return { kind: 'clear', stored: null }
  }
}

function treatmentOf(type: ObjectType, property: Property): Treatment {
  const key = keyTreatment(type, property)
  if (key) return key
  switch (property.sensitivity) {
    case 'clinical':
    case 'operational':
    case 'quasi':
      // What a model sees was made coarser before it saw it.
      return type.personLevel && type.origin !== 'derived' ? coarserIfTelling(property) : { as: 'clear' }
    case 'restricted':
      return { as: 'vault-only', onlyIfNamed: true }
    default:
      // direct, text, staff, and whatever has no label or a label this program does not know
      return { as: 'vault-only', onlyIfNamed: false }
  }
}

/**
 * Keys of person-level records. A list of keys cannot be one token. The numbers by which the world outside knows the
 * patient (NHS number, hospital number) never become tokens, not even by way of a hash: they stay in the vault alone.
 */
function keyTreatment(type: ObjectType, property: Property): Treatment | null {
  const { role, sensitivity } = property
  if (role === null || (role === 'primary-key' && !type.personLevel)) return null
  if (sensitivity === 'restricted') return { as: 'vault-only', onlyIfNamed: true }
  if (property.type === 'texts' || isPatientNumber(property)) return { as: 'vault-only', onlyIfNamed: false }
  return { as: 'key', keyType: property.references?.object ?? type.name, tokens: sensitivity !== 'staff' }
}

/** By what the value is before its label, so that a date of birth with a milder label still gets coarser. */
function coarserIfTelling(property: Property): Treatment {
  const { name, type, sensitivity } = property
  const isDay = type === 'date' || type === 'timestamp'
  const isWhole = type === 'integer' || type === 'long'
  if (isPatientNumber(property)) return { as: 'vault-only', onlyIfNamed: false }
  if (isDay && /birth/i.test(name)) return { as: 'coarse-stored', rule: 'birth-year' }
  if (isDay && /death/i.test(name)) return { as: 'coarse-stored', rule: 'month' }
  if (isWhole && /^age$|Age$/.test(name)) return { as: 'coarse-stored', rule: 'age-band' }
  if (type === 'text' && /postcode/i.test(name)) return { as: 'coarse-stored', rule: 'outward-code' }
  if (type === 'timestamp') return { as: 'coarse-on-read', rule: 'day' }
  if (sensitivity === 'quasi') return ofQuasi(property)
  return { as: 'clear' }
}

function ofQuasi({ name, type }: Property): Treatment {
  // an address was moved into or left on this day
  if (type === 'date') return { as: 'coarse-stored', rule: 'month' }
  // a time of day written as text
  if (type === 'text' && /time/i.test(name)) return { as: 'vault-only', onlyIfNamed: false }
  if (/weightGrams$/i.test(name)) return { as: 'coarse-on-read', rule: 'weight-500g' }
  if (/weightKg$/i.test(name)) return { as: 'coarse-on-read', rule: 'weight-10kg' }
  return { as: 'clear' }
}

/** The number itself, not its status indicator. */
function isPatientNumber(property: Property): boolean {
  return /nhsNumber$|^mrn$|^patientExternalId$/i.test(property.name)
}
