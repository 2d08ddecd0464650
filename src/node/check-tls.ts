import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import type { Instant } from '#kernel'
import { nodeErrors } from './errors.ts'

export interface TlsFiles {
  readonly certificateFile: string
  readonly keyFile: string
}

/** What is read of them, and what a person should know: until when the certificate holds, and for which names. */
export interface CheckedTls {
  readonly cert: string
  readonly key: string
  readonly until: Instant
  readonly names: string
}

const othersMask = 0o077

/**
 * Reads certificate and key, from the home folder, and holds them against each other, the clock and the name by which
 * browsers come (empty: only this machine). FDP_NODE_TLS says what is not right.
 */
export function checkTls(home: string, files: TlsFiles, hostname: string, at: Instant): CheckedTls {
  const wrong = (what: string) => nodeErrors('FDP_NODE_TLS', { what })
  const read = (path: string, what: string) => {
    try {
      return readFileSync(resolve(home, path), 'utf8')
    } catch {
      throw wrong(`the file of the ${what} cannot be read`)
    }
  }
  const [cert, key] = [read(files.certificateFile, 'certificate'), read(files.keyFile, 'key')]
  if (process.platform !== 'win32' && (statSync(resolve(home, files.keyFile)).mode & othersMask) !== 0)
    throw wrong('the file of the key can be read by others than its owner')
  const certificate = parsed(() => new X509Certificate(cert))
  if (certificate === null) throw wrong('the file of the certificate holds none in PEM')
  const privateKey = parsed(() => createPrivateKey(key))
  if (privateKey === null) throw wrong('the file of the key holds none in PEM, or one that asks for a password')
  if (!certificate.checkPrivateKey(privateKey)) throw wrong('the key is not that of the certificate')
  const [from, until] = [certificate.validFrom, certificate.validTo].map((text) => new Date(text).toISOString())
  if (at < from!) throw wrong('the certificate does not hold yet')
  if (until! <= at) throw wrong('the certificate has expired')
  const names = certificate.subjectAltName ?? ''
  const isFor = isIP(hostname) === 0 ? certificate.checkHost(hostname) : certificate.checkIP(hostname)
  if (hostname !== '' && isFor === undefined) throw wrong(`the certificate is for other names than \`${hostname}\``)
  return { cert, key, until: until as Instant, names }
}

function parsed<T>(make: () => T): T | null {
  try {
    return make()
  } catch {
    return null
  }
}
