import { type Static, Type } from '@sinclair/typebox'
import { createTransport } from 'nodemailer'
import type { ConnectionKind, Notice } from '#ports'
import { emailErrors } from './errors.ts'

const address = { pattern: '^[^@\\s<>",;:]{1,64}@[A-Za-z0-9.-]{1,190}$', maxLength: 255 }
const settings = Type.Object(
  {
    host: Type.String({ maxLength: 255, description: 'The mail server.' }),
    port: Type.Integer({ ...{ minimum: 1, maximum: 65_535, default: 587 }, description: 'Its port for submission.' }),
    security: Type.Union([Type.Literal('starttls'), Type.Literal('tls'), Type.Literal('none')], {
      default: 'starttls',
      description:
        '`starttls` begins in clear and turns to TLS before anything is said, `none` is for this machine only.',
    }),
    caFile: Type.Optional(
      Type.String({
        maxLength: 100,
        description: 'PEM of who vouches for the server, where the system does not know them.',
      }),
    ),
    user: Type.Optional(Type.String({ maxLength: 255, description: 'Who signs in; nobody does without it.' })),
    passwordFile: Type.Optional(Type.String({ maxLength: 100, description: 'Their password.' })),
    from: Type.String({ ...address, description: 'The sender’s address.' }),
    to: Type.Array(Type.String(address), {
      ...{ minItems: 1, maxItems: 50 },
      description: 'The recipients’ addresses.',
    }),
    secondsMax: Type.Integer({
      ...{ minimum: 1, maximum: 300, default: 30 },
      description: 'How long the server is waited for, at each step.',
    }),
  },
  { additionalProperties: false },
)

type Settings = Static<typeof settings>

export const emailKind: ConnectionKind<typeof settings> = {
  settings,
  open(given, secret) {
    const wrong = (what: string) => emailErrors('FDP_EMAIL_SETTINGS', { what })
    const isHere = ['127.0.0.1', '::1', 'localhost'].includes(given.host)
    if (given.security === 'none' && !isHere) throw wrong('`security: none` is for this machine only')
    if ((given.user === undefined) !== (given.passwordFile === undefined))
      throw wrong('`user` and `passwordFile` go together')
    if (given.user !== undefined && given.security === 'none') throw wrong('a password is not sent in clear')
    const sign = given.passwordFile === undefined ? null : { user: given.user ?? '', pass: secret(given.passwordFile) }
    const ca = given.caFile === undefined ? null : secret(given.caFile)
    return { tell: (notice) => send(given, sign, ca, notice), close: async () => {} }
  },
}

async function send(
  { host, port, security, from, to, secondsMax }: Settings,
  auth: { readonly user: string; readonly pass: string } | null,
  ca: string | null,
  { id, at, subject, text }: Notice,
): Promise<void> {
  const ms = secondsMax * 1_000
  const transport = createTransport({
    ...{ host, port, secure: security === 'tls', requireTLS: security === 'starttls', ignoreTLS: security === 'none' },
    ...{ connectionTimeout: ms, greetingTimeout: ms, socketTimeout: ms, dnsTimeout: ms },
    ...{ disableFileAccess: true, disableUrlAccess: true },
    ...(auth ? { auth } : {}),
    tls: { minVersion: 'TLSv1.2', ...(ca ? { ca } : {}) },
  })
  try {
    const sent = await transport.sendMail({
      ...{ from, to, subject, text, date: new Date(at) },
      messageId: `<${id}@${from.split('@')[1]}>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
    if (sent.rejected.length > 0) throw emailErrors('FDP_EMAIL_NOT_TAKEN', { what: 'not for every recipient' })
  } catch (error) {
    throw emailErrors('FDP_EMAIL_NOT_TAKEN', { what: saysOf(error) })
  } finally {
    transport.close()
  }
}

/** The code of the driver or of the server; never their words. */
function saysOf(error: unknown): string {
  const { responseCode, code } = error as { responseCode?: unknown; code?: unknown }
  if (typeof responseCode === 'number') return `status ${responseCode}`
  return typeof code === 'string' && /^E[A-Z]{2,30}$/.test(code) ? code : 'no answer'
}
