import { type ObjectType, objectType, type Property } from '#contracts'
import type { EditWrite, Session } from '#gate'
import { type Level, shown } from '#privacy'
import type { ActionDeclaration, EditRule, ValueSource } from './declaration.ts'

/** One object that an action names, as it is going to be read. */
export interface Needed {
  readonly parameter: string
  readonly object: string
  readonly level: Level
  readonly columns: readonly string[]
}

/** What an action reads and writes for somebody now, at the level at which they see each type. */
export interface Needs {
  readonly reads: readonly Needed[]
  readonly writes: readonly EditWrite[]
}

type Sees = Pick<Session, 'visible'>
const rowLevels: readonly Level[] = ['identifiable', 'pseudonymised']

/** `levels`: those that the request lets be used, most identifying first. */
export function needsOf(session: Sees, declaration: ActionDeclaration, levels = rowLevels): Needs {
  const reads = Object.entries(declaration.parameters).flatMap(([parameter, declared]): Needed[] => {
    if (declared.kind !== 'object') return []
    const { object } = declared
    // Where nothing is visible the gate refuses, and says why in the ledger.
    const level = session.visible(object, levels)?.level ?? levels[0] ?? 'identifiable'
    const columns = [...new Set([objectType(object).primaryKey, ...columnsOf(declaration, parameter)])]
    return [{ parameter, object, level, columns }]
  })
  const levelOf = (parameter: string) => reads.find((read) => read.parameter === parameter)!.level
  return { reads, writes: declaration.edits.map((rule) => writeOf(declaration, rule, levelOf)) }
}

/**
 * Whether somebody could apply an action now, rows apart: they see everything that it names, tests and copies, and may
 * write everything that it writes. No attempt at anything.
 */
export function isAvailable(
  session: Pick<Session, 'visible' | 'mayEdit'>,
  declaration: ActionDeclaration,
  levels = rowLevels,
): boolean {
  const { reads, writes } = needsOf(session, declaration, levels)
  const sees = reads.every(({ object, level, columns }) => {
    const visible = session.visible(object, [level])
    return visible !== null && columns.every((name) => visible.columns.includes(name))
  })
  return sees && copiesExact(declaration, reads) && session.mayEdit(writes)
}

/** A value is copied from where it is shown as it is: nobody writes a token or a coarser value into a record. */
function copiesExact({ edits }: ActionDeclaration, reads: readonly Needed[]): boolean {
  const sources = edits.flatMap((rule) =>
    rule.kind === 'delete'
      ? []
      : [...Object.values(rule.set), ...(rule.kind === 'create' && rule.key !== 'new' ? [rule.key] : [])],
  )
  return sources.every((source) => {
    if (source.from !== 'property') return true
    const { object, level } = reads.find(({ parameter }) => parameter === source.parameter)!
    const type = objectType(object)
    const how = shown(type, propertyOf(type, source.property), level)
    return how.kind === 'vault' || (how.kind === 'clear' && how.stored === null)
  })
}

function writeOf(declaration: ActionDeclaration, rule: EditRule, levelOf: (parameter: string) => Level): EditWrite {
  if (rule.kind === 'create') {
    const { primaryKey } = objectType(rule.object)
    return {
      ...{ kind: 'create', object: rule.object, level: levelOf(rule.belongsTo) },
      properties: [primaryKey, ...Object.keys(rule.set)],
      // What a new record is called tells nothing.
      writeOnly: [primaryKey, ...rule.writeOnly],
    }
  }
  const object = objectOf(declaration, rule.of)
  const properties = rule.kind === 'modify' ? Object.keys(rule.set) : []
  const writeOnly = rule.kind === 'modify' ? rule.writeOnly : []
  return { kind: rule.kind, object, level: levelOf(rule.of), properties, writeOnly }
}

/** Properties of the object behind a parameter that the action tests, copies, or writes and says so. */
function columnsOf({ criteria, edits }: ActionDeclaration, parameter: string): string[] {
  const sources: ValueSource[] = criteria.flatMap(({ of, test }) => ('value' in test ? [of, test.value] : [of]))
  const written: string[] = []
  for (const rule of edits) {
    if (rule.kind === 'delete') continue
    sources.push(...Object.values(rule.set))
    if (rule.kind === 'create' && rule.key !== 'new') sources.push(rule.key)
    if (rule.kind === 'modify' && rule.of === parameter) {
      written.push(...Object.keys(rule.set).filter((name) => !rule.writeOnly.includes(name)))
    }
  }
  const read = sources.flatMap((source) =>
    source.from === 'property' && source.parameter === parameter ? [source.property] : [],
  )
  return [...read, ...written]
}

export function objectOf({ parameters }: ActionDeclaration, parameter: string): string {
  const declared = parameters[parameter]
  if (declared?.kind !== 'object') throw new Error(`the parameter ${parameter} names no object`)
  return declared.object
}

function propertyOf(type: ObjectType, name: string): Property {
  const property = type.properties.find((each) => each.name === name)
  if (!property) throw new Error(`${type.name} has no property ${name}`)
  return property
}
