import type { PropertyType } from '#contracts'
import type { Sql } from '#kernel'
import type { Derived } from '../object-set/derived.ts'
import type { Building, Scope, SeenType } from '../object-set/scope.ts'
import { propertyValue } from '../object-set/values.ts'

/** A property that an aggregation names, or one that its set derives: the value of it in a row of the statement. */
export interface Field {
  readonly name: string
  readonly type: PropertyType
  readonly value: (row: string, building: Building) => Sql
}

export const numberTypes: readonly PropertyType[] = ['integer', 'long', 'decimal', 'double']
export const dayTypes: readonly PropertyType[] = ['date', 'timestamp']

/** Null where it does not exist for the caller: the scope has it noted. */
export function fieldOf(scope: Scope, seen: SeenType, derived: Derived, name: string): Field | null {
  const worked = derived.get(name)
  if (worked) return { name, ...worked }
  const property = scope.property(seen, name)
  if (!property) return null
  const { type } = propertyValue('r', seen.type, property, seen.level)
  return { name, type, value: (row) => propertyValue(row, seen.type, property, seen.level).value }
}
