import { type Static, Type } from '@sinclair/typebox'
import { fhirServerErrors } from './errors.ts'

const address = (description: string) => Type.String({ minLength: 1, maxLength: 2_000, description })

export const FhirSettings = Type.Object(
  {
    baseUrl: address(
      'The base address of the server, before `/Patient`: with https, or with http on this machine alone.',
    ),
    tokenUrl: Type.Optional(
      address('Where tokens are given (SMART Backend Services). Without it nothing is said of who asks.'),
    ),
    clientId: Type.Optional(address('By what name the place for tokens knows this node.')),
    keyFile: Type.Optional(
      address(
        'The private key whose public half is registered there: a JWK with `kid` and `alg` (RS384, ES384, RS512).',
      ),
    ),
    scope: Type.Optional(address('What is asked for: `system/Patient.rs system/Encounter.rs`.')),
    fileOrigins: Type.Array(address('`https://files.example`'), {
      ...{ default: [], maxItems: 20 },
      description: 'Where files of an export may lie beside the server itself. No token is sent there.',
    }),
    pageSize: Type.Integer({
      ...{ minimum: 1, maximum: 10_000, default: 500 },
      description: 'How many resources of a search are asked for at once.',
    }),
    incompleteExports: Type.Boolean({
      default: false,
      description:
        'Take an export although the server says that parts of it failed, or lists what was deleted, which is passed over.',
    }),
    answerBytesMax: Type.Integer({
      ...{ minimum: 1, maximum: 2 ** 46, default: 16 * 1024 ** 3 },
      description: 'How many bytes may come for one answer, those that come again after a break included.',
    }),
    answerHoursMax: Type.Number({
      ...{ exclusiveMinimum: 0, maximum: 240, default: 24 },
      description: 'How long one answer may take, waiting included.',
    }),
    requestSecondsMax: Type.Number({
      ...{ exclusiveMinimum: 0, maximum: 300, default: 120 },
      description: 'How long the server may be silent before a request is tried again.',
    }),
  },
  { additionalProperties: false },
)

export interface CheckedSettings {
  readonly settings: Static<typeof FhirSettings>
  /** Without a slash at its end. */
  readonly base: URL
  readonly fileOrigins: ReadonlySet<string>
  readonly signIn: { readonly tokenUrl: URL; readonly clientId: string; readonly keyFile: string } | null
}

/** FDP_FHIRSERVER_SETTINGS for what a schema cannot see. */
export function checkedSettings(settings: Static<typeof FhirSettings>): CheckedSettings {
  const { tokenUrl, clientId, keyFile } = settings
  const base = checkedUrl('baseUrl', settings.baseUrl)
  if (base.search || /%2f|%5c/i.test(base.pathname)) throw wrong('`baseUrl` holds more than host and path')
  base.pathname = base.pathname.replace(/\/+$/, '')
  const origins = settings.fileOrigins.map((text) => {
    const url = checkedUrl('fileOrigins', text)
    if (url.href !== `${url.origin}/`) throw wrong('`fileOrigins` holds more than a host')
    return url.origin
  })
  const some = [tokenUrl, clientId, keyFile].some((each) => each !== undefined)
  if (some && !(tokenUrl && clientId && keyFile)) {
    throw wrong('`tokenUrl`, `clientId` and `keyFile` go together')
  }
  const signIn =
    tokenUrl && clientId && keyFile ? { tokenUrl: checkedUrl('tokenUrl', tokenUrl), clientId, keyFile } : null
  return { settings, base, fileOrigins: new Set(origins), signIn }
}

function checkedUrl(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  const local = url !== null && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && local))) {
    throw wrong(`\`${name}\` takes an address with https`)
  }
  if (url.username || url.password || url.hash) throw wrong(`\`${name}\` holds more than an address`)
  return url
}

export function wrong(what: string): Error {
  return fhirServerErrors('FDP_FHIRSERVER_SETTINGS', { what })
}
