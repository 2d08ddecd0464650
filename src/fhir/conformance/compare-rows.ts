import { canonicalJson } from '#kernel'
import type { OutputColumn } from '../compile/column.ts'
import { type PrimitiveType, primitiveTypes } from '../definition/primitive-types.ts'

type Row = Readonly<Record<string, unknown>>

/**
 * Whether two results have the same rows, in any order but equally often: a relation has none. The suite's files write
 * decimals as JSON numbers, so digits are read as numbers here.
 */
export function sameRows(actual: readonly Row[], expected: readonly Row[], columns: readonly OutputColumn[]): boolean {
  const found = actual.map((row) =>
    keyOf(Object.fromEntries(columns.map((column) => [column.name, shown(row, column)]))),
  )
  return JSON.stringify(found.sort()) === JSON.stringify(expected.map(keyOf).sort())
}

function keyOf(row: Row): string {
  return canonicalJson(row as Parameters<typeof canonicalJson>[0])
}

function shown(row: Row, { name, type }: OutputColumn): unknown {
  const value = row[name]
  return Array.isArray(value) ? value.map((each) => jsonValue(each, type)) : jsonValue(value, type)
}

function jsonValue(value: unknown, type: PrimitiveType): unknown {
  return value !== null && primitiveTypes[type] === 'number' ? Number(value) : value
}
