import { xlsxErrors } from './errors.ts'
import type { XmlEvent } from './xml-events.ts'

/** What the format of a cell says about the number in it. */
export type NumberKind = 'plain' | 'date' | 'time' | { readonly digitsMin: number }

/** Built-in formats of dates and times (ECMA-376 part 1, 18.8.30), those of east Asian locales too. */
const builtInDates: readonly (readonly [number, number])[] = [
  [14, 17],
  [22, 22],
  [27, 31],
  [36, 36],
  [50, 54],
  [57, 58],
]
const builtInTimes: readonly (readonly [number, number])[] = [
  [18, 21],
  [32, 35],
  [45, 47],
  [55, 56],
]

/** The kinds of the cell styles of a workbook, by position. */
export async function readNumberKinds(events: AsyncIterable<readonly XmlEvent[]>): Promise<NumberKind[]> {
  const codes = new Map<number, string>()
  const formats: number[] = []
  let inCells = false
  for await (const batch of events) {
    for (const event of batch) {
      if (event.kind === 'text') continue
      if (event.name === 'cellXfs') inCells = event.kind === 'open'
      if (event.kind !== 'open') continue
      const id = Number(event.attributes.numFmtId ?? 0)
      if (event.name === 'numFmt') codes.set(id, event.attributes.formatCode ?? '')
      if (event.name === 'xf' && inCells) formats.push(id)
      if (formats.length + codes.size > formatsMax)
        throw xlsxErrors('FDP_XLSX_XML', { part: 'the list of formats', problem: `more than ${formatsMax}` })
    }
  }
  return formats.map((id) => kindOf(id, codes.get(id)))
}

/** Spreadsheets have at most 65,490 of cells. */
const formatsMax = 100_000
/** Spreadsheets take 255. */
const codeCharactersMax = 1_000

function kindOf(id: number, code: string | undefined): NumberKind {
  if (code !== undefined) return kindOfCode(code)
  const within = (ranges: typeof builtInDates) => ranges.some(([from, to]) => id >= from && id <= to)
  return within(builtInDates) ? 'date' : within(builtInTimes) ? 'time' : 'plain'
}

/** Goes by the section for numbers above zero, without texts, escapes, padding, and colours or locales in brackets. */
export function kindOfCode(code: string): NumberKind {
  if (code.length > codeCharactersMax) return 'plain'
  const bare = code.replace(/"[^"]*"|\\.|_.|\*./g, ' ')
  const first = (bare.split(';')[0] ?? '').toLowerCase()
  const elapsed = /\[(h+|m+|s+)\]/.test(first)
  const shown = first.replace(/\[[^\]]*\]/g, '').replace(/general/g, '')
  if (/[yd]/.test(shown) || (/m/.test(shown) && !/[hs]/.test(shown) && !elapsed)) return 'date'
  if (elapsed || /[hs]/.test(shown)) return 'time'
  const digits = shown.replace(/[ -]/g, '')
  return /^0{2,}$/.test(digits) ? { digitsMin: digits.length } : 'plain'
}
