import type { FileHandle } from 'node:fs/promises'
import { isFdpError, toHex } from '#kernel'
import type { Blob, Keys } from '#ports'
import { chunkBytes, openPiece, tagBytes, trailerBytes } from './blob-cipher.ts'
import { decodeHeader, headerBytesMax } from './blob-header.ts'
import { blobErrors } from './errors.ts'

const sealedChunkBytes = chunkBytes + tagBytes

/** A blob whose header and trailer are authentic and fit its name and its size; the chunks are not read yet. */
export interface OpenedBlob extends Blob {
  chunks(): AsyncGenerator<Uint8Array>
}

/**
 * Opens the blob `id` from its file. `idOf` names a content hash, so that an authentic file under another blob's name
 * is refused. Throws FDP_BLOB_TAMPERED before any byte that is not as stored.
 */
export async function openBlob(
  file: FileHandle,
  id: string,
  keys: Keys,
  idOf: (sha256: Uint8Array) => string,
): Promise<OpenedBlob> {
  const tampered = () => blobErrors('FDP_BLOB_TAMPERED', { id })
  const { size } = await file.stat()
  const header = await readHeader(file, size, keys, tampered)
  const end = size - trailerBytes
  const trailer = openPiece(header.dataKey, keys.tenant, 'trailer', await readExactly(file, end, trailerBytes))
  if (!trailer || idOf(trailer.subarray(0, 32)) !== id) throw tampered()
  const bytes = Number(trailer.readBigUInt64BE(32))
  const chunks = Math.max(1, Math.ceil(bytes / chunkBytes))
  if (end - header.end !== bytes + chunks * tagBytes) throw tampered()

  async function* readChunks() {
    for (let chunk = 0; chunk < chunks; chunk++) {
      const start = header.end + chunk * sealedChunkBytes
      const sealed = await readExactly(file, start, Math.min(sealedChunkBytes, end - start))
      const plain = openPiece(header.dataKey, keys.tenant, { chunk, last: chunk === chunks - 1 }, sealed)
      if (!plain) throw tampered()
      if (plain.length > 0) yield plain
    }
  }
  return { id, bytes, sha256: toHex(trailer.subarray(0, 32)), chunks: readChunks }
}

/** What the first bytes of a blob's file say; `end` is where the first chunk starts. */
export interface ReadHeader {
  readonly dataKey: Uint8Array
  readonly keyVersion: number
  readonly end: number
}

/** Throws what `tampered` makes, or FDP_FORMAT_NEWER. */
export async function readHeader(
  file: FileHandle,
  size: number,
  keys: Keys,
  tampered: () => Error,
): Promise<ReadHeader> {
  const length = (await readExactly(file, 0, 4)).readUInt32BE()
  if (length > headerBytesMax || 4 + length + tagBytes + trailerBytes > size) throw tampered()
  try {
    const wrapped = decodeHeader(await readExactly(file, 4, length))
    return { dataKey: keys.unwrap('blob', wrapped), keyVersion: wrapped.keyVersion, end: 4 + length }
  } catch (error) {
    if (isFdpError(error, 'FDP_FORMAT_NEWER')) throw error
    throw tampered()
  }
}

/** Shorter than asked for leaves zeros at the end, which no authentic piece has. */
async function readExactly(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer
}
