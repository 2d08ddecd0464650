import { type ObjectType, objectTypes } from '#contracts'
import { shown } from '#privacy'
import type { Level } from './vocabulary.ts'

const none: ReadonlySet<string> = new Set()

interface LevelColumns {
  /** May be granted by name. */
  readonly named: ReadonlySet<string>
  /** Of these, what `all-at-level` stands for: legally restricted columns are only ever granted by name. */
  readonly general: readonly string[]
}

const known = new Map<string, ObjectType>()
const byObjectLevel = new Map<string, LevelColumns>()

function contract(object: string): ObjectType | undefined {
  const before = known.get(object)
  if (before) return before
  // A model may have brought a type along since.
  const found = objectTypes().find(({ name }) => name === object)
  if (found) known.set(object, found)
  return found
}

export function isObjectType(object: string): boolean {
  return contract(object) !== undefined
}

/** Columns of an object type that exist in its contract and are not hidden at a level; empty for an unknown type. */
export function columnsAt(object: string, level: Level): ReadonlySet<string> {
  return levelColumns(object, level)?.named ?? none
}

/** What `all-at-level` stands for today, in the contract's order. */
export function generalColumnsAt(object: string, level: Level): readonly string[] {
  return levelColumns(object, level)?.general ?? []
}

/** Whether a column is legally restricted: it leaves only by name, for the care of the person alone. */
export function isRestricted(object: string, column: string): boolean {
  return (
    contract(object)?.properties.some(({ name, sensitivity }) => name === column && sensitivity === 'restricted') ??
    false
  )
}

/** Whether rows may be chosen by a property: its plain value has to lie in the lake. */
export function canScopeRows(object: string, property: string): boolean {
  const type = contract(object)
  const found = type?.properties.find((candidate) => candidate.name === property)
  if (!type || !found) return false
  const kind = shown(type, found, 'pseudonymised').kind
  return kind === 'clear' || kind === 'coarse'
}

function levelColumns(object: string, level: Level): LevelColumns | null {
  const key = `${object} ${level}`
  const before = byObjectLevel.get(key)
  if (before) return before
  const type = contract(object)
  if (!type) return null
  const visible = type.properties
    .map((property) => ({ name: property.name, as: shown(type, property, level) }))
    .filter(({ as }) => as.kind !== 'hidden')
  const made = {
    named: new Set(visible.map(({ name }) => name)),
    general: visible.filter(({ as }) => !(as.kind === 'vault' && as.onlyIfNamed)).map(({ name }) => name),
  }
  byObjectLevel.set(key, made)
  return made
}
