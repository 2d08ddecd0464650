import { limits } from '#kernel'
import { xlsxErrors } from './errors.ts'
import type { XmlEvent } from './xml-events.ts'

/** Gathers the text of one string item: its runs, without what says how it is pronounced. */
export class TextRuns {
  text = ''
  #inRun = false
  #phonetic = false

  take(event: XmlEvent): void {
    if (event.kind === 'text') {
      if (this.#inRun && !this.#phonetic) this.text = longer(this.text, event.text)
    } else if (event.name === 't') this.#inRun = event.kind === 'open'
    else if (event.name === 'rPh') this.#phonetic = event.kind === 'open'
  }
}

/** A text may come in pieces without end; more characters than this are no field. */
const charactersMax = 4 * limits.fieldCharactersMax

export function longer(text: string, piece: string): string {
  if (text.length + piece.length > charactersMax)
    throw xlsxErrors('FDP_XLSX_XML', { part: 'a cell', problem: 'a text that is too long' })
  return text + piece
}

/** What holding a text costs, however short it is. */
const itemCharacters = 16

/** The shared texts of a workbook, which cells name by position. All are held; FDP_XLSX_TEXTS_TOO_LARGE. */
export async function readTexts(events: AsyncIterable<readonly XmlEvent[]>): Promise<string[]> {
  const texts: string[] = []
  let runs: TextRuns | null = null
  let characters = 0
  for await (const batch of events) {
    for (const event of batch) {
      if (event.kind === 'open' && event.name === 'si') runs = new TextRuns()
      runs?.take(event)
      if (event.kind !== 'close' || event.name !== 'si' || runs === null) continue
      characters += runs.text.length + itemCharacters
      if (characters > limits.sharedTextCharactersMax)
        throw xlsxErrors('FDP_XLSX_TEXTS_TOO_LARGE', { max: limits.sharedTextCharactersMax })
      texts.push(unescaped(runs.text))
      runs = null
    }
  }
  return texts
}

/**
 * `_x000D_` stands for a character that XML has no place for (ECMA-376 part 1, 22.9.2.19). Where half a character would
 * come of it, the text stays as it stands.
 */
export function unescaped(text: string): string {
  if (!text.includes('_x')) return text
  const whole = text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  )
  return whole.isWellFormed() ? whole : text
}
