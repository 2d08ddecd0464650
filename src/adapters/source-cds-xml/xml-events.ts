import { SaxesParser } from 'saxes'
import { isFdpError } from '#kernel'
import { cdsErrors } from './errors.ts'

/** What takes the pieces of XML as they come, under names without their prefix. */
export interface XmlTaker {
  open(name: string, attributes: Readonly<Record<string, string>>): void
  text(text: string): void
  close(name: string): void
}

const depthMax = 50
/** Of one tag or one text: what the parser gathers before it says anything. */
const pieceCharactersMax = 4_000_000
const writeBytes = 64 * 1024

/**
 * Gives XML to `taker`; yields after each piece of bytes. Document types are refused, so there are no entities but the
 * five of XML. Throws FDP_CDS_DAMAGED with a position, FDP_CDS_XML, and what `taker` throws.
 */
export async function* xmlInto(taker: XmlTaker, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let depth = 0
  let silent = 0
  const parser = new SaxesParser()
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && !/^(utf-8|us-ascii)$/i.test(encoding))
      throw cdsErrors('FDP_CDS_NOT_ONE', { problem: 'it is not in UTF-8' })
  })
  parser.on('doctype', () => {
    throw cdsErrors('FDP_CDS_XML', { problem: 'a document type' })
  })
  parser.on('opentag', ({ name, attributes }) => {
    if (++depth > depthMax) throw cdsErrors('FDP_CDS_XML', { problem: 'elements nested too deeply' })
    silent = 0
    taker.open(local(name), attributes as Record<string, string>)
  })
  parser.on('closetag', ({ name }) => {
    depth--
    silent = 0
    taker.close(local(name))
  })
  parser.on('text', (text) => taker.text(text))
  parser.on('cdata', (text) => taker.text(text))
  const guarded = (work: () => void) => {
    try {
      work()
    } catch (error) {
      // What the parser says quotes the text.
      throw isFdpError(error) ? error : cdsErrors('FDP_CDS_DAMAGED', { at: parser.position })
    }
  }
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; from += writeBytes) {
      const piece = chunk.subarray(from, from + writeBytes)
      guarded(() => parser.write(decoder.decode(piece, { stream: true })))
      silent += piece.length
      if (silent > pieceCharactersMax) throw cdsErrors('FDP_CDS_XML', { problem: 'a tag or text that is too long' })
    }
    yield
  }
  guarded(() => parser.write(decoder.decode()).close())
  yield
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
