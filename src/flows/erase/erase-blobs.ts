import { writeFormat } from '#kernel'
import { flowLog } from '../flow-log.ts'
import { lines, type QuarantineLine } from '../quarantine.ts'
import { quarantineFormat } from '../quarantine-file.ts'
import { recordPurged } from './purge.ts'
import { aboutPeople, type Erasing, type Traces, traceFinder } from './traces.ts'

const quarantineBytesMax = 4 * 1024 ** 3

/**
 * Landed files of types about people go whole, once they have been published or refused: nobody reads them again but to
 * show what was sent. Of quarantined rows those that hold a trace go, with every rule that they broke.
 */
export async function eraseBlobs(erasing: Erasing, traces: Traces): Promise<void> {
  const { deps, id } = erasing
  const { received, outcomes, blobs: named } = await flowLog(deps.ledger)
  const types = new Set(aboutPeople())
  const waiting = new Set(
    [...received.values()].filter(({ submission }) => !outcomes.has(submission)).map(({ blob }) => blob),
  )
  const landed = [...received.values()].filter(({ object, blob }) => types.has(object) && !waiting.has(blob))
  const purged = new Map<string, string | null>()
  for (const { blob } of landed) if (named.has(blob)) purged.set(blob, null)
  for (const { object, quarantine, submission } of outcomes.values()) {
    if (quarantine === null || !types.has(object)) continue
    const now = await withoutThem(erasing, traces, { submission, object, blob: quarantine })
    if (now !== quarantine) purged.set(quarantine, now)
  }
  const blobs = [...purged].map(([blob, now]) => ({ blob, now }))
  await recordPurged(deps, { erasure: id }, { blobs })
  for (const { blob } of blobs) await deps.blobs.delete(blob)
}

/** The blob of what stays in quarantine; the same where nothing goes, null where nothing stays. */
async function withoutThem(
  { deps }: Erasing,
  traces: Traces,
  { submission, object, blob }: { submission: string; object: string; blob: string },
): Promise<string | null> {
  const isTrace = traceFinder(traces)
  const theirs = new Set<number>()
  let others = 0
  for await (const { row, value } of lines(deps, blob)) if (value !== null && isTrace(value)) theirs.add(row)
  if (theirs.size === 0) return blob
  for await (const { row } of lines(deps, blob)) if (!theirs.has(row)) others++
  if (others === 0) return null
  async function* kept(): AsyncGenerator<Uint8Array> {
    const line = (each: object) => Buffer.from(`${JSON.stringify(each)}\n`)
    yield line(writeFormat(quarantineFormat, { submission, object }))
    for await (const each of lines(deps, blob) as AsyncIterable<QuarantineLine>)
      if (!theirs.has(each.row)) yield line(each)
  }
  return (await deps.blobs.put(kept(), quarantineBytesMax)).id
}
