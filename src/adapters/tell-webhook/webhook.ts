import { createHmac } from 'node:crypto'
import { type Static, Type } from '@sinclair/typebox'
import { type Clock, canonicalJson } from '#kernel'
import type { Connection, ConnectionKind, Notice } from '#ports'
import { webhookErrors } from './errors.ts'

const settings = Type.Object(
  {
    url: Type.String({ maxLength: 1_000, description: 'Where notices are sent: https, or this machine.' }),
    secretFile: Type.String({
      maxLength: 100,
      description: 'The secret that signs them, as Standard Webhooks writes it: `whsec_` and base64 of 24 to 64 bytes.',
    }),
    secondsMax: Type.Integer({
      ...{ minimum: 1, maximum: 120, default: 10 },
      description: 'How long an answer is waited for.',
    }),
  },
  { additionalProperties: false },
)

/** `clock`: for the time that a signature speaks of. */
export function webhookKind(clock: Clock): ConnectionKind<typeof settings> {
  return {
    settings,
    open(given, secret) {
      const to = { ...given, url: checkedUrl(given.url), key: keyOf(secret(given.secretFile)) }
      return { tell: (notice) => send(to, notice, clock), close: async () => {} } satisfies Connection
    },
  }
}

interface To extends Static<typeof settings> {
  readonly key: Buffer
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const isHere = url !== null && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  if (!url || (url.protocol !== 'https:' && !(url.protocol === 'http:' && isHere))) {
    throw webhookErrors('FDP_WEBHOOK_SETTINGS', { what: '`url` is no address that begins with https://' })
  }
  if (url.username !== '' || url.password !== '') {
    throw webhookErrors('FDP_WEBHOOK_SETTINGS', { what: '`url` holds a name or a password' })
  }
  return url.href
}

function keyOf(secret: string): Buffer {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  if (key.length < 24 || key.length > 64) {
    throw webhookErrors('FDP_WEBHOOK_SETTINGS', { what: 'its secret is not base64 of 24 to 64 bytes' })
  }
  return key
}

async function send({ url, key, secondsMax }: To, { id, document }: Notice, clock: Clock): Promise<void> {
  const body = canonicalJson(document)
  const time = String(Math.floor(Date.parse(clock.now()) / 1_000))
  const signature = createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64')
  const answer = await fetch(url, {
    ...{ method: 'POST', body, redirect: 'manual', signal: AbortSignal.timeout(secondsMax * 1_000) },
    headers: {
      ...{ 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': time },
      'webhook-signature': `v1,${signature}`,
    },
  }).catch(() => null)
  await answer?.body?.cancel().catch(() => {})
  if (answer?.ok) return
  throw webhookErrors('FDP_WEBHOOK_NOT_TAKEN', { what: answer ? `status ${answer.status}` : 'no answer' })
}
