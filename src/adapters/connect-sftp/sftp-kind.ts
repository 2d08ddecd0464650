import { createHash } from 'node:crypto'
import { type Static, Type } from '@sinclair/typebox'
import type { ConnectionKind } from '#ports'
import { sftpErrors } from './errors.ts'
import { sftpDrop } from './sftp-drop.ts'
import { SftpLine } from './sftp-line.ts'

const settings = Type.Object(
  {
    host: Type.String({ minLength: 1, maxLength: 255, description: 'Name or address of the server.' }),
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535, description: 'Its port, 22 unless told.' })),
    user: Type.String({ minLength: 1, maxLength: 255, description: 'Whom to sign in as.' }),
    hostKey: Type.String({
      pattern: '^SHA256:[A-Za-z0-9+/]{43}$',
      description: 'Fingerprint of the key of the server, as `ssh-keygen -lf` shows it: `SHA256:…`.',
    }),
    privateKeyFile: Type.Optional(
      Type.String({ minLength: 1, description: 'File with the private key to sign in with.' }),
    ),
    passphraseFile: Type.Optional(Type.String({ minLength: 1, description: 'File with the passphrase of that key.' })),
    passwordFile: Type.Optional(Type.String({ minLength: 1, description: 'File with the password to sign in with.' })),
  },
  { additionalProperties: false },
)

/** Folders on an SFTP server. A place is a path there. */
export const sftpKind: ConnectionKind<typeof settings> = {
  settings,
  open(given, secret) {
    const problem = problemOf(given)
    if (problem) throw sftpErrors('FDP_SFTP_SETTINGS', { problem })
    const read = (file: string) => secret(file).replace(/\r?\n$/, '')
    const line = new SftpLine(() => ({
      host: given.host,
      port: given.port ?? 22,
      username: given.user,
      hostVerifier: (key) => fingerprint(key) === given.hostKey,
      ...(given.privateKeyFile ? { privateKey: secret(given.privateKeyFile) } : {}),
      ...(given.passphraseFile ? { passphrase: read(given.passphraseFile) } : {}),
      ...(given.passwordFile ? { password: read(given.passwordFile) } : {}),
    }))
    return { drop: (place) => sftpDrop(line, place), close: () => line.close() }
  },
}

function problemOf({ hostKey, privateKeyFile, passwordFile }: Static<typeof settings>): string | null {
  if (!/^SHA256:[A-Za-z0-9+/]{43}$/.test(hostKey)) return '`hostKey` is no fingerprint'
  return privateKeyFile || passwordFile ? null : 'neither key nor password'
}

function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}
