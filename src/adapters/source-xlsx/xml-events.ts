import { SaxesParser } from 'saxes'
import { isFdpError } from '#kernel'
import { xlsxErrors } from './errors.ts'

/** A piece of XML, under names without their prefix. */
export type XmlEvent =
  | { readonly kind: 'open'; readonly name: string; readonly attributes: Readonly<Record<string, string>> }
  | { readonly kind: 'close'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string }

const depthMax = 100
/** Of one tag or one text: what the parser gathers before it says anything. */
const pieceCharactersMax = 4_000_000

/**
 * XML as events, a list for each chunk. Document types are refused, so there are no entities but the five of XML.
 * `part` is for errors. Throws FDP_XLSX_DAMAGED with a position, FDP_XLSX_XML.
 */
export async function* xmlEvents(part: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly XmlEvent[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let events: XmlEvent[] = []
  let depth = 0
  let silent = 0
  const tell = (event: XmlEvent) => {
    silent = 0
    events.push(event)
  }
  const parser = new SaxesParser()
  parser.on('doctype', () => {
    throw xlsxErrors('FDP_XLSX_XML', { part, problem: 'a document type' })
  })
  parser.on('opentag', ({ name, attributes }) => {
    if (++depth > depthMax) throw xlsxErrors('FDP_XLSX_XML', { part, problem: 'elements nested too deeply' })
    tell({ kind: 'open', name: local(name), attributes: localNames(attributes) })
  })
  parser.on('closetag', ({ name }) => {
    depth--
    tell({ kind: 'close', name: local(name) })
  })
  parser.on('text', (text) => tell({ kind: 'text', text }))
  parser.on('cdata', (text) => tell({ kind: 'text', text }))
  const guarded = (work: () => void) => {
    try {
      work()
    } catch (error) {
      // What the parser says quotes the text.
      throw isFdpError(error) ? error : xlsxErrors('FDP_XLSX_DAMAGED', { part, at: parser.position })
    }
  }
  for await (const chunk of chunks) {
    guarded(() => parser.write(decoder.decode(chunk, { stream: true })))
    silent += chunk.length
    if (silent > pieceCharactersMax)
      throw xlsxErrors('FDP_XLSX_XML', { part, problem: 'a tag or text that is too long' })
    if (events.length === 0) continue
    yield events
    events = []
  }
  guarded(() => parser.write(decoder.decode()).close())
  yield events
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

function localNames(attributes: Readonly<Record<string, string>>): Record<string, string> {
  const found: Record<string, string> = Object.create(null)
  for (const name in attributes) found[local(name)] = attributes[name]!
  return found
}
