import type { NumberKind } from './number-formats.ts'
import { momentText, numberText } from './number-text.ts'
import { type TextRuns, unescaped } from './texts.ts'

/** Why a row is set aside. Fixed words. */
export type CellFault =
  | 'an error value'
  | 'no number, day or text'
  | 'a field that is too long'
  | 'a row that is too long'

/** What the cells of a workbook are read by. */
export interface CellReading {
  readonly texts: readonly string[]
  readonly kinds: readonly NumberKind[]
  readonly from1904: boolean
}

/** A cell while it is being read. */
export interface Cell {
  readonly type: string
  readonly kind: NumberKind
  readonly column: number
  readonly runs: TextRuns
  value: string
  filled: boolean
}

/** What stands in a cell, as it would stand in a delimited file; or why that cannot be said. */
export function cellText(
  { type, kind, value, runs }: Cell,
  reading: CellReading,
): string | { readonly fault: CellFault } {
  const { texts, from1904 } = reading
  switch (type) {
    case 's':
      return (/^\d+$/.test(value) ? texts[Number(value)] : undefined) ?? { fault: 'no number, day or text' }
    case 'inlineStr':
      return unescaped(runs.text)
    case 'str':
      return unescaped(value)
    case 'd':
      return momentText(value)
    case 'b':
      return value === '1' ? 'true' : value === '0' ? 'false' : { fault: 'no number, day or text' }
    case 'e':
      return { fault: 'an error value' }
    default:
      if (value === '') return ''
      return numberText(value, kind, from1904) ?? { fault: 'no number, day or text' }
  }
}
