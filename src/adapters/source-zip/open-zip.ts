import type { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl'
import { limits } from '#kernel'
import type { OpenArchive } from '#ports'
import { zipErrors } from './errors.ts'

/** A file of 85 MB comes in 4 MB; more than this many times is an attack, once there is enough of it to matter. */
const expansionMax = 100
const expansionFreeBytes = 16 * 1024 * 1024
const pieceBytes = 64 * 1024
const [stored, deflated] = [0, 8]

/** An entry with its place in the directory, from 1: all that an error may say of it. */
interface Member {
  readonly entry: Entry
  readonly position: number
}

/** An archive from its bytes. Errors: FDP_ZIP_*; while a file is read, FDP_ZIP_DAMAGED and FDP_ZIP_EXPANDS. */
export const openZip: OpenArchive = async (bytes) => {
  const zip = await opened(await gathered(bytes))
  const members = await membersOf(zip)
  return {
    names: [...members.keys()],
    open: (name) => {
      const member = members.get(name)
      return member ? unpacked(zip, member) : null
    },
  }
}

async function gathered(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of bytes) {
    length += chunk.length
    if (length > limits.archiveBytesMax) throw zipErrors('FDP_ZIP_TOO_LARGE', { max: limits.archiveBytesMax })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** What the library says may hold a name or what stands in the file. */
async function opened(bytes: Buffer): Promise<ZipFile> {
  return await fromBufferPromise(bytes, { validateEntrySizes: true, strictFileNames: true }).catch(() => {
    throw damaged()
  })
}

async function membersOf(zip: ZipFile): Promise<Map<string, Member>> {
  const members = new Map<string, Member>()
  if (zip.entryCount > limits.archiveFilesMax) throw tooMany()
  let position = 0
  try {
    for await (const entry of zip.eachEntry()) {
      if (++position > limits.archiveFilesMax) throw tooMany()
      const name = entry.fileName
      if (name.endsWith('/')) continue
      if (members.has(name)) throw zipErrors('FDP_ZIP_NAME')
      members.set(name, { entry, position })
    }
  } catch (error) {
    throw ofName(error) ? zipErrors('FDP_ZIP_NAME') : outward(error)
  }
  return members
}

async function* unpacked(zip: ZipFile, member: Member): AsyncGenerator<Uint8Array> {
  const { entry, position } = member
  checkEntry(member)
  const bytesMax = Math.max(expansionFreeBytes, entry.compressedSize * expansionMax)
  const stream: Readable = await zip.openReadStreamPromise(entry).catch(() => {
    throw damaged(position)
  })
  let checksum = 0
  let bytes = 0
  const chunks = stream[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next: IteratorResult<Uint8Array> = await chunks.next().catch(() => {
        throw damaged(position)
      })
      if (next.done) break
      bytes += next.value.length
      if (bytes > bytesMax) throw expands(position, bytesMax)
      checksum = crc32(next.value, checksum)
      // A file that is stored comes in one piece, whatever its size.
      for (let from = 0; from < next.value.length; from += pieceBytes)
        yield next.value.subarray(from, from + pieceBytes)
    }
    if (checksum !== entry.crc32) throw damaged(position)
  } finally {
    stream.destroy()
  }
}

/** What its directory says already; the same is watched while it is unpacked. */
function checkEntry({ entry, position }: Member): void {
  if (entry.isEncrypted()) throw zipErrors('FDP_ZIP_ENCRYPTED', { position })
  if (entry.compressionMethod !== stored && entry.compressionMethod !== deflated)
    throw zipErrors('FDP_ZIP_METHOD', { position })
  if (entry.uncompressedSize > limits.submissionBytesMax) throw expands(position, 0)
}

function expands(position: number, bytes: number): Error {
  return zipErrors('FDP_ZIP_EXPANDS', { position, bytes })
}

function tooMany(): Error {
  return zipErrors('FDP_ZIP_FILES_TOO_MANY', { max: limits.archiveFilesMax })
}

function damaged(position?: number): Error {
  return zipErrors('FDP_ZIP_DAMAGED', { place: position === undefined ? '' : ` in file ${position}` })
}

function ofName(error: unknown): boolean {
  return error instanceof Error && /^(invalid relative path|absolute path|invalid characters)/.test(error.message)
}

function outward(error: unknown): unknown {
  const isOurs = error instanceof Error && 'code' in error && String(error.code).startsWith('FDP_')
  return isOurs ? error : damaged()
}
