import type { Link, Property, PropertyType } from '#contracts'
import {
  externalIds,
  foreignKeysByName,
  foreignTables,
  keyOfAnother,
  notPersonLevel,
  primaryKeys,
  renames,
} from './judgements.ts'
import { resolveLinks } from './links.ts'
import type { ApiType } from './open-api.ts'
import type { SpecColumn, SpecTable } from './specification.ts'

/** A property as the importer knows it: everything but its sensitivity, which is kept by hand. */
export type ImportedProperty = Omit<Property, 'sensitivity'>

export interface ImportedType {
  readonly name: string
  readonly apiName: string
  readonly table: string
  readonly primaryKey: string
  readonly personLevel: boolean
  readonly properties: readonly ImportedProperty[]
  readonly links: readonly Link[]
}

/** Letters and digits only: how names of both files are compared. */
export function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** Joins interface and specification into one contract a type, in order of name. */
export function joinSources(api: readonly ApiType[], spec: readonly SpecTable[]): ImportedType[] {
  const objectOfTable = new Map<string, string>()
  for (const table of spec) {
    const type = api.find((candidate) => plain(candidate.name) === plain(table.title))
    if (type) objectOfTable.set(plain(table.table), type.name)
  }
  for (const [table, object] of Object.entries(foreignTables)) objectOfTable.set(plain(table), object)
  const drafts = api.map((type) => {
    const table = spec.find((candidate) => plain(candidate.title) === plain(type.name))
    return { type, table, names: namesOf(type, table) }
  })
  const keys = new Map(drafts.map(({ type, table, names }) => [type.name, primaryKeyOf(type, table, names)]))
  keys.set('RttPeriod', 'rttPeriodId')
  const types = drafts.map(({ type, table, names }): ImportedType => {
    const primaryKey = keys.get(type.name) as string
    const properties = [...names].map(([name, found]) =>
      joinProperty({ object: type.name, name, ...found, primaryKey, objectOfTable, keys }),
    )
    return {
      name: type.name,
      apiName: type.apiName,
      table: table?.table ?? snakeCase(type.name),
      primaryKey,
      personLevel: !notPersonLevel.has(type.name),
      properties: properties.sort((a, b) => (a.name < b.name ? -1 : 1)),
      links: [],
    }
  })
  return types.map((type, i) => ({ ...type, links: resolveLinks(types, api[i]?.links ?? [], type) }))
}

interface Found {
  readonly apiType: PropertyType | null
  readonly column: SpecColumn | null
}

/** Every property of either file under its camelCase name. */
function namesOf(type: ApiType, table: SpecTable | undefined): Map<string, Found> {
  const columns = new Map((table?.columns ?? []).map((column) => [plain(column.column), column]))
  const found = new Map<string, Found>()
  for (const property of type.properties) {
    const wanted = plain(renames[`${type.name}.${property.name}`] ?? property.name)
    found.set(property.name, { apiType: property.type, column: columns.get(wanted) ?? null })
  }
  const taken = new Set([...found.values()].map(({ column }) => column))
  for (const column of table?.columns ?? []) {
    if (!taken.has(column)) found.set(camelCase(column.column), { apiType: null, column })
  }
  return found
}

function primaryKeyOf(type: ApiType, table: SpecTable | undefined, names: Map<string, Found>): string {
  if (!table) return primaryKeys[type.name] as string
  for (const [name, found] of names) if (found.column?.column === table.primaryKey) return name
  throw new Error(`the key of ${type.name} is not among its columns`)
}

function joinProperty(input: {
  object: string
  name: string
  apiType: PropertyType | null
  column: SpecColumn | null
  primaryKey: string
  objectOfTable: ReadonlyMap<string, string>
  keys: ReadonlyMap<string, string>
}): ImportedProperty {
  const { object, name, apiType, column, primaryKey, keys } = input
  const isKey = name === primaryKey
  const target = isKey ? keyOfAnother[object] : referredObject(input)
  return {
    name,
    column: column?.column ?? snakeCase(name),
    type: (apiType ?? column?.type) as PropertyType,
    nullable: isKey ? false : (column?.nullable ?? true),
    severity: column?.severity ?? null,
    values: column?.values ?? null,
    role: roleOf(object, name, isKey, target),
    ...(target === undefined ? {} : { references: { object: target, property: keys.get(target) as string } }),
    ...(column?.lifecycle ? { lifecycle: column.lifecycle } : {}),
    source: apiType === null ? 'specification' : column === null ? 'interface' : 'both',
  }
}

function referredObject(input: {
  object: string
  name: string
  column: SpecColumn | null
  objectOfTable: ReadonlyMap<string, string>
}): string | undefined {
  const { name, column, objectOfTable } = input
  const stated = column?.foreignKey
  if (stated) {
    const object = objectOfTable.get(plain(stated.slice(0, stated.indexOf('.'))))
    if (!object) throw new Error(`a foreign key to a table that is not known: ${stated}`)
    return object
  }
  const object = foreignKeysByName[name]
  return object === input.object ? undefined : object
}

function roleOf(object: string, name: string, isKey: boolean, target: string | undefined): Property['role'] {
  if (isKey) return 'primary-key'
  if (target !== undefined) return notPersonLevel.has(target) ? null : 'foreign-key'
  return !notPersonLevel.has(object) && externalIds.has(name) ? 'external-id' : null
}

function camelCase(column: string): string {
  return column.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

function snakeCase(name: string): string {
  return name.replace(/([A-Z])/g, (letter) => `_${letter.toLowerCase()}`).replace(/^_/, '')
}
