import { createReadStream } from 'node:fs'
import { access, constants, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { type Entry, open as openZip, type ZipFile } from 'yauzl'
import { limits } from '#kernel'
import type { Source } from '#ports'
import { fail } from '../errors.ts'
import { withoutPreamble } from './preamble.ts'

/** A real file of 85 MB comes in 4 MB; more than this many times is an attack or not this file. */
const expansionMax = 100
const csvBytesMax = Math.min(4 * 1024 ** 3, limits.submissionBytesMax)
const entriesMax = 20

/**
 * A published file as a source, `.csv` or the `.zip` it comes in (exactly one .csv inside, limits on expansion), without
 * the title rows that early files have above their header. Throws FDP_METRICS_NO_FILE,
 * FDP_METRICS_ZIP; while it is read also FDP_METRICS_NOT_AN_RTT_FILE.
 */
export async function officialFileSource(path: string): Promise<Source> {
  const name = basename(path)
  if (!(await readable(path))) throw fail('FDP_METRICS_NO_FILE', { name })
  if (!/\.zip$/i.test(name)) {
    const { size } = await stat(path)
    return { name, bytes: size, open: () => withoutPreamble(createReadStream(path), name) }
  }
  const { fileName, bytes } = await onlyCsv(path, name)
  return { name: basename(fileName), bytes, open: () => withoutPreamble(unzipped(path, name), name) }
}

async function onlyCsv(path: string, name: string): Promise<{ fileName: string; bytes: number }> {
  const zip = await openArchive(path, name)
  try {
    return checkEntry(await csvEntry(zip, name), name)
  } finally {
    zip.close()
  }
}

async function* unzipped(path: string, name: string): AsyncIterable<Uint8Array> {
  const zip = await openArchive(path, name)
  try {
    const entry = await csvEntry(zip, name)
    checkEntry(entry, name)
    const stream = await new Promise<Readable>((resolve, reject) => {
      zip.openReadStream(entry, (error, opened) => (error ? reject(damaged(name)) : resolve(opened)))
    })
    yield* whole(stream, entry.crc32, name)
  } finally {
    zip.close()
  }
}

/** The library watches the size, this the checksum. Whatever is wrong inside is one and the same to the user. */
async function* whole(stream: Readable, checksum: number, name: string): AsyncIterable<Uint8Array> {
  let seen = 0
  const chunks = stream[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next: IteratorResult<Uint8Array> = await chunks.next().catch(() => {
        throw damaged(name)
      })
      if (next.done) break
      seen = crc32(next.value, seen)
      yield next.value
    }
    if (seen !== checksum) throw damaged(name)
  } finally {
    stream.destroy()
  }
}

function checkEntry(entry: Entry, name: string): { fileName: string; bytes: number } {
  const bytes = entry.uncompressedSize
  if (bytes > csvBytesMax || bytes > entry.compressedSize * expansionMax) {
    throw fail('FDP_METRICS_ZIP', { name, problem: 'it would grow beyond the limit when unpacked' })
  }
  if (entry.isEncrypted()) throw fail('FDP_METRICS_ZIP', { name, problem: 'it is encrypted' })
  return { fileName: entry.fileName, bytes }
}

async function readable(path: string): Promise<boolean> {
  return await access(path, constants.R_OK).then(
    () => true,
    () => false,
  )
}

async function openArchive(path: string, name: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    openZip(path, { lazyEntries: true, autoClose: false, validateEntrySizes: true }, (error, zip) =>
      error ? reject(damaged(name)) : resolve(zip),
    )
  })
}

function csvEntry(zip: ZipFile, name: string): Promise<Entry> {
  return new Promise((resolve, reject) => {
    const found: Entry[] = []
    let seen = 0
    zip.on('entry', (entry: Entry) => {
      if (/\.csv$/i.test(entry.fileName)) found.push(entry)
      if (++seen > entriesMax)
        reject(fail('FDP_METRICS_ZIP', { name, problem: `it holds more than ${entriesMax} files` }))
      else zip.readEntry()
    })
    zip.on('end', () => {
      const [only] = found
      if (only && found.length === 1) resolve(only)
      else reject(fail('FDP_METRICS_ZIP', { name, problem: `it holds ${found.length} .csv files` }))
    })
    zip.on('error', () => reject(damaged(name)))
    zip.readEntry()
  })
}

function damaged(name: string) {
  return fail('FDP_METRICS_ZIP', { name, problem: 'it is damaged' })
}
