import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'

/** One DER element. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}

const ed25519 = der(0x30, Buffer.from('06032b6570', 'hex'))
const commonName = Buffer.from('0603550403', 'hex')
const name = (text: string) => der(0x30, der(0x31, der(0x30, commonName, der(0x0c, Buffer.from(text)))))
const day = (text: string) => der(0x17, Buffer.from(`${text}000000Z`))

/** A key and a certificate by itself for 127.0.0.1, PEM, made anew for a test (RFC 5280, RFC 8410). */
export function selfSigned(subject: string): { readonly key: string; readonly cert: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const address = der(0x30, der(0x87, Buffer.from([127, 0, 0, 1])))
  const alternative = der(0x30, Buffer.from('0603551d11', 'hex'), der(0x04, address))
  const authority = der(0x30, Buffer.from('0603551d13', 'hex'), der(0x04, der(0x30, Buffer.from('0101ff', 'hex'))))
  const told = der(
    0x30,
    ...[der(0xa0, Buffer.from('020102', 'hex')), Buffer.from('020101', 'hex'), ed25519, name(subject)],
    ...[der(0x30, day('200101'), day('490101')), name(subject), publicKey.export({ type: 'spki', format: 'der' })],
    der(0xa3, der(0x30, alternative, authority)),
  )
  const signature = sign(null, told, createPrivateKey(key))
  const whole = der(0x30, told, ed25519, der(0x03, Buffer.from([0]), signature))
  return { key, cert: `-----BEGIN CERTIFICATE-----\n${whole.toString('base64')}\n-----END CERTIFICATE-----\n` }
}
