import type { TableToDisclose } from './disclosure.ts'
import { privacyErrors } from './errors.ts'
import { type MeasureKinds, safeName } from './measures.ts'

type Cell = TableToDisclose['cells'][number]

/** The cells of a well-formed table in the order of their keys. Throws what `disclose` says it throws. */
export function checkedCells(table: TableToDisclose): readonly Cell[] {
  const declared = Object.keys(table.measures)
  const needed = declared.filter((measure) => table.measures[measure]!.kind !== 'ratio')
  const names = Object.keys(table.cells[0]?.key ?? {}).sort()
  if (names.some((name) => declared.includes(name))) throw badTable('a key and a measure share a name')
  const keyed = table.cells.map((cell) => {
    checkNumbers(table.measures, cell)
    if (!needed.every((measure) => Object.hasOwn(cell.measures, measure))) {
      throw badTable('a cell lacks a declared measure')
    }
    return { cell, keyText: checkedKey(cell, names) }
  })
  keyed.sort((a, b) => (a.keyText < b.keyText ? -1 : 1))
  return keyed.map(({ cell, keyText }, i) => {
    if (keyText === keyed[i - 1]?.keyText) throw badTable('two cells have the same key')
    return cell
  })
}

function checkedKey(cell: Cell, names: readonly string[]): string {
  if (Object.keys(cell.key).length !== names.length) throw badTable('its cells have different keys')
  const parts = names.map((name) => {
    const part = Object.hasOwn(cell.key, name) ? cell.key[name] : undefined
    if (part === undefined) throw badTable('its cells have different keys')
    if (part !== null && typeof part !== 'string') throw badTable('a key holds something else than text')
    return part
  })
  return JSON.stringify(parts)
}

function checkNumbers(kinds: MeasureKinds, cell: Cell): void {
  for (const measure of Object.keys(cell.measures)) {
    if (!Object.hasOwn(kinds, measure)) {
      throw privacyErrors('FDP_PRIVACY_UNDECLARED_MEASURE', { measure: safeName(measure) })
    }
    const value = cell.measures[measure]!
    if (value === null) continue
    if (!Number.isFinite(value)) throw misfit(measure, 'it holds something else than a finite number')
    const isCount = kinds[measure]!.kind === 'person-count'
    if (isCount && (value < 0 || !Number.isInteger(value * 2))) {
      throw misfit(measure, 'a count of people is 0 or more, in halves')
    }
  }
}

const badTable = (reason: string) => privacyErrors('FDP_PRIVACY_BAD_TABLE', { reason })
const misfit = (measure: string, reason: string) =>
  privacyErrors('FDP_PRIVACY_MEASURE_MISFIT', { measure: safeName(measure), reason })
