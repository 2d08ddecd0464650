import { Type } from '@sinclair/typebox'
import type { ConnectionKind } from '#ports'
import { s3Errors } from './errors.ts'
import { S3Bucket } from './s3-bucket.ts'
import { s3Drop } from './s3-drop.ts'

const settings = Type.Object(
  {
    endpoint: Type.String({ minLength: 1, maxLength: 500, description: 'Address of the store: `https://s3.example`.' }),
    region: Type.String({ minLength: 1, maxLength: 100, description: 'Its region, such as `eu-west-2`.' }),
    bucket: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$', description: 'Name of the bucket.' }),
    pathStyle: Type.Optional(
      Type.Boolean({ description: 'Whether the bucket stands in the path (unless told) or before the host.' }),
    ),
    accessKeyFile: Type.String({ minLength: 1, description: 'File with the access key id.' }),
    secretKeyFile: Type.String({ minLength: 1, description: 'File with the secret access key.' }),
  },
  { additionalProperties: false },
)

/** Prefixes in a bucket. A place is a prefix, without the slash behind it; empty is the bucket itself. */
export const s3Kind: ConnectionKind<typeof settings> = {
  settings,
  open({ endpoint, region, bucket, pathStyle, accessKeyFile, secretKeyFile }, secret) {
    const opened = new S3Bucket(bucketUrl(endpoint, bucket, pathStyle ?? true), region, () => ({
      accessKeyId: secret(accessKeyFile).trim(),
      secretAccessKey: secret(secretKeyFile).trim(),
    }))
    return { drop: (place) => s3Drop(opened, place), close: async () => {} }
  },
}

/** Without a slash at the end. */
function bucketUrl(endpoint: string, bucket: string, pathStyle: boolean): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null
  if (!url) throw s3Errors('FDP_S3_SETTINGS', { problem: 'no endpoint can be read' })
  const local = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && local))
    throw s3Errors('FDP_S3_SETTINGS', { problem: 'files are not fetched in clear' })
  if (url.username || url.password || url.search || url.hash)
    throw s3Errors('FDP_S3_SETTINGS', { problem: 'the endpoint holds more than host and path' })
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
    throw s3Errors('FDP_S3_SETTINGS', { problem: 'that is no name of a bucket' })
  const path = url.pathname.replace(/\/+$/, '')
  return pathStyle ? `${url.origin}${path}/${bucket}` : `${url.protocol}//${bucket}.${url.host}${path}`
}
