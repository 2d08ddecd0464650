import { fhirServerErrors } from './errors.ts'
import { type Job, willPass } from './export-job.ts'
import { handOn, type Part, type Watch } from './hand-on.ts'
import { LineWatch } from './line-watch.ts'
import { type Allowed, followed } from './links.ts'
import type { ManifestFile } from './manifest.ts'
import { outcomeIn, type Seen } from './outcomes.ts'
import { BrokenOff, type Reply, type Request, readUpTo, refusalIn, type Wire } from './wire.ts'

const errorFileBytesMax = 64 * 1024 ** 2
const lineFeed = Buffer.from('\n')

interface Listed {
  readonly url: URL
  readonly count: number | null
}

/**
 * The files of an export, one after another. Before the first of them what the server says that the export lacks is looked
 * at: FDP_FHIRSERVER_INCOMPLETE unless that is accepted. The export is ended when all was read, when reading is given up,
 * and after an error that will not pass. Addresses are checked before any is asked: FDP_FHIRSERVER_ELSEWHERE.
 */
export async function exportedFiles(
  job: Job,
  { allowed, accepts, seen }: { readonly allowed: Allowed; readonly accepts: boolean; readonly seen: Seen },
): Promise<AsyncGenerator<Buffer>> {
  const { wire, manifest } = job
  const listed = (files: readonly ManifestFile[]): Listed[] =>
    files.map(({ url, count }) => ({ url: followed(url, job.from, allowed, 'a file of an export'), count }))
  const bytesOf = (file: Listed, watch?: Watch) =>
    handOn(wire, downloads(wire, { url: file.url, allowed, signed: manifest.signed }), watch)

  async function checked(): Promise<readonly Listed[]> {
    const output = listed(manifest.output)
    seen.deletedFiles = manifest.deleted.length
    if (seen.deletedFiles > 0 && !accepts) throw incomplete('it lists resources that were deleted')
    for (const file of listed(manifest.error)) {
      const text = await readUpTo(bytesOf(file), errorFileBytesMax)
      for (const line of text.toString('utf8').split('\n')) {
        if (line.trim() === '') continue
        const { errors, warnings } = outcomeIn(Buffer.from(line)) ?? { errors: 1, warnings: 0 }
        seen.errors += errors
        seen.warnings += warnings
      }
    }
    if (seen.errors > 0 && !accepts) throw incomplete(`it lists ${seen.errors} errors`)
    return output
  }

  async function* files(output: readonly Listed[]): AsyncGenerator<Buffer> {
    let isOver = true
    try {
      for (const file of output) {
        const watch = new LineWatch()
        yield* bytesOf(file, watch)
        if (!watch.isEnded) yield lineFeed
        if (file.count !== null && file.count !== watch.resources)
          throw incomplete('a file lacks resources, or has more')
        seen.resources += watch.resources
      }
    } catch (error) {
      isOver = !willPass(error)
      throw error
    } finally {
      if (isOver) await job.end()
    }
  }

  try {
    return files(await checked())
  } catch (error) {
    if (!willPass(error)) await job.end()
    throw error
  }
}

/**
 * One file, from a byte on where the server can (RFC 9110 section 14.2, If-Range); else from its beginning. What came packed
 * has no places that could be asked for.
 */
function downloads(wire: Wire, file: Request): (from: number) => Promise<Part> {
  let version: string | null = null
  return async (from) => {
    const rest = from > 0 && version !== null ? { range: `bytes=${from}-`, 'if-range': version } : {}
    const headers = { accept: 'application/fhir+ndjson', ...rest }
    const reply = await wire.call({ ...file, headers })
    if (reply.status === 200) {
      version = versionOf(reply.headers)
      return { from: 0, bytes: reply.bytes() }
    }
    const isRest = reply.status === 206 && reply.headers.get('content-range')?.startsWith(`bytes ${from}-`) === true
    if (version !== null && isRest && isPlain(reply.headers)) return { from, bytes: reply.bytes() }
    reply.drop()
    const failed = reply.status === 401 || reply.status === 403 ? refusalIn(reply) : noFile(reply)
    if (version === null) throw failed
    version = null
    throw new BrokenOff(failed)
  }
}

/** A mark of exactly these bytes, if they can be asked for in parts. */
function versionOf(headers: Headers): string | null {
  const tag = headers.get('etag')
  const canRange = headers.get('accept-ranges') === 'bytes' && isPlain(headers)
  return canRange && tag !== null && /^"[!-~]*"$/.test(tag) ? tag : null
}

function isPlain(headers: Headers): boolean {
  return (headers.get('content-encoding') ?? 'identity') === 'identity'
}

function noFile({ status }: Reply): Error {
  return fhirServerErrors('FDP_FHIRSERVER_EXPORT', { what: `status ${status} for a file` })
}

function incomplete(what: string): Error {
  return fhirServerErrors('FDP_FHIRSERVER_INCOMPLETE', { what: `of an export, ${what}` })
}
