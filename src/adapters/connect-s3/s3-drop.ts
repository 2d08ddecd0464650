import { type Instant, isFdpError } from '#kernel'
import type { DroppedFile, FileDrop, Source } from '#ports'
import { s3Errors } from './errors.ts'
import { type ObjectList, parseObjectList } from './object-list.ts'
import type { S3Bucket } from './s3-bucket.ts'

const pageKeys = 1_000
const filesMax = 100_000
const listBytesMax = 16 * 1024 ** 2

/** What lies right below a prefix. Throws FDP_S3_*. */
export function s3Drop(bucket: S3Bucket, place: string): FileDrop {
  const folder = place.replace(/^\/+|\/+$/g, '')
  const prefix = folder === '' ? '' : `${folder}/`
  return {
    async list() {
      const files: DroppedFile[] = []
      let from: string | null = null
      let seen = 0
      do {
        const page: ObjectList = await pageOf(bucket, prefix, from)
        for (const { key, bytes, modifiedAt } of page.objects) {
          const name = key.slice(prefix.length)
          const isMeant = key.startsWith(prefix) && isName(name)
          if (isMeant) files.push({ name, bytes, modifiedAt: modifiedAt as Instant })
        }
        seen += Math.max(1, page.objects.length)
        if (seen > filesMax) throw s3Errors('FDP_S3_PLACE')
        from = page.next
      } while (from !== null)
      return files.sort((a, b) => (a.name < b.name ? -1 : 1))
    },
    async open(name) {
      if (!isName(name)) throw s3Errors('FDP_S3_NAME')
      const { status, headers } = await bucket.ask('HEAD', `${prefix}${name}`)
      const etag = headers.get('etag')
      const length = headers.get('content-length') ?? ''
      if (status === 404) throw s3Errors('FDP_S3_NAME')
      if (status !== 200 || etag === null || !/^\d{1,15}$/.test(length)) throw s3Errors('FDP_S3_UNREACHABLE')
      return source(bucket, `${prefix}${name}`, { name, etag, bytes: Number(length) })
    },
  }
}

function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name)
}

async function pageOf(bucket: S3Bucket, prefix: string, from: string | null): Promise<ObjectList> {
  const query = {
    ...(from === null ? {} : { 'continuation-token': from }),
    ...{ delimiter: '/', 'encoding-type': 'url', 'list-type': '2', 'max-keys': String(pageKeys), prefix },
  }
  const answer = await bucket.ask('GET', '', { query })
  if (answer.status !== 200) throw s3Errors('FDP_S3_PLACE')
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of answer.body()) {
    bytes += chunk.length
    if (bytes > listBytesMax) throw s3Errors('FDP_S3_PLACE')
    chunks.push(chunk)
  }
  try {
    return parseObjectList(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)))
  } catch (error) {
    throw isFdpError(error) ? error : s3Errors('FDP_S3_PLACE')
  }
}

interface Seen {
  readonly name: string
  readonly etag: string
  readonly bytes: number
}

function source(bucket: S3Bucket, key: string, seen: Seen): Source {
  return { name: seen.name, bytes: seen.bytes, open: () => read(bucket, key, seen) }
}

/** A store that does not know If-Match says the ETag all the same. */
async function* read(bucket: S3Bucket, key: string, { etag, bytes }: Seen): AsyncGenerator<Uint8Array> {
  const headers = { 'if-match': etag, 'accept-encoding': 'identity' }
  const answer = await bucket.ask('GET', key, { headers })
  if (answer.status === 412 || answer.status === 404) throw s3Errors('FDP_S3_CHANGED')
  if (answer.status !== 200) throw s3Errors('FDP_S3_UNREACHABLE')
  if (answer.headers.get('etag') !== etag) {
    await answer.cancel()
    throw s3Errors('FDP_S3_CHANGED')
  }
  let got = 0
  for await (const chunk of answer.body()) {
    got += chunk.length
    yield chunk
  }
  if (got !== bytes) throw s3Errors('FDP_S3_UNREACHABLE')
}
