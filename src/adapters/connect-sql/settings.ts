import { type TObject, Type } from '@sinclair/typebox'
import { sqlErrors } from './errors.ts'

const seconds = (byDefault: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: 86_400, default: byDefault, description })

export const caFile = {
  caFile: Type.Optional(
    Type.String({
      maxLength: 1_000,
      description: 'Certificates (PEM) of the authority that signed the server’s, if it is none that everybody knows.',
    }),
  ),
}

/** What is declared of a database of any kind, with what is of this kind alone. */
export function databaseSettings<T extends TObject['properties']>(port: number, ofKind: T) {
  return Type.Object(
    {
      host: Type.String({ minLength: 1, maxLength: 1_000, description: 'Name or address of the server.' }),
      port: Type.Integer({ minimum: 1, maximum: 65_535, default: port, description: 'Where it listens.' }),
      ...ofKind,
      user: Type.String({
        ...{ minLength: 1, maxLength: 200 },
        description:
          'As whom to sign in: a user of this purpose alone, who may read what is asked for and nothing else.',
      }),
      passwordFile: Type.String({ maxLength: 1_000, description: 'The file with the password.' }),
      tls: Type.Union([Type.Literal('verify'), Type.Literal('off')], {
        default: 'verify',
        description:
          '`off` sends everything in clear: only to this machine, or over a network that is encrypted itself.',
      }),
      connectSecondsMax: seconds(15, 'How long signing in may take.'),
      statementSecondsMax: seconds(3_600, 'How long the database may work before the first rows come.'),
      idleSecondsMax: seconds(300, 'How long it may take from rows to the next ones.'),
    },
    { additionalProperties: false },
  )
}

export interface DatabaseSettings {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly passwordFile: string
  readonly tls: 'verify' | 'off'
  readonly connectSecondsMax: number
  readonly statementSecondsMax: number
  readonly idleSecondsMax: number
}

/** The text of a file with a password: an editor's line break at its end is no part of it. FDP_SQL_SIGN_IN where there is none. */
export function passwordOf(settings: DatabaseSettings, secret: (file: string) => string): string {
  const password = secret(settings.passwordFile).replace(/\r?\n$/, '')
  if (password === '') throw sqlErrors('FDP_SQL_SIGN_IN', { what: 'the file with the password is empty' })
  return password
}

/** FDP_SQL_TLS where passwords and patients would go over a network in clear. */
export function refuseClear({ host, tls }: DatabaseSettings): void {
  const isHere = ['127.0.0.1', '::1', 'localhost'].includes(host)
  if (tls === 'off' && !isHere) throw sqlErrors('FDP_SQL_TLS', { what: '`tls: off` is for this machine alone' })
}
