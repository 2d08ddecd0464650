import { mkdir, rename, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { addDays, type Instant, londonDay } from '#kernel'
import type { Hospital } from './hospital.ts'
import { databaseAt } from './tell-database.ts'
import { filesOf } from './tell-files.ts'
import { messagesBetween, messagesToBegin } from './tell-messages.ts'

/** How many nights' files are there when the system is first seen. */
const nightsBefore = 2
const nightsMax = 30

export interface HospitalOutlets {
  /** The folder in which it leaves its files; null leaves them out. */
  readonly drop: string | null
  /** Sends a message and resolves when it was accepted; null leaves them out. */
  readonly send: ((message: Uint8Array) => Promise<void>) | null
  /** Runs statements in its database; null where there is none. */
  readonly script: ((statements: string) => Promise<void>) | null
}

export interface Told {
  readonly files: number
  readonly messages: number
}

/** Tells whatever there is to tell after a moment (null: from the beginning) and up to another. */
export async function tellUpTo(
  hospital: Hospital,
  after: Instant | null,
  upTo: Instant,
  { drop, send, script }: HospitalOutlets,
): Promise<Told> {
  if (script) await script(databaseAt(hospital, upTo))
  const messages =
    send === null ? [] : after === null ? messagesToBegin(hospital, upTo) : messagesBetween(hospital, after, upTo)
  for (const { bytes } of messages) await send!(bytes)
  const files = drop === null ? 0 : await leaveFiles(hospital, after, upTo, drop)
  return { files, messages: messages.length }
}

async function leaveFiles(hospital: Hospital, after: Instant | null, upTo: Instant, drop: string): Promise<number> {
  await mkdir(drop, { recursive: true })
  const last = londonDay(upTo)
  const earliest = addDays(last, -nightsMax)
  const since = after === null ? addDays(last, -nightsBefore) : addDays(londonDay(after), -1)
  let files = 0
  for (let day = [since, earliest].sort().at(-1)!; day < last; day = addDays(day, 1)) {
    for (const { name, bytes, writtenAt } of filesOf(hospital, day)) {
      if (writtenAt > upTo || (after !== null && writtenAt <= after)) continue
      // Under another name first: who looks meanwhile sees no half of a file.
      const path = join(drop, name)
      await writeFile(`${path}.part`, bytes)
      await utimes(`${path}.part`, new Date(writtenAt), new Date(writtenAt))
      await rename(`${path}.part`, path)
      files++
    }
  }
  return files
}
