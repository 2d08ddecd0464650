import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hmacSha256, lengthPrefixed } from '#kernel'

/*
 * A file in a backup, sealed: AES-256-GCM in chunks of 1 MiB of plain bytes, each with its tag; nonces count chunks; the
 * associated data say tenant, source, chunk and whether it is the last. The key is made from the key of the source and the
 * SHA-256 of the plain bytes: the same bytes are sealed to the same bytes in every backup, others under another key.
 */

const chunkBytes = 1024 * 1024
const tagBytes = 16
const label = 'openfdp/backup-file/v1'

/** What a sealed file is bound to. */
export interface SealBinding {
  readonly tenant: string
  /** The file of the tenant, as its key is called. */
  readonly source: string
  /** SHA-256 of the plain bytes, hex. */
  readonly plain: string
}

/** Seals the first `bytes` of a file; true unless they are not those that `plain` says. The copy is on stable storage. */
export async function sealFile(
  from: { readonly path: string; readonly bytes: number },
  to: string,
  sourceKey: Uint8Array,
  binding: SealBinding,
): Promise<boolean> {
  const key = contentKey(sourceKey, binding)
  const hash = createHash('sha256')
  const content =
    from.bytes === 0 ? [] : createReadStream(from.path, { end: from.bytes - 1, highWaterMark: chunkBytes })
  await writeChunks(to, inChunks(content, chunkBytes), (plain, chunk, last) => {
    hash.update(plain)
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(chunk)).setAAD(associatedData(binding, chunk, last))
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  })
  return hash.digest('hex') === binding.plain
}

/** Opens a sealed file into another one, on stable storage; false if a byte, the key or the place is another. */
export async function openSealed(
  from: string,
  to: string,
  sourceKey: Uint8Array,
  binding: SealBinding,
): Promise<boolean> {
  const key = contentKey(sourceKey, binding)
  const hash = createHash('sha256')
  try {
    await writeChunks(
      to,
      inChunks(createReadStream(from, { highWaterMark: chunkBytes }), chunkBytes + tagBytes),
      (sealed, chunk, last) => {
        if (sealed.length < tagBytes) throw new NotSealed()
        const end = sealed.length - tagBytes
        const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(chunk), { authTagLength: tagBytes })
        decipher.setAAD(associatedData(binding, chunk, last)).setAuthTag(sealed.subarray(end))
        const plain = opened(() => Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]))
        hash.update(plain)
        return plain
      },
    )
  } catch (error) {
    if (error instanceof NotSealed) return false
    throw error
  }
  return hash.digest('hex') === binding.plain
}

class NotSealed extends Error {}

function opened(open: () => Buffer): Buffer {
  try {
    return open()
  } catch {
    throw new NotSealed()
  }
}

function contentKey(sourceKey: Uint8Array, { plain }: SealBinding): Uint8Array {
  return hmacSha256(sourceKey, lengthPrefixed(label, plain))
}

function nonceOf(chunk: number): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(chunk, 8)
  return nonce
}

function associatedData({ tenant, source }: SealBinding, chunk: number, last: boolean): Uint8Array {
  return lengthPrefixed(label, tenant, source, String(chunk), last ? 'last' : 'more')
}

async function writeChunks(
  path: string,
  chunks: AsyncIterable<{ readonly bytes: Buffer; readonly last: boolean }>,
  turn: (bytes: Buffer, chunk: number, last: boolean) => Buffer,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const file = await open(path, 'w', 0o600)
  try {
    let chunk = 0
    for await (const { bytes, last } of chunks) await file.appendFile(turn(bytes, chunk++, last))
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Pieces of one length, the last one shorter; one at least. */
async function* inChunks(content: AsyncIterable<unknown> | Iterable<never>, length: number) {
  let pending: Buffer = Buffer.alloc(0)
  for await (const part of content) {
    pending = pending.length === 0 ? (part as Buffer) : Buffer.concat([pending, part as Buffer])
    // A whole piece waits for the next byte: only then is it known not to be the last.
    while (pending.length > length) {
      yield { bytes: pending.subarray(0, length), last: false }
      pending = pending.subarray(length)
    }
  }
  yield { bytes: pending, last: true }
}
