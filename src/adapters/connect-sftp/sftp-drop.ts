import type { FileAttributes, SftpSession } from 'ssh2'
import { type Instant, isFdpError } from '#kernel'
import type { DroppedFile, FileDrop, Source } from '#ports'
import { sftpErrors } from './errors.ts'
import type { SftpLine } from './sftp-line.ts'

const filesMax = 100_000
/** What fits into one answer of any server. */
const pieceBytes = 30 * 1024
/** Requests on their way at one time; what they bring is what is held. */
const aheadMax = 16
const [typeMask, plainFile] = [0o170000, 0o100000]
const endOfList = 1

/** A folder on the server of `line`. Throws FDP_SFTP_*. */
export function sftpDrop(line: SftpLine, place: string): FileDrop {
  const pathOf = (name: string) => `${place.replace(/\/+$/, '')}/${name}`
  return {
    async list() {
      try {
        return await listed(line, place)
      } catch (error) {
        throw isFdpError(error) ? error : sftpErrors('FDP_SFTP_PLACE')
      }
    },
    async open(name) {
      const isName = name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name)
      if (!isName) throw sftpErrors('FDP_SFTP_NAME')
      const first = await ofFile(line, pathOf(name), 'FDP_SFTP_NAME')
      return source(line, pathOf(name), name, first)
    },
  }
}

async function listed(line: SftpLine, place: string): Promise<readonly DroppedFile[]> {
  const handle = await line.ask<Buffer>((session, done) => session.opendir(place, done))
  const files: DroppedFile[] = []
  try {
    for (let seen = 0; ; ) {
      const some = await nextNames(line, handle)
      if (some === null) return files.sort((a, b) => (a.name < b.name ? -1 : 1))
      seen += some.length
      if (seen > filesMax) throw sftpErrors('FDP_SFTP_PLACE')
      for (const { filename, attrs } of some)
        if (isPlain(attrs)) files.push({ name: filename, bytes: attrs.size, modifiedAt: instantOf(attrs) })
    }
  } finally {
    await closed(line, handle)
  }
}

async function nextNames(line: SftpLine, handle: Buffer) {
  try {
    return await line.ask<Parameters<Parameters<SftpSession['readdir']>[1]>[1]>((session, done) =>
      session.readdir(handle, done),
    )
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === endOfList) return null
    throw error
  }
}

/** Size and time must be so before and after every reading; content is compared by the caller's hash of what it landed. */
function source(line: SftpLine, path: string, name: string, first: FileAttributes): Source {
  return { name, bytes: first.size, open: () => read(line, path, first) }
}

async function* read(line: SftpLine, path: string, first: FileAttributes): AsyncGenerator<Uint8Array> {
  refuseChanged(await ofFile(line, path, 'FDP_SFTP_CHANGED'), first)
  const handle = await changedUnless(line.ask<Buffer>((session, done) => session.open(path, 'r', done)))
  try {
    const coming: Promise<Buffer>[] = []
    let asked = 0
    const askAhead = () => {
      while (asked < first.size && coming.length < aheadMax) {
        const piece = whole(line, handle, asked, Math.min(pieceBytes, first.size - asked))
        // It is waited for in its turn, or not at all where one before it failed.
        piece.catch(() => {})
        coming.push(piece)
        asked += pieceBytes
      }
    }
    for (askAhead(); coming.length > 0; askAhead()) yield await changedUnless(coming.shift()!)
    refuseChanged(await changedUnless(line.ask<FileAttributes>((session, done) => session.fstat(handle, done))), first)
    refuseChanged(await ofFile(line, path, 'FDP_SFTP_CHANGED'), first)
  } finally {
    await closed(line, handle)
  }
}

/** A server may give less than it is asked for; nothing is the end of the file. */
async function whole(line: SftpLine, handle: Buffer, from: number, length: number): Promise<Buffer> {
  const into = Buffer.allocUnsafe(length)
  for (let got = 0; got < length; ) {
    const more = await line.ask<number>((session, done) =>
      session.read(handle, into, got, length - got, from + got, (error, bytes) => done(error, bytes)),
    )
    if (more <= 0) throw sftpErrors('FDP_SFTP_CHANGED')
    got += more
  }
  return into
}

/** Of the file itself: a symbolic link is none. */
async function ofFile(
  line: SftpLine,
  path: string,
  code: 'FDP_SFTP_NAME' | 'FDP_SFTP_CHANGED',
): Promise<FileAttributes> {
  try {
    const found = await line.ask<FileAttributes>((session, done) => session.lstat(path, done))
    if (isPlain(found)) return found
  } catch (error) {
    if (isFdpError(error)) throw error
  }
  throw sftpErrors(code)
}

/** What the server refuses of a file that was there is that it is there no more. */
async function changedUnless<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw isFdpError(error) ? error : sftpErrors('FDP_SFTP_CHANGED')
  }
}

function refuseChanged(now: FileAttributes, first: FileAttributes): void {
  if (now.size !== first.size || now.mtime !== first.mtime) throw sftpErrors('FDP_SFTP_CHANGED')
}

async function closed(line: SftpLine, handle: Buffer): Promise<void> {
  await line.ask<undefined>((session, done) => session.close(handle, (error) => done(error, undefined))).catch(() => {})
}

function isPlain({ mode }: FileAttributes): boolean {
  return (mode & typeMask) === plainFile
}

function instantOf({ mtime }: FileAttributes): Instant {
  return new Date(mtime * 1_000).toISOString() as Instant
}
