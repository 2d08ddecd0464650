import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { type Random, toHex } from '#kernel'
import type { Keys } from '#ports'
import { chunkBytes, sealPiece } from './blob-cipher.ts'
import { encodeHeader } from './blob-header.ts'
import { blobErrors } from './errors.ts'

/** Writes header, chunks and trailer of one blob to an empty file. Throws FDP_BLOB_TOO_LARGE, or what `content` throws. */
export async function writeBlob(
  file: FileHandle,
  content: AsyncIterable<Uint8Array>,
  bytesMax: number,
  keys: Keys,
  random: Random,
): Promise<{ bytes: number; sha256: string }> {
  const dataKey = random.bytes(32)
  const hash = createHash('sha256')
  const pending = Buffer.alloc(chunkBytes)
  let filled = 0
  let bytes = 0
  let chunk = 0
  const flush = async (last: boolean) => {
    await file.appendFile(sealPiece(dataKey, keys.tenant, { chunk: chunk++, last }, pending.subarray(0, filled)))
    filled = 0
  }
  await file.appendFile(encodeHeader(keys.wrap('blob', dataKey)))
  for await (const part of content) {
    bytes += part.length
    if (bytes > bytesMax) throw blobErrors('FDP_BLOB_TOO_LARGE', { bytesMax })
    hash.update(part)
    // A full buffer waits for the next byte: only then is it known not to be the last chunk.
    for (let at = 0; at < part.length; ) {
      if (filled === chunkBytes) await flush(false)
      const taken = Math.min(chunkBytes - filled, part.length - at)
      pending.set(part.subarray(at, at + taken), filled)
      filled += taken
      at += taken
    }
  }
  await flush(true)
  const digest = hash.digest()
  await file.appendFile(sealPiece(dataKey, keys.tenant, 'trailer', encodeTrailer(digest, bytes)))
  pending.fill(0)
  return { bytes, sha256: toHex(digest) }
}

function encodeTrailer(digest: Buffer, bytes: number): Buffer {
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(BigInt(bytes))
  return Buffer.concat([digest, length])
}
