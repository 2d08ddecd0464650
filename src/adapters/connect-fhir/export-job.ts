import { type Clock, type Instant, isFdpError, type Json, parseInstant } from '#kernel'
import type { Question } from '#ports'
import { fhirServerErrors } from './errors.ts'
import { type Allowed, followed } from './links.ts'
import { type Manifest, parseManifest } from './manifest.ts'
import { msToWait } from './retry-after.ts'
import { type Reply, refusalIn, type Wire } from './wire.ts'

const manifestBytesMax = 64 * 1024 ** 2
const pollMsMin = 1_000

export interface JobInput {
  readonly kickOff: URL
  /** What the note must be about to be gone on with: says which server, question and day. */
  readonly about: string
  readonly note: Question['note']
  readonly allowed: Allowed
  readonly clock: Clock
  readonly openWire: (began: Instant, attempts?: number) => Wire
}

export interface Job {
  readonly wire: Wire
  readonly manifest: Manifest
  /** Where the list of its files came from. */
  readonly from: URL
  /** At the server and in the note. */
  end(): Promise<void>
}

interface Started {
  readonly status: URL
  readonly wire: Wire
}

/**
 * An export up to the list of its files: begun, or gone on with where the note says that one is under way. After an error
 * that will pass (status 503) the note stays; after any other the export is ended. FDP_FHIRSERVER_EXPORT and whatever a
 * request or a manifest may throw.
 */
export async function exported(input: JobInput): Promise<Job> {
  const before = await startedBefore(input)
  if (before) {
    const job = await orEnded(input, before, () => completed(input, before))
    if (job) return job
  }
  const started = await begun(input)
  return await orEnded(input, started, async () => {
    const job = await completed(input, started)
    if (job === null) throw fhirServerErrors('FDP_FHIRSERVER_EXPORT', { what: 'it is gone' })
    return job
  })
}

/** What is to happen with an export when something went wrong: kept for another attempt, or ended. */
async function orEnded<T>(input: JobInput, { status }: Started, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!willPass(error)) await ended(input, status)
    throw error
  }
}

export function willPass(error: unknown): boolean {
  return isFdpError(error) && error.status === 503
}

async function startedBefore(input: JobInput): Promise<Started | null> {
  const note = await input.note.read()
  const began = instantIn(note?.began)
  const status = statusIn(note?.status, input)
  if (began === null || status === null) return null
  const started = { status, wire: input.openWire(began) }
  if (note?.about === input.about) return started
  await ended(input, status)
  return null
}

async function begun(input: JobInput): Promise<Started> {
  const { kickOff: url, allowed, about, clock } = input
  const began = clock.now()
  const wire = input.openWire(began)
  const headers = { accept: 'application/fhir+json', prefer: 'respond-async' }
  const reply = await wire.call({ url, headers, allowed, signed: true, once: true })
  reply.drop()
  if (reply.status === 200) {
    throw fhirServerErrors('FDP_FHIRSERVER_ANSWER', { what: 'an export is answered at once' })
  }
  if (reply.status !== 202) throw refusalIn(reply)
  const location = reply.headers.get('content-location')
  const status = followed(location, reply.url, allowed, 'the status of an export')
  await input.note.write({ about, began, status: status.href })
  return { status, wire }
}

/** Waits until it is over. Null: the server does not know it (any longer). */
async function completed(input: JobInput, { status, wire }: Started): Promise<Job | null> {
  const { allowed, clock } = input
  for (let poll = 1; ; poll++) {
    const request = { url: status, headers: { accept: 'application/json' }, allowed, signed: true }
    const { reply, text } = await wire.text(request, manifestBytesMax)
    if (reply.status === 202) {
      await wire.pause(Math.max(pollMsMin, msToWait(reply.headers, poll, clock)))
      continue
    }
    if (reply.status === 404 || reply.status === 410) return null
    if (reply.status !== 200) throw failed(reply)
    return { wire, manifest: parseManifest(text), from: reply.url, end: () => ended(input, status) }
  }
}

function failed(reply: Reply): Error {
  if (reply.status === 401 || reply.status === 403) return refusalIn(reply)
  return fhirServerErrors('FDP_FHIRSERVER_EXPORT', { what: `status ${reply.status}` })
}

/** Told once, whatever time the answer took: a server that does not hear it forgets the export by itself in time. */
async function ended({ note, allowed, openWire, clock }: JobInput, status: URL): Promise<void> {
  const request = { method: 'DELETE', url: status, allowed, signed: true } as const
  await openWire(clock.now(), 1)
    .call(request)
    .then(
      (reply) => reply.drop(),
      () => {},
    )
  await note.write(null)
}

function instantIn(text: Json | undefined): Instant | null {
  try {
    return typeof text === 'string' ? parseInstant(text) : null
  } catch {
    return null
  }
}

function statusIn(text: Json | undefined, { kickOff, allowed }: JobInput): URL | null {
  try {
    return followed(text, kickOff, allowed, 'the note of an export')
  } catch {
    return null
  }
}
