import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface S3Server extends AsyncDisposable {
  readonly endpoint: string
  readonly objects: Map<string, { readonly content: Buffer; readonly modified: Date }>
  readonly asked: string[]
  /** In place of what it would say. */
  instead: ((request: IncomingMessage, response: ServerResponse) => boolean) | null
}

export const s3Keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
export const s3Region = 'eu-west-2'
export const s3Bucket = 'from-elsewhere'
const pageKeys = 3

/**
 * What a store answers to the three requests that are made of it: ListObjectsV2, HeadObject, GetObject with If-Match, of one
 * bucket in the path. Signatures are checked by the documentation of AWS Signature Version 4, not by a library.
 */
export async function s3Server(): Promise<S3Server> {
  const state = { objects: new Map(), asked: [] as string[], instead: null as S3Server['instead'] }
  const server = createServer((request, response) => {
    state.asked.push(`${request.method} ${request.url}`)
    if (state.instead?.(request, response)) return
    if (!isSigned(request)) return void response.writeHead(403).end()
    answer(state.objects, request, response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return Object.assign(state, {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  })
}

function answer(objects: S3Server['objects'], request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '', 'http://store')
  const [, bucket, ...rest] = url.pathname.split('/').map(decodeURIComponent)
  if (bucket !== s3Bucket) return void response.writeHead(404).end()
  const key = rest.join('/')
  if (key === '') return void response.writeHead(200).end(listOf(objects, url.searchParams))
  const object = objects.get(key)
  if (!object) return void response.writeHead(404).end()
  const etag = `"${createHash('md5').update(object.content).digest('hex')}"`
  const wanted = request.headers['if-match']
  if (wanted !== undefined && wanted !== etag) return void response.writeHead(412).end()
  response.writeHead(200, { etag, 'content-length': object.content.length })
  response.end(request.method === 'HEAD' ? undefined : object.content)
}

function listOf(objects: S3Server['objects'], query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? ''
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort()
  const below = keys.filter((key) => !key.slice(prefix.length).includes('/'))
  const from = Number(query.get('continuation-token') ?? 0)
  const page = below.slice(from, from + pageKeys)
  const isLast = from + pageKeys >= below.length
  const contents = page.map((key) => {
    const { content, modified } = objects.get(key)!
    const said = encodeURIComponent(key).replaceAll('%20', '+')
    return `<Contents><Key>${said}</Key><LastModified>${modified.toISOString()}</LastModified>
      <Size>${content.length}</Size><Owner><ID>1</ID></Owner></Contents>`
  })
  const next = isLast ? '' : `<NextContinuationToken>${from + pageKeys}</NextContinuationToken>`
  return `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <EncodingType>url</EncodingType><IsTruncated>${!isLast}</IsTruncated>${next}${contents.join('')}
    <CommonPrefixes><Prefix>${prefix}folder/</Prefix></CommonPrefixes></ListBucketResult>`
}

function isSigned({ method, url, headers }: IncomingMessage): boolean {
  const told =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8}\/([^/]+)\/s3\/aws4_request), SignedHeaders=([^,]+), Signature=(\w{64})$/.exec(
      headers.authorization ?? '',
    )
  if (!told) return false
  const [, id, scope = '', region = '', names = '', signature] = told
  const [path = '', search = ''] = (url ?? '').split('?')
  const query = search.split('&').filter(Boolean).sort().join('&')
  const signed = names.split(';').map((name) => `${name}:${String(headers[name] ?? '').trim()}\n`)
  const payload = String(headers['x-amz-content-sha256'])
  const canonical = [method, path, query, signed.join(''), names, payload].join('\n')
  const hash = createHash('sha256').update(canonical).digest('hex')
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, hash].join('\n')
  const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest()
  const day = hmac(`AWS4${s3Keys.secretAccessKey}`, scope.slice(0, 8))
  const key = hmac(hmac(hmac(day, region), 's3'), 'aws4_request')
  const isOurs = id === s3Keys.accessKeyId && region === s3Region && names.split(';').includes('host')
  return isOurs && hmac(key, text).toString('hex') === signature
}
