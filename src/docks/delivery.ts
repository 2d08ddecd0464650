import { createHash } from 'node:crypto'
import { checkManifest, type Manifest, type ManifestFile, parseManifest } from '#contracts'
import { type DateOnly, type FdpError, type Instant, isFdpError } from '#kernel'
import type { DroppedFile, FileDrop, Source } from '#ports'
import type { Dock, FromFiles } from './declaration.ts'
import type { DropWatch } from './drop-watch.ts'
import { dockErrors } from './errors.ts'
import { nameOfDay } from './schedule.ts'

/*
 * A delivery of several files with a manifest that names them: it is complete when all of them are there and as it says.
 * Docks for the several files of one delivery name the same manifest, and each takes its own file.
 */

const manifestBytesMax = 1_000_000

/** Of a dock whose deliveries come with a manifest, and of one day. */
export interface Expected {
  readonly dock: Dock
  readonly from: FromFiles & { readonly manifest: string }
  readonly day: DateOnly
  readonly drop: FileDrop
  readonly watch: DropWatch
  readonly now: Instant
}

/**
 * Whether the manifest and every file that it names lie there and lie still. The error: it cannot be read, does not
 * name the dock's file, or says that the delivery is another part of the data than the dock takes.
 */
export async function isComplete(of: Expected, files: readonly DroppedFile[]): Promise<boolean | FdpError> {
  const { dock, from, day, watch, now } = of
  const isStill = (name: string) => {
    const file = files.find((each) => each.name === name)
    return file !== undefined && watch.isStill(dock.id, file, from.stillSeconds, now)
  }
  if (!isStill(nameOfDay(from.manifest, day))) return false
  try {
    const manifest = await readManifest(of)
    return manifest.files.map(({ name }) => isStill(name)).every((each) => each)
  } catch (error) {
    if (isFdpError(error)) return error
    throw error
  }
}

/** Holds every file against the manifest; gives the rows that it says of the dock's own. FDP_DOCK_MANIFEST with the place. */
export async function checkDelivery(of: Expected, own: Source): Promise<number | null> {
  const { dock, from, day, drop, watch } = of
  const manifest = await readManifest(of)
  const name = nameOfDay(from.pattern, day)
  const place = `${from.connection ?? ''} ${from.place}`
  const delivered: ManifestFile[] = []
  for (const file of await drop.list()) {
    if (!manifest.files.some((each) => each.name === file.name)) continue
    const sha256 =
      file.name === name
        ? await sha256Of(own)
        : await watch.sumOf(place, file, async () => await sha256Of(await drop.open(file.name)))
    delivered.push({ name: file.name, sha256, bytes: file.bytes, rows: null })
  }
  const [issue] = checkManifest(manifest.files, delivered)
  if (issue) {
    const position = manifest.files.findIndex((file) => file.name === issue.name) + 1
    throw dockErrors('FDP_DOCK_MANIFEST', { dock: dock.id, day, where: `file ${position}: ${issue.what}` })
  }
  return manifest.files.find((file) => file.name === name)!.rows
}

async function readManifest({ dock, from, day, drop }: Expected): Promise<Manifest> {
  const wrong = (where: string) => dockErrors('FDP_DOCK_MANIFEST', { dock: dock.id, day, where })
  const manifest = parseManifest(await textOf(await drop.open(nameOfDay(from.manifest, day))))
  const name = nameOfDay(from.pattern, day)
  if (!manifest.files.some((file) => file.name === name)) throw wrong('it does not name the file of this dock')
  const takes = dock.kind === 'events' ? 'partial' : 'whole'
  if (manifest.extent !== null && manifest.extent !== takes) throw wrong(`it is ${manifest.extent}`)
  return manifest
}

/** Longer than any manifest: what is cut off is refused by its parser. */
async function textOf(source: Source): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of source.open()) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > 4 * manifestBytesMax) break
  }
  return Buffer.concat(chunks).toString('utf8')
}

export async function sha256Of(source: Source): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of source.open()) hash.update(chunk)
  return hash.digest('hex')
}
