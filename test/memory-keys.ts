import { createCipheriv, createDecipheriv, createPrivateKey, createPublicKey, hkdfSync, sign } from 'node:crypto'
import { defineErrors, fromBase64, lengthPrefixed, type Random, seededRandom, sha256, systemRandom } from '#kernel'
import type { Keys } from '#ports'

const fail = defineErrors({
  FDP_KEYS_UNWRAP: { status: 500, message: 'a wrapped key does not open', help: 'run `./fdp doctor`' },
})

const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/** A Keys port held in memory. With a seed the long-term keys are the same each time; nonces never are. */
export function memoryKeys(tenant: string, seed = ''): Keys {
  const source: Random = seed === '' ? systemRandom : seededRandom(`${tenant}/${seed}`)
  const root = Buffer.from(source.bytes(32))
  const privateKey = createPrivateKey({
    key: Buffer.concat([pkcs8Prefix, source.bytes(32)]),
    format: 'der',
    type: 'pkcs8',
  })
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32)
  const wrapping = new Map<number, Uint8Array>([[1, source.bytes(32)]])
  let current = 1
  const context = (use: string, version: number) => lengthPrefixed('test/wrap', tenant, use, String(version))
  return {
    tenant,
    publicKey,
    derive: (info) => new Uint8Array(hkdfSync('sha256', root, Buffer.alloc(0), sha256(info), 32)),
    wrap(use, dataKey) {
      const nonce = systemRandom.bytes(12)
      const cipher = createCipheriv('aes-256-gcm', wrapping.get(current)!, nonce).setAAD(context(use, current))
      const body = Buffer.concat([nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()])
      return { keyVersion: current, wrapped: body.toString('base64') }
    },
    unwrap(use, { keyVersion, wrapped }) {
      try {
        const body = fromBase64(wrapped)
        const key = wrapping.get(keyVersion)!
        const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, 12)).setAAD(context(use, keyVersion))
        decipher.setAuthTag(body.subarray(-16))
        return Buffer.concat([decipher.update(body.subarray(12, -16)), decipher.final()])
      } catch {
        throw fail('FDP_KEYS_UNWRAP')
      }
    },
    async rotateWrapping() {
      current += 1
      wrapping.set(current, source.bytes(32))
      return current
    },
    async destroyWrapping(version) {
      wrapping.delete(version)
    },
    sign: (message) => sign(null, message, privateKey),
  }
}
