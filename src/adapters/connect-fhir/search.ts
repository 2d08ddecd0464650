import { createHash } from 'node:crypto'
import { isFdpError } from '#kernel'
import { fhirServerErrors } from './errors.ts'
import { handOn } from './hand-on.ts'
import { type Allowed, followed } from './links.ts'
import { nothingSeen, outcomeIn, type Seen } from './outcomes.ts'
import { BrokenOff, type Reply, refusalIn, type Wire } from './wire.ts'

const [pagesMax, emptyPagesMax] = [200_000, 100]
const pieceBytes = 64 * 1024
const [lineFeed, carriageReturn, blank] = [0x0a, 0x0d, 0x20]

/** Takes a Bundle apart as it comes, its resources as they stand. Errors of it have a code. */
export interface BundleInPieces {
  push(chunk: Uint8Array): void
  take(): ({ readonly text: Buffer } | { readonly fault: string })[]
  /** The Bundle, with a number in the place of each entry. */
  end(): Readonly<Record<string, unknown>>
}

interface Page {
  readonly seen: Seen
  frame: Readonly<Record<string, unknown>>
}

/**
 * All pages of a search as resources a line each. The first request is made before this returns, so that a question that
 * is not taken fails here. FDP_FHIRSERVER_ANSWER, FDP_FHIRSERVER_INCOMPLETE, FDP_FHIRSERVER_ELSEWHERE.
 */
export async function searched(
  wire: Wire,
  first: URL,
  { allowed, bundle, seen }: { readonly allowed: Allowed; readonly bundle: () => BundleInPieces; readonly seen: Seen },
): Promise<AsyncGenerator<Buffer>> {
  const get = async (url: URL): Promise<Reply> => {
    // Strict: a parameter that the server does not know would otherwise be left out, and more come than was asked for.
    const headers = { accept: 'application/fhir+json', prefer: 'handling=strict' }
    const reply = await wire.call({ url, headers, allowed, signed: true })
    if (reply.status === 200) return reply
    reply.drop()
    throw refusalIn(reply)
  }
  let waiting: Reply | null = await get(first)

  async function* pages(): AsyncGenerator<Buffer> {
    const visited = new Set<string>()
    let empty = 0
    for (let url: URL | null = first; url !== null; ) {
      const here: URL = url
      const mark = createHash('sha256').update(here.href).digest('base64')
      if (visited.has(mark) || visited.size === pagesMax) throw notFhir('its pages do not end')
      visited.add(mark)
      let page: Page = { frame: {}, seen: nothingSeen() }
      yield* handOn(wire, async () => {
        const reply = waiting ?? (await get(here))
        waiting = null
        page = { frame: {}, seen: nothingSeen() }
        return { from: 0, bytes: linesOf(reply.bytes(), bundle(), page) }
      })
      seen.resources += page.seen.resources
      seen.warnings += page.seen.warnings
      empty = page.seen.resources === 0 ? empty + 1 : 0
      if (empty === emptyPagesMax) throw notFhir('its pages do not end')
      url = nextOf(page.frame, here, allowed)
    }
  }
  return pages()
}

/** One page; what it was is in `page` at its end. */
async function* linesOf(bytes: AsyncIterable<Buffer>, bundle: BundleInPieces, page: Page): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = []
  let length = 0
  for await (const chunk of bytes) {
    told(() => bundle.push(chunk))
    for (const found of bundle.take()) {
      if ('fault' in found) throw notFhir(`an entry of a page is none: ${found.fault}`)
      const outcome = outcomeIn(found.text)
      if (outcome && outcome.errors > 0) throw incomplete('an error stands among what was found')
      page.seen.warnings += outcome?.warnings ?? 0
      if (outcome) continue
      page.seen.resources++
      const line = onOneLine(found.text)
      pieces.push(line)
      length += line.length
      if (length < pieceBytes) continue
      yield Buffer.concat(pieces)
      pieces = []
      length = 0
    }
  }
  page.frame = told(() => bundle.end())
  if (length > 0) yield Buffer.concat(pieces)
}

/** In JSON the ends of lines stand between its parts only, where a blank is as good. */
function onOneLine(text: Buffer): Buffer {
  const line = Buffer.concat([text, Buffer.from('\n')])
  for (const end of [lineFeed, carriageReturn]) {
    for (let i = line.indexOf(end); i >= 0 && i < text.length; i = line.indexOf(end, i + 1)) line[i] = blank
  }
  return line
}

function nextOf(frame: Readonly<Record<string, unknown>>, here: URL, allowed: Allowed): URL | null {
  if (frame.type !== 'searchset') throw notFhir('it is a Bundle of another type than `searchset`')
  const links = frame.link ?? []
  if (!Array.isArray(links)) throw notFhir('its `link` is no list')
  const next = links.filter((link) => link?.relation === 'next')
  if (next.length > 1) throw notFhir('it has two next pages')
  return next[0] ? followed(next[0].url, here, allowed, 'its next page') : null
}

/** What is wrong with a Bundle, in our words; one that is cut off may come whole the next time. */
function told<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (isFdpError(error, 'FDP_RESOURCES_CUT_OFF')) throw new BrokenOff(notFhir('a page ends within an entry'))
    if (isFdpError(error)) throw notFhir(`a page is no Bundle (${error.code})`)
    throw error
  }
}

function notFhir(what: string): Error {
  return fhirServerErrors('FDP_FHIRSERVER_ANSWER', { what })
}

function incomplete(what: string): Error {
  return fhirServerErrors('FDP_FHIRSERVER_INCOMPLETE', { what })
}
